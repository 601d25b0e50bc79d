"""`nightjar run`: the device, on this machine's microphone and speaker."""

import argparse
import asyncio
import sys
import time
from typing import TYPE_CHECKING

from nightjar.errors import MUTED
from nightjar.home import home
from nightjar.output import turn_printer
from nightjar.stopping import run_until_stopped

if TYPE_CHECKING:
    from device.app import Device


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = subparsers.add_parser("run", help="the device, on this machine's microphone and speaker")
    parser.add_argument("--wake", action="append", metavar="PHRASE", help="wake phrase for this call; may be repeated")
    parser.add_argument("--json", action="store_true", help="one event a line on stdout")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run until Ctrl-C or SIGTERM."""
    return run_until_stopped(_run(args))


async def _run(args: argparse.Namespace) -> int:
    from device.config import load_config, with_wake_phrases
    from device.engines import Hearing, load_engines
    from device.running import listening, running_device
    from edge_models.models import ModelStore
    from hw.audio.card import SoundCard

    began = time.monotonic()
    config = with_wake_phrases(load_config(home()), args.wake)
    running: Device | None = None

    def fault(sentence: str | None) -> None:
        print(sentence or "The sound card works again.", file=sys.stderr)
        if running is not None:
            running.sound_fault(sentence)

    def complaint(sentence: str) -> None:
        print(sentence, file=sys.stderr)
        if running is not None:
            running.sound_complaint(sentence)

    duplex = SoundCard(config.audio.microphone, config.audio.speaker, on_fault=fault, on_complaint=complaint)
    engines = await load_engines(config, ModelStore(home() / "models"))

    def opened(url: str) -> None:
        print(f"The page: {url}", file=sys.stderr)

    try:
        async with running_device(config, home(), hearing=Hearing(duplex, engines), page=opened) as device:
            running = device
            device.bus.observe(turn_printer(args.json, states=True))
            names = " or ".join(f'"{phrase}"' for phrase in config.wake.phrases)
            async with listening(device):
                microphone, speaker = await duplex.opened()
                if microphone:
                    after = f"{time.monotonic() - began:.1f} s after the start"
                    print(f"Listening for {names} {after}, on {microphone}, speaking on {speaker}.", file=sys.stderr)
                else:
                    print(MUTED, file=sys.stderr)
                await asyncio.Event().wait()
    finally:
        await duplex.close()
    return 0
