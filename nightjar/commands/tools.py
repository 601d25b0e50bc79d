"""`nightjar tools`: the tools of MCP servers, and which of them the device may use."""

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from nightjar.errors import UserError
from nightjar.home import home
from nightjar.output import print_json, print_line

if TYPE_CHECKING:
    from device.config import Mcp
    from device.tools import Tool

_SHOWN = 160
"""Characters of a description."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `tools` and its commands."""
    parser = subparsers.add_parser("tools", help="tools of MCP servers, and which may be used")
    commands = parser.add_subparsers(dest="tools_command", metavar="COMMAND", required=True)

    listing = commands.add_parser("list", help="ask every server of the settings what it offers")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=_list)

    for name, text, run in (
        ("allow", "let the device use a server's tools, as they are described now", _allow),
        ("forbid", "let it use them no more", _forbid),
    ):
        changing = commands.add_parser(name, help=text)
        changing.add_argument("server", metavar="SERVER", help="its name under [mcp] in config.toml")
        changing.add_argument("tool", metavar="TOOL", nargs="?", help="one of its tools; without: all")
        changing.set_defaults(run=run)


def _list(args: argparse.Namespace) -> int:
    from device.allowed import read_allowed
    from device.tools import ToolError

    servers, allowed = _servers(), read_allowed(home()).tools
    if not servers and not args.json:
        print("No servers are set up: the README says how, under “Tools through MCP”.", file=sys.stderr)
    for server, config in servers.items():
        try:
            tools = asyncio.run(_offered(server, config))
        except ToolError as error:
            if args.json:
                print_json({"server": server, "trouble": str(error)})
            else:
                print_line(f"{server}: {error}")
            continue
        for tool in tools:
            known = allowed.get(server, {}).get(tool.name)
            state = (
                "allowed" if known == tool.fingerprint else "changed since it was allowed" if known else "not allowed"
            )
            if args.json:
                print_json({"server": server, "tool": tool.name, "reads": tool.reads, "state": state})
            else:
                print_line(f"{server:<16}{tool.name:<32}{state}")
    return 0


def _allow(args: argparse.Namespace) -> int:
    from device.allowed import read_allowed, write_allowed
    from device.tools import ToolError

    config = _server(args.server)
    try:
        offered = asyncio.run(_offered(args.server, config))
    except ToolError as error:
        raise UserError(str(error)) from None
    chosen = [tool for tool in offered if args.tool in (None, tool.name)]
    if not chosen:
        raise UserError(f"{args.server} has no tool {args.tool!r}; `nightjar tools list` shows what it has.")
    where = f"What is said to them leaves this device, to {config.url}." if config.url else "They run on this machine."
    print_line(f"The device may now use these tools of {args.server}. {where}")
    for tool in chosen:
        asks = (
            "only reads"
            if tool.reads
            else "acts without asking"
            if tool.name in config.unasked
            else "asks before it acts"
        )
        print_line(f"  {tool.name} ({asks}): {_shown(tool.description)}")
    allowed = read_allowed(home())
    known = {**allowed.tools.get(args.server, {}), **{tool.name: tool.fingerprint for tool in chosen}}
    write_allowed(home(), allowed.model_copy(update={"tools": {**allowed.tools, args.server: known}}))
    print_line("That holds from the device's next start on, and for these tools as they are described now.")
    return 0


def _forbid(args: argparse.Namespace) -> int:
    from device.allowed import read_allowed, write_allowed

    allowed = read_allowed(home())
    known = allowed.tools.get(args.server, {})
    if not known or (args.tool is not None and args.tool not in known):
        raise UserError("That isn't allowed anyway; `nightjar tools list` shows what is.")
    left = {name: mark for name, mark in known.items() if args.tool not in (None, name)}
    tools = {server: marks for server, marks in {**allowed.tools, args.server: left}.items() if marks}
    write_allowed(home(), allowed.model_copy(update={"tools": tools}))
    print_line(f"{args.tool or 'Every tool'} of {args.server} is forbidden, from the device's next start on.")
    return 0


def _servers() -> "dict[str, Mcp]":
    from device.config import load_config

    return dict(load_config(home()).mcp)


def _server(name: str) -> "Mcp":
    config = _servers().get(name)
    if config is None:
        raise UserError(f"There is no server {name!r} under [mcp] in config.toml.")
    return config


async def _offered(name: str, config: "Mcp") -> "tuple[Tool, ...]":
    from device.tools import Server

    server = Server(name, config)
    try:
        return await server.tools()
    finally:
        await server.close()


def _shown(text: str) -> str:
    """A description in one line that does nothing to a terminal."""
    line = "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))
    return line[:_SHOWN] + ("…" if len(line) > _SHOWN else "")
