"""The command line. Each command is one module in `nightjar.commands`; heavy imports wait until it runs."""

import argparse
import logging
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

from nightjar.errors import UserError
from nightjar.home import home

COMMANDS = ("run", "demo", "replay", "ask", "bridge", "studio", "models", "pair", "bench", "doctor")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done, 1 failed with one sentence on stderr, 2 wrong usage."""
    parser = argparse.ArgumentParser(prog="nightjar", description="A voice-first AI device without a screen.")
    parser.add_argument("-v", "--verbose", action="store_true", help="show the log on stderr")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        import_module(f"nightjar.commands.{name}").add_parser(subparsers)
    args = parser.parse_args(argv)
    logging.basicConfig(
        level=logging.INFO if args.verbose else logging.ERROR,
        format="%(asctime)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    try:
        return args.run(args)
    except UserError as error:
        print(f"nightjar: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
    except BrokenPipeError:
        sys.stderr.close()
    except Exception as error:  # noqa: BLE001 - the last door: no traceback reaches a user
        sentence = _known(error)
        if sentence is None:
            log = home() / "errors.log"
            with log.open("a", encoding="utf-8") as file:
                file.write("".join(traceback.format_exception(error)) + "\n")
            sentence = f"Something went wrong inside Nightjar ({type(error).__name__}: {error}); {log} has the details."
        print(f"nightjar: {sentence}", file=sys.stderr)
    return 1


def _known(error: BaseException) -> str | None:
    """The sentence of an error that a room raised for the user, also from inside a task group."""
    if isinstance(error, BaseExceptionGroup):
        return next((sentence for inner in error.exceptions if (sentence := _known(inner))), None)
    if isinstance(error, UserError):
        return str(error)
    from device.app import DeviceError
    from device.config import ConfigError
    from device.store import StoreError
    from edge_models.models import ModelError
    from hw.audio import AudioFault

    return str(error) if isinstance(error, ConfigError | DeviceError | StoreError | ModelError | AudioFault) else None


if __name__ == "__main__":
    sys.exit(main())
