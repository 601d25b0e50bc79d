"""`nightjar replay CLIP...`: the same device with audio files as its microphone."""

import argparse
import asyncio
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from nightjar.arguments import wait_seconds
from nightjar.errors import UserError
from nightjar.home import home
from nightjar.output import print_json, print_line, turn_printer

if TYPE_CHECKING:
    from device.app import Device
    from device.config import DeviceConfig
    from device.engines import Engines

PATIENCE_S = 20.0
"""How long a clip without a wake word may be silent before its first word."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = subparsers.add_parser("replay", help="the device with audio files as its microphone")
    parser.add_argument(
        "clips", metavar="CLIP", nargs="+", type=Path, help="audio file: any format, rate, channel count"
    )
    parser.add_argument("--json", action="store_true", help="one event a line on stdout")
    parser.add_argument("--realtime", action="store_true", help="as fast as the clip sounds, not as fast as possible")
    parser.add_argument("--no-wake", action="store_true", help="the clip is a command by itself, without a wake word")
    parser.add_argument("--language", metavar="CODE", help="what is spoken in the clips: en or ar")
    parser.add_argument("--wake", action="append", metavar="PHRASE", help="wake phrase for this call; may be repeated")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write the spoken replies there as WAV files")
    parser.add_argument(
        "--wait", type=wait_seconds, default=0.0, metavar="S", help="wait up to S seconds for final pictures"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Exit code 0 when every clip was handled, whatever was said in it."""
    if args.out is not None:
        try:
            args.out.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=args.out).close()
        except OSError as error:
            raise UserError(f"Replies can't be written to {args.out}: {error.strerror}.") from None
    return asyncio.run(_replay(args))


async def _replay(args: argparse.Namespace) -> int:
    from device.config import load_config, with_language, with_wake_phrases
    from device.engines import load_engines
    from device.running import home_is_free
    from edge_models.models import ModelStore

    config = with_wake_phrases(with_language(load_config(home()), args.language), args.wake)
    engines = await load_engines(config, ModelStore(home() / "models"))
    failed = 0
    with ExitStack() as stack:
        # A running device keeps its home; then this one works beside it and leaves nothing behind.
        temporary = tempfile.TemporaryDirectory(prefix="nightjar-replay-")
        state = home() if home_is_free(home()) else Path(stack.enter_context(temporary))
        for number, clip in enumerate(args.clips, 1):
            out = args.out if args.out is None or len(args.clips) == 1 else args.out / f"{number:02}-{clip.stem}"
            trouble = await _replay_one(clip, args, config=config, engines=engines, state=state, out=out)
            if trouble is not None:
                failed += 1
                if args.json:
                    print_json({"event": "failed", "turn": "", "at_ms": 0.0, "code": "audio", "text": trouble})
                print(f"nightjar: {trouble}", file=sys.stderr)
    return 1 if failed else 0


async def _replay_one(
    clip: Path, args: argparse.Namespace, *, config: "DeviceConfig", engines: "Engines", state: Path, out: Path | None
) -> str | None:
    """Let a device hear one clip; the sentence that says why it couldn't, or None."""
    from device.clock import AudioClock
    from device.engines import Hearing
    from device.progress import watch
    from device.running import running_device
    from hw.audio import AudioFault
    from hw.audio.file_duplex import FileDuplex

    clock = AudioClock()
    running: Device | None = None
    duplex = FileDuplex(
        [clip],
        realtime=args.realtime,
        out=out,
        busy=lambda: running is not None and running.busy,
        working=lambda: running is not None and running.working,
        on_sample=clock.advance_to,
        on_pace=clock.release,
    )
    duplex.finish()
    async with running_device(
        config,
        state,
        hearing=Hearing(duplex, engines),
        clock=clock,
        turn_began_s=duplex.clip_began_s,
        live=False,
    ) as device:
        running = device
        if not args.json:
            print_line(str(clip))
        device.bus.observe(turn_printer(args.json))
        progress = watch(device.bus)
        assert device.ears is not None
        if args.no_wake:
            device.ears.listen(patience_s=PATIENCE_S)
        try:
            await device.hear()
        except AudioFault as fault:
            return str(fault)
        if args.wait and progress.finished:
            await progress.until_settled(args.wait)
        if not args.json and not progress.heard:
            names = " or ".join(f'"{phrase}"' for phrase in config.wake.phrases)
            print_line(f"   no command was heard{'' if args.no_wake else f' after {names}'}")
    return None
