"""`nightjar demo`: device, broker, bridge, studio and companion page in one process tree on loopback.

It speaks a command into the device's ear, prints what happens and leaves the page open.
"""

import argparse
import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from nightjar.errors import UserError
from nightjar.home import home
from nightjar.output import turn_printer

if TYPE_CHECKING:
    from cloud_bridge.broker import Broker
    from device.app import Device

COMMAND = "draw a red fox under a full moon"
CHILD_STARTS_WITHIN_S = 60.0
FINAL_WITHIN_S = 180.0


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = subparsers.add_parser("demo", help="device, broker, bridge, studio and page on this machine")
    parser.add_argument("--once", action="store_true", help="exit 0 when the page holds the final picture")
    parser.add_argument("--say", default=COMMAND, metavar="TEXT", help="the command that is spoken after the wake word")
    parser.add_argument("--wake", action="append", metavar="PHRASE", help="wake phrase for this call; may be repeated")
    parser.add_argument("--json", action="store_true", help="one event a line on stdout")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run until the final picture is there (--once), or until Ctrl-C."""
    return asyncio.run(_demo(args))


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


async def _demo(args: argparse.Namespace) -> int:
    from cloud_bridge.broker import Broker, BrokerError, bridge_user
    from device import config as settings
    from device.app import load_engines, running_device
    from device.progress import watch
    from edge_models.models import ModelStore
    from edge_models.spoken import spoken_clip
    from hw.audio.file_duplex import FileDuplex
    from tools.bench import resident_mb

    began = time.monotonic()
    place = home() / "demo"
    place.mkdir(mode=0o700, exist_ok=True)
    config = settings.with_wake_phrases(settings.load_config(home()), args.wake)
    models = ModelStore(home() / "models")
    async with AsyncExitStack() as stack:
        _tell("Starting the broker, the studio and the bridge …")
        try:
            broker = await stack.enter_async_context(Broker(place / "broker", devices=(config.name,)))
        except BrokerError as error:
            raise UserError(str(error)) from None
        studio = asyncio.create_task(_start_child(stack, "studio", place, "--port", "0"))
        engines = asyncio.create_task(load_engines(config, models))
        wake_word = config.wake.phrases[0].title()
        clip = place / "command.wav"
        voice = models.path(config.speech.tts)
        command = asyncio.create_task(
            asyncio.to_thread(spoken_clip, f"{wake_word}, {args.say}.", clip, voice_directory=voice)
        )
        bridge_toml = _write_bridge_config(place, broker, bridge_user("main"), studio_url=await studio)
        await _start_child(stack, "bridge", place, "--config", str(bridge_toml))
        await command

        config = config.model_copy(
            update={
                "broker": settings.Broker(
                    host="127.0.0.1", port=broker.port, username=config.name, password=broker.passwords[config.name]
                ),
                "companion": settings.Companion(port=0 if args.once else config.companion.port),
            }
        )
        duplex = FileDuplex([], realtime=True, busy=lambda: False)
        page: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        async with running_device(config, home(), duplex=duplex, engines=await engines, page=page.set_result) as device:
            device.bus.observe(turn_printer(args.json))
            progress = watch(device.bus)
            url = await page
            hearing = asyncio.create_task(device.hear())
            _tell(f'Listening for "{config.wake.phrases[0]}" {time.monotonic() - began:.1f} s after the start.')
            _tell(f"The page: {url}")
            _tell(f'Saying: "{config.wake.phrases[0].title()}, {args.say}" (the reply\'s voice, raised in pitch)\n')
            duplex.add(clip)
            if not await progress.until_settled(FINAL_WITHIN_S):
                raise UserError(
                    f"The final picture did not come within {FINAL_WITHIN_S:.0f} s; the logs are in {place}."
                )
            if not progress.finals:
                raise UserError(f"No picture came of it; what was heard is above, the logs are in {place}.")
            final = await _final_on_page(url, progress.finals[-1].artifact)
            _tell(f"\nThe page holds the final picture: {final['width']}×{final['height']}, by {final['engine']}.")
            _tell(f"Memory of the device process: {resident_mb()} MB.")
            if not args.once:
                await _stay(device, url)
            duplex.finish()
            hearing.cancel()
    return 0


async def _start_child(stack: AsyncExitStack, name: str, place: Path, *arguments: str) -> str:
    """Start `nightjar NAME`, wait until it says that it is ready, and return its address."""
    log_path = place / f"{name}.log"
    log = stack.enter_context(log_path.open("w", encoding="utf-8"))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nightjar", name, *arguments, stdout=asyncio.subprocess.PIPE, stderr=log
    )
    stack.push_async_callback(_stop_child, process)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(CHILD_STARTS_WITHIN_S):
            return json.loads(await process.stdout.readline())["url"]
    except (TimeoutError, ValueError):
        raise UserError(f"The {name} did not start; {log_path} says why.") from None


async def _stop_child(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _write_bridge_config(place: Path, broker: "Broker", user: str, *, studio_url: str) -> Path:
    """The bridge's settings for our studio, private to this user: the broker's password is in them."""
    path = place / "bridge.toml"
    path.touch(mode=0o600)
    path.write_text(
        f"""state = {json.dumps(str(place / "bridge"))}

[broker]
port = {broker.port}
username = {json.dumps(user)}
password = {json.dumps(broker.passwords[user])}

[media]
port = 0

[provider]
name = "Nightjar studio"
base_url = {json.dumps(studio_url + "/v1")}
api_key = "none"
model = "nightjar-studio-1"
engine = "Nightjar studio (vector art)"
sizes = ["1024x1024", "1536x1024", "1024x1536", "2048x2048"]
idempotent = true
extensions = ["seed", "idempotency", "progress"]
""",
        encoding="utf-8",
    )
    return path


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
    _tell(f"\nOpen {url} and type a command here or there. Ctrl-C ends it.")
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line.strip():
            await device.ask(line.strip()[:2000])
    await asyncio.Event().wait()
