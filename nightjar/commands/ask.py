"""`nightjar ask TEXT`: a turn from typed words; by the running device when there is one."""

import argparse
import asyncio
import json

import aiohttp

from nightjar.errors import UserError
from nightjar.home import home
from nightjar.output import print_json, turn_printer


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = subparsers.add_parser("ask", help="the same turn from typed text")
    parser.add_argument("text", metavar="TEXT")
    parser.add_argument("--json", action="store_true", help="one event a line on stdout")
    parser.add_argument(
        "--wait", type=float, default=0.0, metavar="S", help="wait up to S seconds for the final picture"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Exit at `turn_finished`, with --wait after the last final picture or S seconds."""
    if not 0 < len(args.text.strip()) <= 2000:
        raise UserError("Type a command of 1 to 2,000 characters.")
    if not 0 <= args.wait <= 3600:
        raise UserError("--wait takes 0 to 3600 seconds.")
    return asyncio.run(_ask(args.text.strip(), args.wait, as_json=args.json))


async def _ask(text: str, wait_s: float, *, as_json: bool) -> int:
    if await _ask_running_device(text, wait_s, as_json=as_json):
        return 0
    from device.app import running_device
    from device.config import load_config
    from device.progress import watch

    async with running_device(load_config(home()), home()) as device:
        device.bus.observe(turn_printer(as_json))
        progress = watch(device.bus)
        await device.ask(text)
        await progress.until_finished()
        if wait_s:
            await progress.until_settled(wait_s)
    return 0


async def _ask_running_device(text: str, wait_s: float, *, as_json: bool) -> bool:
    """False when there is no running device."""
    from device.companion.control import SOCKET_NAME

    connector = aiohttp.UnixConnector(str(home() / SOCKET_NAME))
    timeout = aiohttp.ClientTimeout(total=None)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            session.post("http://device/ask", json={"text": text, "wait_s": wait_s}) as answer,
        ):
            if answer.status != 200:
                raise UserError(str((await answer.json()).get("error", f"The device answered {answer.status}.")))
            async for line in answer.content:
                _tell(json.loads(line), as_json=as_json)
    except aiohttp.ClientConnectorError:
        return False
    except aiohttp.ClientError as error:
        raise UserError(f"The running device stopped answering ({type(error).__name__}).") from None
    return True


def _tell(event: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print_json(event)
        return
    match event:
        case {"event": "reply" | "failed", "text": text}:
            print(text, flush=True)
        case {"event": "artifact", "stage": stage, "engine": engine, "path": path}:
            print(f"  {stage} by {engine}: {path}", flush=True)
        case _:
            pass
