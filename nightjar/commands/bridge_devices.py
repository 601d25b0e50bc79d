"""`nightjar bridge devices / enrol / revoke / broker-config`: who may talk to the bridge. All work while it runs."""

import argparse
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from nightjar.arguments import port as any_port
from nightjar.errors import UserError
from nightjar.output import print_json, print_line

if TYPE_CHECKING:
    from cloud_bridge.authority import Authority
    from cloud_bridge.broker_door import BrokerDoor
    from cloud_bridge.config import BridgeConfig
    from cloud_bridge.registry import Device, Registry

Settings = Callable[[argparse.Namespace], "BridgeConfig"]


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", settings: Settings) -> None:
    """Add the four; `settings` reads those of the bridge."""
    listing = commands.add_parser("devices", help="who may talk to the bridge, and how long his certificate is good")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=lambda args: _list(args, settings(args)))

    enrolling = commands.add_parser("enrol", help="let a device in: shows a one-time code, also as a QR code")
    enrolling.add_argument("name", metavar="NAME", type=_device_name, help="the device's name, in topics too")
    enrolling.add_argument("--household", metavar="H", type=_word, help="whose budget it shares; default: its own")
    enrolling.add_argument("--weight", metavar="W", type=_weight, help="its share of the queue; default: 1")
    enrolling.add_argument("--moderation", choices=("standard", "child"), help="default: standard")
    enrolling.add_argument("--budget", metavar="CLASS", type=_word, help="its class of budgets; default: standard")
    enrolling.add_argument("--token", action="store_true", help="let it in by password, where it can't do certificates")
    enrolling.add_argument("--json", action="store_true", help="one JSON object")
    enrolling.set_defaults(run=lambda args: _enrol(args, settings(args)))

    revoking = commands.add_parser("revoke", help="let a device in no more")
    revoking.add_argument("name", metavar="NAME", type=_device_name)
    revoking.set_defaults(run=lambda args: _revoke(args, settings(args)))

    broker = commands.add_parser("broker-config", help="write the settings of a mosquitto that devices can reach")
    broker.add_argument(
        "--host", action="append", required=True, type=_word, help="its name or address for devices; may be repeated"
    )
    broker.add_argument("--port", type=_port, default=8883, help="for certificates; default: 8883")
    broker.add_argument("--token-port", type=_port, help="for passwords; default: none are taken")
    broker.add_argument("--listen", default="", metavar="ADDRESS", help="where it listens; default: everywhere")
    broker.add_argument("--dir", type=Path, help="where its files are put; default: broker in the bridge's state")
    broker.set_defaults(run=lambda args: _broker_config(args, settings(args)))


def _list(args: argparse.Namespace, config: "BridgeConfig") -> int:
    with _kept(config) as (registry, _):
        for device in registry.devices():
            credential = next(iter(registry.credentials(device.name)), None)
            expires_at = credential.expires_at if credential else None
            if args.json:
                print_json(
                    {"name": device.name, "state": _state(device), "household": device.household}
                    | {"weight": device.weight, "moderation": device.moderation, "budget": device.budget}
                    | {"credential": credential.kind if credential else None, "expires_at": expires_at}
                )
            else:
                until = f", good until {_day(expires_at)}" if expires_at else ""
                shown = f"{credential.kind}{until}" if credential else "-"
                rules = f"moderation {device.moderation}, budget {device.budget}"
                about = f"household {device.household}, weight {device.weight:g}, {rules}"
                print_line(f"{device.name:24} {_state(device):9} {shown:38} {about}")
    return 0


def _enrol(args: argparse.Namespace, config: "BridgeConfig") -> int:
    from cloud_bridge.admission import new_code
    from cloud_bridge.doors import site_of
    from cloud_bridge.registry import as_wished

    with _kept(config) as (registry, authority):
        door = _door(config)
        if args.token and door.token_port is None:
            raise UserError("This broker takes no tokens; nightjar bridge broker-config --token-port sets that up.")
        known = next((device for device in registry.devices() if device.name == args.name), None)
        wishes = {key: getattr(args, key) for key in ("household", "weight", "moderation", "budget")}
        code, site = new_code(authority.der), site_of(config)
        registry.invite(as_wished(known, args.name, **wishes), code, kind="token" if args.token else "certificate")
    address = f"nightjar://enrol?{urlencode({'site': site, 'code': str(code)})}"
    if args.json:
        print_json({"device": args.name, "site": site, "code": str(code), "address": address})
        return 0
    print_line(_qr(address))
    print_line(f"On the device, within 15 minutes:\n\n    nightjar enrol {site} {code}\n")
    if site.startswith("http:"):
        print_line("It is reached by plain HTTP, from this machine alone: add [tls] to bridge.toml for other devices.")
    if known is not None and known.welcome:
        print_line(f"{args.name} is in already; when it comes with this code, what it has now counts no more.")
    return 0


def _revoke(args: argparse.Namespace, config: "BridgeConfig") -> int:
    from cloud_bridge.broker_door import kept_door

    with _kept(config) as (registry, authority):
        registry.revoke(args.name)
        print_line(f"{args.name} may talk no more; the bridge takes nothing of it from now on.")
        door = kept_door(config.state)
        if door is not None:
            door.write_lists(authority=authority, registry=registry, bridge=config.name)
            _tell(door)
    return 0


def _broker_config(args: argparse.Namespace, config: "BridgeConfig") -> int:
    from cloud_bridge.broker_door import BrokerDoor, keep_door

    directory = (args.dir or config.state / "broker").absolute()
    with _kept(config) as (registry, authority):
        door = BrokerDoor(
            directory=directory,
            hosts=tuple(args.host),
            port=args.port,
            token_port=args.token_port,
            listen=args.listen,
        )
        door.write(authority=authority, registry=registry, bridge=config.name)
        keep_door(config.state, door)
    print_line(f"The broker's files are in {directory}. Start it, as the user who runs the bridge:\n")
    print_line(f"    mosquitto -c {directory}/mosquitto.conf\n")
    if door.tell_broker():
        print_line("The one that runs has read them; where its ports have changed, start it again.\n")
    print_line("In bridge.toml, for a bridge on the same machine:\n")
    print_line(f'    [broker]\n    host = "{args.listen or "localhost"}"\n    port = {args.port}\n    tls = true\n')
    print_line('    [media]\n    host = "0.0.0.0"\n\n    [tls]')
    return 0


@contextmanager
def _kept(config: "BridgeConfig") -> "Iterator[tuple[Registry, Authority]]":
    """The bridge's registry and authority. Raises UserError."""
    from cloud_bridge.authority import AuthorityError
    from cloud_bridge.broker_door import DoorError
    from cloud_bridge.doors import authority_of, registry_of
    from cloud_bridge.private import private_directory
    from cloud_bridge.registry import RegistryError

    try:
        private_directory(config.state)
        registry = registry_of(config.state)
        try:
            yield registry, authority_of(config.state, config.name)
        finally:
            registry.close()
    except (AuthorityError, DoorError, RegistryError) as error:
        raise UserError(str(error)) from None
    except OSError as error:
        raise UserError(f"The state directory {config.state} can't be used: {error.strerror}.") from None


def _door(config: "BridgeConfig") -> "BrokerDoor":
    from cloud_bridge.broker_door import kept_door

    door = kept_door(config.state)
    if door is None:
        raise UserError("Devices have no broker yet; nightjar bridge broker-config --host NAME writes its settings.")
    return door


def _tell(door: "BrokerDoor") -> None:
    if not door.tell_broker():
        print_line(
            f"No broker of this user's runs here with the files in {door.directory}: "
            "where it runs, give it these files and a SIGHUP (systemctl reload mosquitto)."
        )


def _state(device: "Device") -> str:
    if device.revoked_at is not None:
        return "revoked"
    return "enrolled" if device.welcome else "invited"


def _day(unix_time: float) -> str:
    return datetime.fromtimestamp(unix_time, UTC).strftime("%Y-%m-%d")


def _qr(address: str) -> str:
    import segno

    text = io.StringIO()
    segno.make(address, error="m", micro=False).terminal(text, compact=True)
    return text.getvalue()


def _device_name(text: str) -> str:
    from cloud_bridge.protocol import DEVICE_NAME

    if not re.fullmatch(DEVICE_NAME, text):
        raise argparse.ArgumentTypeError("takes small letters, digits and hyphens, 63 at most")
    return text


def _word(text: str) -> str:
    if not re.fullmatch(r"[\w.:-]{1,80}", text):
        raise argparse.ArgumentTypeError("takes 1 to 80 letters, digits and . : _ -")
    return text


def _port(text: str) -> int:
    number = any_port(text)
    if number == 0:
        raise argparse.ArgumentTypeError("takes a port from 1 to 65535")
    return number


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = 0.0
    if not 0.01 <= weight <= 100:
        raise argparse.ArgumentTypeError("takes a number from 0.01 to 100")
    return weight
