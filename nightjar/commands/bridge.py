"""`nightjar bridge`: the cloud bridge."""

import argparse
import asyncio
import logging
from pathlib import Path

from nightjar.errors import UserError
from nightjar.home import home


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = subparsers.add_parser("bridge", help="the cloud bridge: jobs of devices, made by a provider")
    parser.add_argument("--config", type=Path, metavar="FILE", help="default: bridge.toml in the home directory")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print one line of JSON when it works; run until SIGTERM or SIGINT."""
    from cloud_bridge.app import BridgeError, run_bridge
    from cloud_bridge.config import ConfigError, load_config
    from cloud_bridge.ledger import LedgerError
    from cloud_bridge.listen import ListenError
    from nightjar.output import print_json

    def ready(url: str, status: str) -> None:
        print_json({"ready": "bridge", "url": url, "status": status})

    logging.getLogger("cloud_bridge").setLevel(logging.INFO)
    usual = home() / "bridge.toml"
    path = args.config or (usual if usual.exists() else None)
    try:
        config = load_config(path, state=home() / "bridge")
        asyncio.run(run_bridge(config, ready=ready))
    except (BridgeError, ConfigError, LedgerError, ListenError) as error:
        raise UserError(str(error)) from None
    return 0
