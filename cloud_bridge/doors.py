"""The bridge's doors, put together from its settings: whom it lets in, and with what it shows itself.

Everything is in the state directory: `devices.sqlite` (who may talk), `authority/` (the key that signs them, and the
bridge's own certificates), `broker.json` (where the broker's files are). A bridge whose broker asks for a password and
whose pictures are served by plain HTTP on this machine has no authority, and lets nobody in by itself.
"""

import asyncio
import logging
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from cryptography import x509

from cloud_bridge.authority import Authority, AuthorityError
from cloud_bridge.broker import bridge_user
from cloud_bridge.broker_door import DoorError, kept_door
from cloud_bridge.config import BridgeConfig, Tls, is_loopback
from cloud_bridge.enrolment import Enrolment
from cloud_bridge.private import write_private
from cloud_bridge.registry import Device, Moderation, Registry, RegistryError

log = logging.getLogger(__name__)

LOOK_S = 24 * 3600.0
"""How often certificates of our own are looked at; they are renewed when a third of their time is left."""


def registry_of(state: Path) -> Registry:
    """The registry of the bridge with this state directory. Raises RegistryError."""
    return Registry(state / "devices.sqlite")


def authority_of(state: Path, bridge: str) -> Authority:
    """The authority of the bridge with this state directory, made when there is none. Raises AuthorityError."""
    return Authority(state / "authority", bridge=bridge)


@dataclass(frozen=True, slots=True)
class BrokerFiles:
    """With what the bridge connects to the broker."""

    ca_file: Path | None
    cert_file: Path | None
    key_file: Path | None


class Doors:
    """Those of one bridge. Raises RegistryError, AuthorityError and DoorError."""

    def __init__(self, config: BridgeConfig) -> None:
        self._config, self._state = config, config.state
        self.registry = registry_of(config.state)
        self._authority: Authority | None = None
        self._served: ssl.SSLContext | None = None
        if self._wants_authority():
            self._authority = authority_of(config.state, config.name)
            self._sign_own(self._authority)

    def close(self) -> None:
        """Use them no more."""
        self.registry.close()

    def welcome(self, device: str) -> bool:
        """Whether its messages count: the broker decides who comes in, but one that was revoked has no say."""
        known = self._known(device)
        return known is None or known.revoked_at is None

    def weight(self, device: str) -> float:
        """Its share of the queue; 1 for one that the operator has said nothing of."""
        known = self._known(device)
        return known.weight if known else 1.0

    def level(self, device: str) -> Moderation:
        """How strictly it is moderated."""
        known = self._known(device)
        return known.moderation if known else "standard"

    def purse(self, device: str) -> tuple[str, str] | None:
        """Its household and its class of budgets; None for one that the operator has said nothing of."""
        known = self._known(device)
        return (known.household, known.budget) if known else None

    def _known(self, device: str) -> Device | None:
        """What the operator said of it; what he said before, while the registry can't be read: nobody's job is lost."""
        try:
            return self.registry.device(device)
        except RegistryError as error:
            log.error("%s", error)
            return self.registry.remembered(device)

    def broker_files(self) -> BrokerFiles:
        """What a Link to the broker takes."""
        broker = self._config.broker
        if self._authority is None or not broker.by_own_certificate:
            return BrokerFiles(broker.ca_file, broker.cert_file, broker.key_file)
        directory = self._authority.directory
        return BrokerFiles(broker.ca_file or directory / "authority.pem", directory / "bridge.pem", None)

    def tls(self) -> ssl.SSLContext | None:
        """For the site of pictures and enrolment; None: plain HTTP. Raises DoorError."""
        settings = self._config.tls
        if settings is None:
            return None
        context = self._served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._load_own(context, settings)
        return context

    def site(self, url: str) -> str:
        """Under what address devices know the site that is served at `url`. Raises DoorError."""
        return site_of(self._config, port=urlsplit(url).port)

    def routes(self) -> web.RouteTableDef:
        """Enrolment; none where there is no authority. Raises DoorError."""
        if self._authority is None:
            return web.RouteTableDef()
        enrolment = Enrolment(
            registry=self.registry,
            authority=self._authority,
            door=lambda: kept_door(self._state),
            bridge=self._config.name,
            media_hosts=(urlsplit(site_of(self._config)).hostname or "",),
        )
        return enrolment.routes()

    async def keep_fresh(self) -> None:
        """Renew the bridge's and the broker's own certificates before they expire, for ever."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await asyncio.to_thread(self._renew_own)
            except (AuthorityError, DoorError, RegistryError, OSError) as error:
                log.error("a certificate of the bridge's own can't be renewed: %s", error)

    def _renew_own(self) -> None:
        if self._authority is None:
            return
        self._sign_own(self._authority)
        if self._served is not None and self._config.tls is not None:
            self._load_own(self._served, self._config.tls)
        door = kept_door(self._state)
        if door is not None and stale(self._authority, door.directory / "server.pem"):
            door.write(authority=self._authority, registry=self.registry, bridge=self._config.name)
            door.tell_broker()

    def _wants_authority(self) -> bool:
        tls = self._config.tls
        signs = self._config.broker.by_own_certificate or (tls is not None and tls.cert_file is None)
        return signs or (self._state / "authority" / "authority.pem").exists()

    def _sign_own(self, authority: Authority) -> None:
        """What the bridge shows: to the broker, and to whoever asks for pictures."""
        try:
            client = authority.directory / "bridge.pem"
            if stale(authority, client):
                write_private(client, authority.client(bridge_user(self._config.name)))
            tls = self._config.tls
            if tls is not None and tls.cert_file is None:
                hosts, site = known_as(self._config), authority.directory / "site.pem"
                if stale(authority, site, hosts=hosts):
                    write_private(site, authority.server(hosts))
        except OSError as error:
            raise AuthorityError(f"{authority.directory} can't be written: {error.strerror}.") from None

    def _load_own(self, context: ssl.SSLContext, settings: Tls) -> None:
        cert_file = settings.cert_file or self._state / "authority" / "site.pem"
        try:
            context.load_cert_chain(cert_file, settings.key_file)
        except OSError as error:  # ssl's too
            raise DoorError(f"The certificate {cert_file} or its key can't be used: {error.strerror}.") from None


def known_as(config: BridgeConfig) -> tuple[str, ...]:
    """Names and addresses under which devices know the bridge, the one they are told first. Raises DoorError."""
    public = urlsplit(config.media.public_url).hostname if config.media.public_url else None
    named = config.tls.hosts if config.tls is not None else ()
    if not named and config.tls is not None and (door := kept_door(config.state)) is not None:
        named = door.hosts
    found = tuple(dict.fromkeys((public, *named) if public else named))
    if not found and not is_loopback(config.media.host):
        raise DoorError(f"tls.hosts must say under what name devices know this bridge at {config.media.host}.")
    return found or (config.media.host,)


def site_of(config: BridgeConfig, *, port: int | None = None) -> str:
    """The address under which devices know the bridge; `port` where the settings name none. Raises DoorError."""
    if config.media.public_url:
        return config.media.public_url.rstrip("/")
    scheme = "http" if config.tls is None else "https"
    return f"{scheme}://{_in_url(known_as(config)[0])}:{config.media.port or port or 0}"


def stale(authority: Authority, path: Path, *, hosts: tuple[str, ...] = ()) -> bool:
    """Whether a certificate of our own must be signed anew: none there, two thirds over, or not for these hosts."""
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return True
    begin, end = certificate.not_valid_before_utc.timestamp(), certificate.not_valid_after_utc.timestamp()
    return authority.now() > begin + (end - begin) * 2 / 3 or not set(hosts) <= _names(certificate)


def _names(certificate: x509.Certificate) -> set[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {str(name.value) for name in names}


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
