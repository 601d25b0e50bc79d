"""`nightjar ask TEXT`: a turn from typed words; by the running device when there is one."""

import argparse
import asyncio
import json
from typing import Any

import aiohttp

from nightjar.arguments import command_text, wait_seconds
from nightjar.errors import UserError
from nightjar.home import home
from nightjar.output import print_json, print_line


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = subparsers.add_parser("ask", help="the same turn from typed text")
    parser.add_argument("text", metavar="TEXT", type=command_text)
    parser.add_argument("--json", action="store_true", help="one event a line on stdout")
    parser.add_argument(
        "--wait", type=wait_seconds, default=0.0, metavar="S", help="wait up to S seconds for the final picture"
    )
    parser.add_argument("--language", metavar="CODE", help="en or ar, for a turn without a running device")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Exit at `turn_finished`, with --wait after the last final picture or S seconds."""
    return asyncio.run(_ask(args.text, args.wait, language=args.language, as_json=args.json))


async def _ask(text: str, wait_s: float, *, language: str | None, as_json: bool) -> int:
    from device.config import load_config, with_language

    config = with_language(load_config(home()), language) if language else None
    if config is None and await _ask_running_device(text, wait_s, as_json=as_json):
        return 0
    from device.events import Happened
    from device.progress import watch
    from device.running import running_device

    async with running_device(config or load_config(home()), home()) as device:
        asked = ""

        def tell(happened: Happened) -> None:
            if happened.turn and happened.turn == (asked or happened.turn):  # not set yet: it is ours that begins
                _tell(happened.as_json(), as_json=as_json)

        device.bus.observe(tell)
        asked = device.ask(text)
        progress = watch(device.bus, asked)
        await progress.until_finished()
        if wait_s:
            await progress.until_settled(wait_s)
    return 0


async def _ask_running_device(text: str, wait_s: float, *, as_json: bool) -> bool:
    """False when there is no running device."""
    from device.companion.control import SOCKET_NAME

    connector = aiohttp.UnixConnector(str(home() / SOCKET_NAME))
    body = {"text": text.encode("utf-8", "replace").decode(), "wait_s": wait_s}
    timeout = aiohttp.ClientTimeout(total=None)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            session.post("http://device/ask", json=body) as answer,
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


def _tell(event: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(event)
        return
    match event:
        case {"event": "reply" | "failed", "text": text}:
            print_line(text)
        case {"event": "artifact", "stage": stage, "engine": engine, "path": path}:
            print_line(f"  {stage} by {engine}: {path}")
        case _:
            pass
