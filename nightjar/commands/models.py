"""`nightjar models`: what models there are, fetching them, checking them, building engines of them."""

import argparse
import re
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

from nightjar.commands import models_bench
from nightjar.errors import UserError
from nightjar.home import home
from nightjar.output import print_json, print_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tqdm import tqdm

    from edge_models.catalogue import Model
    from edge_models.models import ModelStore
    from edge_models.tensorrt import BuiltEngine, Engines, Library
    from edge_models.tensorrt.build import Progress

DRAFT = "draft"


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `models` and its commands."""
    parser = subparsers.add_parser("models", help="list, fetch and check the models")
    commands = parser.add_subparsers(dest="models_command", metavar="COMMAND", required=True)

    listing = commands.add_parser("list", help="all models of the catalogue, and which are installed")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=_list)

    pulling = commands.add_parser("pull", help="download, verify and install models")
    pulling.add_argument("names", nargs="*", metavar="NAME", help="default: the models that a device needs")
    pulling.add_argument(
        "--accept-licence", action="store_true", help="you have read and accept a licence that doesn't allow every use"
    )
    pulling.set_defaults(run=_pull)

    verifying = commands.add_parser("verify", help="read the installed models and check their SHA-256")
    verifying.add_argument("names", nargs="*", metavar="NAME", help="default: all that are installed")
    verifying.set_defaults(run=_verify)

    building = commands.add_parser("build", help="build the TensorRT engines of a model for this machine's GPU")
    building.add_argument("name", nargs="?", default=DRAFT, metavar="NAME", help="default: the draft model")
    building.add_argument(
        "--from", dest="folder", type=Path, metavar="FOLDER",
        help="the folder that `python -m tools.export` made on another machine; default: pictures/NAME",
    )  # fmt: skip
    building.add_argument("--json", action="store_true", help="one JSON object an engine")
    building.set_defaults(run=_build)

    models_bench.add_parser(commands)


def _list(args: argparse.Namespace) -> int:
    from edge_models.partial import begun_bytes

    store = _store()
    width = max(len(model.licence) for model in store.catalogue.models.values()) + 2
    for model in store.catalogue.models.values():
        installed = store.installed(model.name)
        begun = 0 if installed else begun_bytes(store.root, model.name)
        if args.json:
            entry = model.model_dump(include={"name", "kind", "description", "licence", "languages", "default"})
            print_json({**entry, "size_bytes": model.size_bytes, "installed": installed, "begun_bytes": begun})
        else:
            state = "installed" if installed else "default" if model.default else "-"
            state = f"{begun / 1e6:.1f} MB of it are here" if begun else state
            print_line(f"{model.name:<24}{model.kind:<11}{_megabytes(model):>9}  {model.licence:<{width}}{state}")
    return 0


def _pull(args: argparse.Namespace) -> int:
    from edge_models.pull import pull

    store = _store()
    with _Bar() as bar:
        pulled = pull(
            store,
            args.names or store.catalogue.default_names,
            accept_licence=args.accept_licence,
            progress=bar.show,
            says=bar.say,
        )
    for model in pulled:
        print(f"Installed {model.name} ({_megabytes(model)}, licence {model.licence}).", file=sys.stderr)
    if not pulled:
        print("All of them are installed already.", file=sys.stderr)
    return 0


def _verify(args: argparse.Namespace) -> int:
    from edge_models.models import ModelError

    store = _store()
    names = args.names or [name for name in store.catalogue.models if (store.root / name).is_dir()]
    if not names:
        raise UserError("No model is installed: run `nightjar models pull`.")
    damaged = 0
    for name in names:
        try:
            store.verify(name)
            print_line(f"{name}: as in the catalogue.")
        except ModelError as error:
            damaged += 1
            print_line(f"{name}: {error}")
    return 1 if damaged else 0


def _build(args: argparse.Namespace) -> int:
    from edge_models.tensorrt import Engines, find_library

    if args.name == DRAFT and args.folder is not None:
        raise UserError("The draft model comes with Nightjar: --from is for models that were exported.")
    engines, library = Engines(home() / "engines"), find_library()
    stopped = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stopped.set())  # the build is C++: it is asked to end, between two steps
    with _Bar() as bar:

        def progress(what: str, done: int, of: int) -> bool:
            bar.show(what, done, of, unit="step")
            return not stopped.is_set()

        for name, built, now in _built(args, engines, library, progress):
            bar.clear()
            _say(name, built, now=now, as_json=args.json)
    return 0


def _built(
    args: argparse.Namespace, engines: "Engines", library: "Library", progress: "Progress"
) -> "Iterator[tuple[str, BuiltEngine, bool]]":
    """Each engine as it is done: its name, what it is, and whether it was built now."""
    if args.name == DRAFT:
        from edge_models.image.draft_model import FOLDER, NETWORK, checked_card
        from edge_models.tensorrt import build

        checked_card()
        built, now = build(DRAFT, FOLDER / NETWORK, engines, library=library, progress=progress)
        yield DRAFT, built, now
        return
    from edge_models.catalogue import MODEL_NAME
    from edge_models.diffusion.here import folder_of
    from edge_models.memory import BoardMemory
    from edge_models.tensorrt.model import build_model, engine_name

    if not re.fullmatch(MODEL_NAME, args.name):
        raise UserError(f"{args.name!r} can't be the name of a model: lower case, digits, dots and dashes.")
    folder = args.folder or folder_of(args.name, home())
    if args.folder is None and not folder.exists():
        raise UserError(
            f"There is no exported model {args.name} in {folder}: export it on a computer with `python -m "
            "tools.export`, and copy it there or name its folder with --from."
        )
    memory = BoardMemory().look().available_bytes
    for part in build_model(args.name, folder, engines, memory_bytes=memory, library=library, progress=progress):
        yield engine_name(args.name, part.name), part.built, part.now


def _say(name: str, built: "BuiltEngine", *, now: bool, as_json: bool) -> None:
    from edge_models.tensorrt import NO_GPU

    if as_json:
        print_json({"model": name, "built_now": now, **built.model_dump()})
        return
    key = built.key
    of = f"{key.library} {key.version}, {'no GPU here' if key.gpu == NO_GPU else f'GPU {key.gpu}'}"
    took = f"in {built.took_s:.0f} s, {built.size_bytes / 1e6:.1f} MB"
    print_line(
        f"Built the engine of {name} {took} ({of})." if now else f"The engine of {name} is there already ({of})."
    )


class _Bar:
    """A progress bar for one thing after the other; silent where stderr is no terminal."""

    def __init__(self) -> None:
        self._bar: tqdm | None = None
        self._what = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def clear(self) -> None:
        """Make room for a line of text."""
        if self._bar is not None:
            self._bar.close()
        self._bar = None

    def show(self, what: str, done: int, total: int | None, *, unit: str = "B") -> None:
        from tqdm import tqdm

        if self._bar is None or what != self._what:
            self.clear()
            self._what = what
            # `initial`: what was here before counts as done, and not for the speed.
            self._bar = tqdm(
                desc=what, total=total, initial=done, unit=unit, unit_scale=unit == "B", leave=False, disable=None
            )
        self._bar.update(done - self._bar.n)

    def say(self, sentence: str) -> None:
        """A line above the bar."""
        from tqdm import tqdm

        tqdm.write(sentence, file=sys.stderr)


def _store() -> "ModelStore":
    from edge_models.models import ModelStore

    return ModelStore(home() / "models")


def _megabytes(model: "Model") -> str:
    return f"{model.size_bytes / 1e6:.1f} MB"
