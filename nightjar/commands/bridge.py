"""`nightjar bridge`: the cloud bridge."""

import argparse
import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from nightjar.commands import bridge_devices, bridge_jobs, bridge_spending
from nightjar.errors import UserError
from nightjar.home import home

if TYPE_CHECKING:
    from cloud_bridge.config import BridgeConfig


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command, which without another after it runs the bridge."""
    parser = subparsers.add_parser("bridge", help="the cloud bridge: jobs of devices, made by a provider")
    parser.add_argument("--config", type=Path, metavar="FILE", help="default: bridge.toml in the home directory")
    parser.set_defaults(run=run)
    commands = parser.add_subparsers(dest="bridge_command", metavar="COMMAND")
    bridge_devices.add_parsers(commands, settings)
    bridge_jobs.add_parser(commands, settings)
    bridge_spending.add_parser(commands, settings)


def run(args: argparse.Namespace) -> int:
    """Print one line of JSON when it works; run until SIGTERM or SIGINT."""
    from cloud_bridge.app import BridgeError, run_bridge
    from cloud_bridge.authority import AuthorityError
    from cloud_bridge.broker_door import DoorError
    from cloud_bridge.config import ConfigError, check
    from cloud_bridge.entry import LedgerError
    from cloud_bridge.listen import ListenError
    from cloud_bridge.registry import RegistryError
    from nightjar.output import print_json

    def ready(url: str, status: str) -> None:
        print_json({"ready": "bridge", "url": url, "status": status})

    logging.getLogger("cloud_bridge").setLevel(logging.INFO)
    config = settings(args)
    try:
        check(config)
        asyncio.run(run_bridge(config, ready=ready))
    except (AuthorityError, BridgeError, ConfigError, DoorError, LedgerError, ListenError, RegistryError) as error:
        raise UserError(str(error)) from None
    return 0


def settings(args: argparse.Namespace) -> "BridgeConfig":
    """The bridge's settings, unchecked: whoever looks after it needs no provider's key. Raises UserError."""
    from cloud_bridge.config import ConfigError, read_config

    usual = home() / "bridge.toml"
    path = args.config or (usual if usual.exists() else None)
    try:
        return read_config(path, state=home() / "bridge", models=home() / "models")
    except ConfigError as error:
        raise UserError(str(error)) from None
