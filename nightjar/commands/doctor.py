"""`nightjar doctor`: checks this machine and says in plain words what is missing and how to get it."""

import argparse
import asyncio
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from device.config import ConfigError, DeviceConfig, load_config
from nightjar.errors import MUTED
from nightjar.home import home
from nightjar.output import print_line

if TYPE_CHECKING:
    from device.store import Store
    from edge_models.residency import Stay

NEEDED_MB = 1_000
_STAYS: "Mapping[Stay, str]" = {
    "always": "always in memory",
    "once loaded": "in memory from when it is first needed",
    "on demand": "in memory when it is needed, in the place of others",
    "never": "doesn't fit into memory",
}
_ADVICE: "Mapping[Stay, str]" = {
    "never": "what it is for is done by other means; memory_mb under [models] in config.toml is the limit, if it is set"
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    ok: bool | None
    """None: fine to be without."""
    what: str
    advice: str = ""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = subparsers.add_parser("doctor", help="check this machine and say what is missing")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Print the findings; exit code 1 when something that is needed is missing."""
    # Once each: what the defaults lack, the settings may lack too.
    findings = dict.fromkeys(
        finding
        for check in (
            python,
            settings,
            let_in,
            store,
            models,
            engine,
            picture_model,
            hearing,
            language_model,
            skills,
            tools,
            sound,
            lights,
            broker,
            memory,
        )
        for finding in safely(check)
    )
    for finding in findings:
        mark = {True: "ok   ", False: "needs", None: "note "}[finding.ok]
        print_line(f"{mark}  {finding.what}" + (f"\n       {finding.advice}" if finding.advice else ""))
    missing = sum(finding.ok is False for finding in findings)
    print_line("\nEverything that is needed is here." if not missing else f"\n{missing} thing(s) to mend.")
    return 1 if missing else 0


def safely(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """A check that can't look is a finding too."""
    try:
        yield from check()
    except OSError as error:
        yield Finding(False, f"{check.__name__}: {error}")


def python() -> Iterator[Finding]:
    """The interpreter and the processor."""
    import platform

    machine = platform.machine()
    yield Finding(True, f"Python {platform.python_version()} on {platform.system()} {machine}")
    if machine not in {"x86_64", "aarch64"}:
        yield Finding(
            False, f"{machine} is not a processor that Nightjar's packages are built for", "x86-64 or aarch64"
        )


def settings() -> Iterator[Finding]:
    """The home directory and config.toml."""
    place = home()
    if not os.access(place, os.W_OK):
        yield Finding(False, f"home {place} can't be written", "set NIGHTJAR_HOME to a directory of yours")
        return
    free_mb = shutil.disk_usage(place).free // 1_000_000
    yield Finding(free_mb > 500, f"home {place}, {free_mb} MB free", "" if free_mb > 500 else "free some disk space")
    try:
        config = load_config(place)
    except ConfigError as error:
        yield Finding(False, str(error), "mend or delete that file")
        return
    yield Finding(True, f"wakes to: {', '.join(config.wake.phrases)}")
    if not config.broker.host and config.pictures.finish is None:
        yield Finding(
            None,
            "no bridge is configured: pictures stay drafts",
            "nightjar enrol, or host under [broker] in config.toml",
        )


def let_in() -> Iterator[Finding]:
    """What a bridge gave this device that let it in, and until when that is good."""
    from device.enrolled import read_enrolled
    from device.enrolment import good_between

    try:
        enrolled = read_enrolled(home())
        if enrolled is None:
            return
        known = f"the bridge {enrolled.bridge} knows this device as {enrolled.device}"
        if enrolled.token is not None:
            yield Finding(True, known)
            return
        until = datetime.fromtimestamp(good_between(home())[1], UTC)
    except (OSError, ValueError):
        yield Finding(False, f"{home() / 'enrolment'} can't be read", "enrol this device again, or delete it")
        return
    if until < datetime.now(UTC):
        advice = f"nightjar bridge enrol {enrolled.device}, where the bridge is, gives a code for a new one"
        yield Finding(False, f"the certificate for the bridge {enrolled.bridge} has expired", advice)
    else:
        yield Finding(True, f"{known}, until {until:%Y-%m-%d}")


def store() -> Iterator[Finding]:
    """The file with everything that the device remembers."""
    from device.store import Store, StoreError

    path = home() / "device.sqlite"
    if not path.exists():
        return
    try:
        muted = asyncio.run(_muted(Store.open(path)))
    except StoreError as error:
        yield Finding(False, str(error))
        return
    yield Finding(True, "the device's store is whole")
    if muted:
        yield Finding(None, *MUTED.split("; "))


async def _muted(store: "Store") -> bool:
    try:
        return await store.setting("muted") == "yes"
    finally:
        await store.close()


def models() -> Iterator[Finding]:
    """The default models, with their hashes."""
    from edge_models.models import ModelError, ModelStore

    try:
        store = ModelStore(home() / "models")
    except ModelError as error:
        yield Finding(False, str(error), "mend or delete that file")
        return
    for name, model in store.catalogue.models.items():
        if not model.default:
            continue
        try:
            store.path(name)
        except ModelError as error:
            yield Finding(False, str(error))
        else:
            yield Finding(True, f"model {name}: installed, hash right")


def engine() -> Iterator[Finding]:
    """The draft model's engine for TensorRT: whether one is built, can be loaded here, or must be built again."""
    from edge_models.image.draft_model import FOLDER, NETWORK
    from edge_models.tensorrt import NO_GPU, EngineError, Engines, compute_capability, load_engine

    engines, gpu = Engines(home() / "engines"), compute_capability()
    built = engines.built("draft")
    if built is None:
        if gpu != NO_GPU:
            what = f"a GPU of compute capability {gpu}, but no engine for it: drafts are drawn on the processor"
            yield Finding(None, what, "nightjar models build")
        return
    of = f"{built.key.library} {built.key.version}, {'no GPU' if built.key.gpu == NO_GPU else f'GPU {built.key.gpu}'}"
    try:
        load_engine("draft", FOLDER / NETWORK, engines).close()
    except EngineError as error:
        yield Finding(None, f"an engine of the draft model ({of}) that isn't used: {error}")
    else:
        yield Finding(True, f"engine of the draft model ({of}): fits this machine, hash right")


def picture_model() -> Iterator[Finding]:
    """The model that finishes pictures on the device, where the settings name one."""
    from edge_models.models import ModelError

    name = load_config(home()).pictures.finish
    if name is None:
        return
    from edge_models.diffusion.here import PictureModelHere

    try:
        model = PictureModelHere(name, home())
    except ModelError as error:
        yield Finding(False, str(error), "finish under [pictures] in config.toml names it")
        return
    card = model.card
    yield Finding(True, f"{model.called} finishes pictures here ({card.dtype}, {card.width}×{card.height})")


def hearing() -> Iterator[Finding]:
    """Whether the models, phrases and voices that the settings name are there; the defaults alone were looked for."""
    from device.engines import DeviceError, load_engines
    from edge_models.models import ModelError, ModelStore
    from edge_models.stt import gpu_here

    try:
        config = load_config(home())
    except ConfigError:
        return  # said already
    if gpu_here() and not config.speech.gpu:
        yield Finding(None, "speech could be recognised on this board's GPU", "set gpu = true under [speech]")
    if config == DeviceConfig():
        return
    try:
        asyncio.run(load_engines(config, ModelStore(home() / "models")))
    except (DeviceError, ModelError) as error:
        yield Finding(False, str(error))
    for phrase in config.wake.thresholds:
        if phrase not in config.wake.phrases:
            yield Finding(
                None, f"a threshold for {phrase!r}, which isn't waited for", "see [wake] phrases in config.toml"
            )


def language_model() -> Iterator[Finding]:
    """The language model on this board, if the settings name one, without running it."""
    from importlib.util import find_spec

    from edge_models.language import PACKAGE, language_model_file
    from edge_models.models import ModelError, ModelStore

    try:
        settings = load_config(home()).language_model
    except ConfigError:
        return  # said already
    if settings.url:
        yield Finding(True, f"language model: {settings.model}, of the server {settings.url}")
    if not settings.local:
        return

    if find_spec(PACKAGE) is None:
        yield Finding(False, "a language model on the board needs one more package", "pip install 'nightjar[language]'")
    try:
        file = language_model_file(ModelStore(home() / "models"), settings.local)
    except ModelError as error:
        yield Finding(False, str(error))
    else:
        yield Finding(True, f"language model {file.name}: hash right")


def skills() -> Iterator[Finding]:
    """Skills that others wrote: those that work, and why the others don't."""
    from device.allowed import AllowedError, read_allowed
    from device.context.engine import ContextEngine
    from device.skills.installed import allowed_skills, installed_skills

    if not installed_skills():
        return
    try:
        ready, complaints = allowed_skills(read_allowed(home()).skills, taken=ContextEngine().families)
    except AllowedError as error:
        yield Finding(False, str(error))
        return
    for one in ready:
        yield Finding(True, f"skill {one.found.package} {one.found.version}: {', '.join(sorted(one.skill.intents))}")
    for complaint in complaints:
        yield Finding(None, complaint)


def tools() -> Iterator[Finding]:
    """The servers of tools, without starting them."""
    from importlib.util import find_spec

    from device.allowed import AllowedError, read_allowed
    from device.context.others import SentencesError
    from device.skills.tools import tool_sentences

    try:
        servers, allowed = load_config(home()).mcp, read_allowed(home()).tools
    except (ConfigError, AllowedError):
        return  # said already
    if servers and find_spec("mcp") is None:
        yield Finding(False, "tools need one more package", "pip install 'nightjar[mcp]'")
    for name, server in servers.items():
        count = len(allowed.get(name, ()))
        where = server.url or shutil.which(server.command[0]) or ""
        if not where:
            yield Finding(False, f"tools of {name}: there is no program {server.command[0]!r}", "mend config.toml")
        yield Finding(
            count > 0 or None, f"tools of {name}: {count} allowed", "" if count else f"nightjar tools allow {name}"
        )
        try:
            tool_sentences(name, server)
        except SentencesError as error:
            yield Finding(False, f"[mcp.{name}]: {error}", "mend config.toml")


def sound() -> Iterator[Finding]:
    """PortAudio and the cards it knows."""
    from hw.audio import AudioFault
    from hw.audio.cards import find_cards

    try:
        cards = find_cards()
    except AudioFault as fault:
        yield Finding(None, str(fault))
        return
    for kind, found in (("microphone", cards.microphones), ("speaker", cards.speakers)):
        if found:
            yield Finding(True, f"{kind}s: " + "; ".join(f"{number}: {name}" for number, name in found.items()))
        else:
            yield Finding(None, f"no {kind} found", "plug one in; replay, demo and typed commands work without")


def lights() -> Iterator[Finding]:
    """The LEDs of the board, and the one that is configured."""
    from hw.lights import LEDS, find_lights

    found = find_lights()
    if found:
        yield Finding(True, f"lights: {', '.join(found[:12])}{' …' if len(found) > 12 else ''}")
    try:
        name = load_config(home()).lights.name
    except ConfigError:
        return  # said already
    if name and name not in found:
        yield Finding(False, f"there is no light {name!r}", "mend name under [lights] in config.toml")
    elif name and not os.access(LEDS / name / "brightness", os.W_OK):
        yield Finding(False, f"this user may not write to the light {name!r}", "allow it with a udev rule")


def broker() -> Iterator[Finding]:
    """Mosquitto, for the demo and for a bridge of one's own."""
    if shutil.which("mosquitto") or Path("/usr/sbin/mosquitto").exists():
        yield Finding(True, "mosquitto is installed")
    else:
        yield Finding(None, "no mosquitto: the demo can't start its broker", "apt-get install mosquitto")


def memory() -> Iterator[Finding]:
    """How much memory there is, and which models it holds."""
    from device.memory_plan import cap_bytes, needs
    from device.running import home_is_free
    from edge_models.memory import BoardMemory
    from edge_models.models import ModelError, ModelStore
    from edge_models.residency import budget_bytes, in_words, plan

    look = BoardMemory().look()
    free_mb = look.available_bytes // 1_000_000
    yield Finding(
        free_mb > NEEDED_MB,
        f"{in_words(look.available_bytes)} of {in_words(look.total_bytes)} of memory available",
        "" if free_mb > NEEDED_MB else f"{NEEDED_MB:,} MB are needed",
    )
    try:
        config = load_config(home())
        wanted = needs(config, ModelStore(home() / "models"))
    except (ConfigError, ModelError):
        return  # said already
    budget = budget_bytes(look, cap_bytes(config))
    if home_is_free(home()):  # A running device's models would count twice.
        budget = min(budget, look.available_bytes - look.reserve_bytes)
    stays = plan(wanted, budget)
    for stay, said in _STAYS.items():
        names = [f"{need.name} ({in_words(need.size_bytes)})" for need in wanted if stays[need.name] == stay]
        if names:
            deaf = stays[wanted[0].name] == "never"
            ok = True if stay != "never" else False if deaf else None
            yield Finding(ok, f"{said}: {', '.join(names)}", _ADVICE.get(stay, ""))
