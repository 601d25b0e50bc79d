"""The command line. Each command is one module in `nightjar.commands`; heavy imports wait until it runs."""

import argparse
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from copy import copy
from importlib import import_module
from importlib.metadata import version

from nightjar.errors import UserError
from nightjar.home import home

COMMANDS = (
    *("run", "demo", "replay", "ask", "bridge", "studio"),
    *("models", "wake", "skills", "tools", "pair", "enrol", "bench", "doctor"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done, 1 failed with one sentence on stderr, 2 wrong usage."""
    # Before anything imports numpy: its own threads wait busily for work that is too small to be shared.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    parser = argparse.ArgumentParser(prog="nightjar", description="A voice-first AI device without a screen.")
    parser.add_argument("-v", "--verbose", action="store_true", help="show the log on stderr")
    parser.add_argument("--version", action="version", version=f"nightjar {version('nightjar')}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        import_module(f"nightjar.commands.{name}").add_parser(subparsers)
    args = parser.parse_args(argv)
    _log_to_stderr(verbose=args.verbose)
    try:
        return args.run(args)
    except UserError as error:
        print(f"nightjar: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
    except Exception as error:  # noqa: BLE001 - the last door: no traceback reaches a user
        print(f"nightjar: {_known(error) or _unexpected(error)}", file=sys.stderr)
    return 1


def _log_to_stderr(*, verbose: bool) -> None:
    """Errors in one line each; with `verbose` all of the log, tracebacks too."""
    form = "%(asctime)s %(name)s: %(message)s"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(form) if verbose else _OneLine(form))
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, handlers=[handler], force=True)


class _OneLine(logging.Formatter):
    """What went wrong without where in the code."""

    def format(self, record: logging.LogRecord) -> str:
        plain = copy(record)
        plain.exc_info = plain.exc_text = None
        error = record.exc_info[1] if record.exc_info else None
        return super().format(plain) + (f" ({type(error).__name__}: {error})" if error else "")


def _unexpected(error: BaseException) -> str:
    """The sentence for a fault of ours; the details go to a file, where that is possible."""
    sentence = f"Something went wrong inside Nightjar ({type(error).__name__}: {error})"
    try:
        log = home() / "errors.log"
        with log.open("a", encoding="utf-8") as file:
            file.write("".join(traceback.format_exception(error)) + "\n")
    except OSError:
        return f"{sentence}."
    return f"{sentence}; {log} has the details."


def _known(error: BaseException) -> str | None:
    """The sentence of an error that a room raised for the user, also from inside a task group."""
    if isinstance(error, BaseExceptionGroup):
        return next((sentence for inner in error.exceptions if (sentence := _known(inner))), None)
    if isinstance(error, UserError):
        return str(error)
    from device.allowed import AllowedError
    from device.companion import Refused
    from device.config import ConfigError
    from device.engines import DeviceError
    from device.store import StoreError
    from edge_models.kept import KeptError
    from edge_models.models import ModelError
    from hw.audio import AudioFault

    return (
        str(error)
        if isinstance(
            error, AllowedError | ConfigError | DeviceError | StoreError | ModelError | KeptError | AudioFault | Refused
        )
        else None
    )


if __name__ == "__main__":
    sys.exit(main())
