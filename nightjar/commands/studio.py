"""`nightjar studio`: our own image server, with OpenAI's interface."""

import argparse
import asyncio
import logging
from pathlib import Path

from nightjar.arguments import port
from nightjar.errors import UserError


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "studio",
        help="our own image server, with OpenAI's interface",
        description="Our own image server, with OpenAI's interface: /v1/images/generations draws what is described, "
        "/v1/images/edits changes pictures, and nothing outside a mask.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="where to listen; beyond this machine only with a key")
    parser.add_argument("--port", type=port, default=8790, help="0: any free port")
    parser.add_argument("--api-key-file", type=Path, metavar="FILE", help="a file with the key that clients must show")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print one line of JSON when it works; run until SIGTERM or SIGINT."""
    from cloud_bridge.listen import ListenError
    from cloud_bridge.studio.server import run_studio
    from edge_models.giving_way import be_taken_first
    from nightjar.output import print_json

    logging.getLogger("cloud_bridge").setLevel(logging.INFO)
    be_taken_first()  # a device beside it hears on
    key = _key(args.api_key_file) if args.api_key_file else None
    try:
        asyncio.run(
            run_studio(
                host=args.host,
                port=args.port,
                api_key=key,
                ready=lambda url: print_json({"ready": "studio", "url": url}),
            )
        )
    except ListenError as error:
        raise UserError(str(error)) from None
    return 0


def _key(path: Path) -> str:
    try:
        key = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise UserError(f"The key file {path} can't be read.") from None
    if not 16 <= len(key) <= 500 or not key.isascii() or not key.isprintable():
        raise UserError(f"The key in {path} must have 16 to 500 plain characters.")
    return key
