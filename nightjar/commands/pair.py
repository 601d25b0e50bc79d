"""`nightjar pair`: a one-time link and QR code that lets one more phone in."""

import argparse
import asyncio

import aiohttp

from nightjar.errors import UserError
from nightjar.home import home


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = subparsers.add_parser("pair", help="let a phone in: shows a one-time QR code")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Ask the running device for a link and show it."""
    link = asyncio.run(_new_link())
    print(link["qr"])
    print(f"Scan this with the phone, or open {link['url']} on it. It works once, for ten minutes.")
    return 0


async def _new_link() -> dict[str, str]:
    from device.companion.control import SOCKET_NAME

    try:
        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(home() / SOCKET_NAME))) as session,
            session.post("http://device/pair") as answer,
        ):
            body = await answer.json()
            if answer.status != 200:
                raise UserError(str(body.get("error", f"The device answered {answer.status}.")))
            return body
    except aiohttp.ClientConnectorError:
        raise UserError("No device is running here; start it with nightjar run.") from None
