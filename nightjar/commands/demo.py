"""`nightjar demo`: device, broker, bridge, studio and companion page in one process tree on loopback.

It speaks a command into the device's ear, prints what happens and leaves the page open.
"""

import argparse
import asyncio
import sys
import time
from contextlib import AsyncExitStack
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from nightjar.arguments import MAX_TEXT, command_text
from nightjar.errors import MUTED, UserError
from nightjar.home import home
from nightjar.output import turn_printer
from nightjar.stopping import run_until_stopped
from nightjar.typed import typed_lines

if TYPE_CHECKING:
    from device.app import Device
    from device.config import DeviceConfig
    from device.progress import Progress
    from hw.audio.file_duplex import FileDuplex
    from hw.audio.spoken_into import SpokenInto

COMMAND = "draw a red fox under a full moon"
FINAL_WITHIN_S = 180.0


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = subparsers.add_parser("demo", help="device, broker, bridge, studio and page on this machine")
    parser.add_argument("--once", action="store_true", help="exit 0 when the page holds the final picture")
    parser.add_argument(
        "--say",
        type=command_text,
        default=COMMAND,
        metavar="TEXT",
        help="the command that is spoken after the wake word",
    )
    parser.add_argument("--wake", action="append", metavar="PHRASE", help="wake phrase for this call; may be repeated")
    parser.add_argument("--json", action="store_true", help="one event a line on stdout")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run until the final picture is there (--once), or until Ctrl-C."""
    (home() / "demo").mkdir(mode=0o700, exist_ok=True)
    return run_until_stopped(_demo(args))


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


async def _demo(args: argparse.Namespace) -> int:
    from device import config as settings
    from device.engines import Hearing, load_engines
    from device.progress import watch
    from device.running import home_is_free, listening, running_device
    from edge_models.models import ModelStore
    from edge_models.spoken import VOICE, spoken_clip_apart
    from nightjar.local_cloud import start_cloud

    began = time.monotonic()
    place = home() / "demo"
    config = settings.with_wake_phrases(settings.load_config(home()), args.wake)
    models = ModelStore(home() / "models")
    if not home_is_free(home()):
        raise UserError(f"A running device already owns {home()}; stop it, or set NIGHTJAR_HOME to another directory.")
    words = f"{config.wake.phrases[0].title()}, {args.say}"
    async with AsyncExitStack() as stack:
        _tell("Starting the broker, the studio, the bridge and the device …")
        broker, engines = await asyncio.gather(
            start_cloud(stack, place, device=config.name), load_engines(config, models)
        )
        port = 0 if args.once else config.companion.port
        config = config.model_copy(update={"broker": broker, "companion": settings.Companion(port=port)})
        duplex = _ear_and_mouth(config, once=args.once)
        stack.push_async_callback(duplex.close)
        page: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        device = await stack.enter_async_context(
            running_device(config, home(), hearing=Hearing(duplex, engines), page=page.set_result)
        )
        if device.muted:
            raise UserError(f"{MUTED}.")
        device.bus.observe(turn_printer(args.json))
        await stack.enter_async_context(listening(device))
        url = await page
        _tell(f'Listening for "{config.wake.phrases[0]}" {time.monotonic() - began:.1f} s after the start.')
        _tell(f"The page: {url}")
        clip = place / "command.wav"
        voice = models.path(VOICE)
        await asyncio.to_thread(spoken_clip_apart, f"{words}.", clip, voice_directory=voice)
        _tell(f'Saying "{words}" (with the reply\'s voice, raised in pitch).\n')
        progress = watch(device.bus)
        duplex.add(clip)
        await _until_final(progress, url, place)
        if not args.once:
            await _stay(device, url)
    return 0


def _ear_and_mouth(config: "DeviceConfig", *, once: bool) -> "FileDuplex | SpokenInto":
    """This machine's sound card where it has one and somebody may want to speak; otherwise files alone."""
    from hw.audio import AudioFault
    from hw.audio.card import SoundCard
    from hw.audio.cards import find_cards
    from hw.audio.file_duplex import FileDuplex
    from hw.audio.spoken_into import SpokenInto

    try:
        if not once and find_cards().complete:
            told = {
                "on_fault": lambda sentence: _tell(sentence or "The sound card works again."),
                "on_complaint": _tell,
            }
            return SpokenInto(SoundCard(config.audio.microphone, config.audio.speaker, **told))
    except AudioFault as fault:
        _tell(str(fault))
    return FileDuplex(realtime=True)


async def _until_final(progress: "Progress", url: str, place: Path) -> None:
    """Wait for the final picture and look for it on the page; raises UserError when it doesn't get there."""
    from tools.bench import resident_mb

    if not await progress.until_settled(FINAL_WITHIN_S):
        raise UserError(f"The final picture did not come within {FINAL_WITHIN_S:.0f} s; the logs are in {place}.")
    if not progress.finals:
        raise UserError(f"No picture came of it; what was heard is above, the logs are in {place}.")
    final = await _final_on_page(url, progress.finals[-1].artifact)
    _tell(f"\nThe page holds the final picture: {final['width']}×{final['height']}, by {final['engine']}.")
    _tell(f"Memory of the device process: {resident_mb()} MB.")


async def _final_on_page(url: str, artifact: str) -> dict[str, Any]:
    """Fetch the newest picture as the page would; raises UserError when it isn't `artifact`, whole."""
    from PIL import Image

    async with aiohttp.ClientSession(url, raise_for_status=True) as session:
        async with session.get("/") as answer:
            await answer.text()
        async with session.get("/api/state") as answer:
            picture = (await answer.json())["picture"]
        versions = picture["versions"] if picture else []
        final = next((version for version in versions if version["id"] == artifact), None)
        if final is None:
            raise UserError("The page does not hold the final picture.")
        async with session.get(final["src"]) as answer:
            image = Image.open(BytesIO(await answer.read()))
            image.load()
    if image.size != (final["width"], final["height"]):
        raise UserError("The page's final picture has another size than the page says.")
    return final


async def _stay(device: "Device", url: str) -> None:
    """Take typed commands, and spoken ones where there is a microphone, until Ctrl-C."""
    from device.companion import Refused

    _tell(f"\nOpen {url} and type a command here or there. Ctrl-C ends it.")
    async for line in typed_lines():
        try:
            device.ask(line[:MAX_TEXT])
        except Refused as refused:
            _tell(str(refused))
    await asyncio.Event().wait()
