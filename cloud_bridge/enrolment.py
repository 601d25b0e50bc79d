"""Where devices are let in: by HTTPS, with a one-time code, or with the certificate that they have.

`GET /enrol/authority` gives the authority's certificate to anybody, `POST /enrol` takes a code and a signing request,
`POST /enrol/renew` a certificate that is still good and a signing request. What is refused is refused in one sentence,
which doesn't say whether there is such a device or such a code.
"""

import asyncio
import logging
import math
import secrets
from collections.abc import Callable
from time import monotonic

from aiohttp import web
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from cloud_bridge.admission import (
    AUTHORITY_PATH,
    ENROL_PATH,
    MAX_ADMISSION_BYTES,
    RENEW_PATH,
    Admission,
    EnrolmentAsked,
    RenewalAsked,
)
from cloud_bridge.authority import Authority, AuthorityError, Signed
from cloud_bridge.broker_door import BrokerDoor, DoorError, token_hash
from cloud_bridge.registry import Credential, Device, Invited, Registry, RegistryError
from cloud_bridge.turnstile import Turnstile

log = logging.getLogger(__name__)

BURST, EVERY_S = 10, 6.0
BODY_WITHIN_S = 10.0
WRONG_CODE = "This code is wrong, was used already, or is too old: nightjar bridge enrol gives a new one."
WRONG_CERTIFICATE = "This certificate doesn't count here (any more): nightjar bridge enrol gives a code for a new one."


class Refused(Exception):
    """A request that is not granted."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Enrolment:
    """Lets devices in. `door` gives the broker that they are sent to, as the operator wants it now."""

    def __init__(
        self,
        *,
        registry: Registry,
        authority: Authority,
        door: Callable[[], BrokerDoor | None],
        bridge: str,
        media_hosts: tuple[str, ...],
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._registry, self._authority, self._door = registry, authority, door
        self._bridge, self._media_hosts = bridge, media_hosts
        self._turnstile = Turnstile(burst=BURST, every_s=EVERY_S, now=now)

    def routes(self) -> web.RouteTableDef:
        """For the bridge's site."""
        routes = web.RouteTableDef()

        @routes.get(AUTHORITY_PATH)
        async def authority(_request: web.Request) -> web.StreamResponse:
            return web.Response(body=self._authority.pem, content_type="application/x-pem-file")

        @routes.post(ENROL_PATH)
        async def enrol(request: web.Request) -> web.StreamResponse:
            return await self._answer(request, self._enrol)

        @routes.post(RENEW_PATH)
        async def renew(request: web.Request) -> web.StreamResponse:
            return await self._answer(request, self._renew)

        return routes

    async def _answer(self, request: web.Request, grant: Callable[[bytes], Admission]) -> web.StreamResponse:
        try:
            if wait_s := self._turnstile.wait_s(request.remote or ""):
                headers = {"Retry-After": str(math.ceil(wait_s))}
                return web.json_response({"error": "Too many tries; wait a minute."}, status=429, headers=headers)
            body = await _bounded(request)
            admission = await asyncio.to_thread(grant, body)
        except Refused as refusal:
            return web.json_response({"error": str(refusal)}, status=refusal.status)
        except AuthorityError as error:
            return web.json_response({"error": str(error)}, status=400)
        except (RegistryError, DoorError) as error:
            log.error("%s", error)
            return web.json_response({"error": "The bridge can't let anybody in just now."}, status=503)
        return web.Response(text=admission.model_dump_json(), content_type="application/json")

    def _enrol(self, body: bytes) -> Admission:
        try:
            asked = EnrolmentAsked.model_validate_json(body)
        except ValidationError:
            raise Refused(400, "That is not what a device sends.") from None
        door = self._need_door()
        invited = self._registry.try_code(asked.selector, asked.secret)
        if invited is None:
            log.warning("somebody came with a code that doesn't count")
            raise Refused(403, WRONG_CODE)
        if invited.kind == "token":
            return self._with_token(invited, door)
        signed = self._authority.admit_device(invited.device.name, asked.request.encode())
        self._admit(invited, _credential(signed), door)
        return self._admission(door, invited.device, certificate=signed.pem.decode())

    def _with_token(self, invited: Invited, door: BrokerDoor) -> Admission:
        if door.token_port is None:
            raise Refused(503, "This broker takes no tokens: nightjar bridge broker-config --token-port sets that up.")
        token, now = secrets.token_urlsafe(32), self._registry.now()
        self._admit(invited, Credential(secrets.token_hex(8), "token", token_hash(token), now), door)
        return self._admission(door, invited.device, token=token)

    def _admit(self, invited: Invited, credential: Credential, door: BrokerDoor) -> None:
        try:
            self._registry.admit(invited, credential)
        except RegistryError as error:
            log.error("%s", error)
            raise Refused(403, WRONG_CODE) from None
        self._tell_broker(door)
        log.info("%s was let in, with a %s", invited.device.name, invited.kind)

    def _renew(self, body: bytes) -> Admission:
        try:
            asked = RenewalAsked.model_validate_json(body)
            present = x509.load_pem_x509_certificate(asked.certificate.encode())
            signature = bytes.fromhex(asked.signature)
        except ValueError:  # pydantic's too
            raise Refused(400, "That is not what a device sends.") from None
        door = self._need_door()
        serial = self._authority.serial_if_ours(present)
        device = self._registry.whose(serial) if serial else None
        if serial is None or device is None or device.name != _name(present) or not _signed(asked, present, signature):
            log.warning("somebody came with a certificate that doesn't count")
            raise Refused(403, WRONG_CERTIFICATE)
        signed = self._authority.admit_device(device.name, asked.request.encode())
        self._registry.renew(device, serial, _credential(signed))
        self._tell_broker(door)
        log.info("the certificate of %s was renewed", device.name)
        return self._admission(door, device, certificate=signed.pem.decode())

    def _need_door(self) -> BrokerDoor:
        door = self._door()
        if door is None:
            raise Refused(503, "This bridge has no broker for devices yet: nightjar bridge broker-config sets one up.")
        return door

    def _tell_broker(self, door: BrokerDoor) -> None:
        try:
            door.write_lists(authority=self._authority, registry=self._registry, bridge=self._bridge)
            door.tell_broker()
        except DoorError as error:  # the device is in: what it has lacks the lists alone
            log.error("%s", error)

    def _admission(
        self, door: BrokerDoor, device: Device, *, certificate: str | None = None, token: str | None = None
    ) -> Admission:
        return Admission(
            device=device.name,
            bridge=self._bridge,
            host=door.hosts[0],
            port=door.token_port if token and door.token_port else door.port,
            authority=self._authority.pem.decode(),
            kind="token" if token else "certificate",
            certificate=certificate,
            token=token,
            media_hosts=self._media_hosts,
        )


async def _bounded(request: web.Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for piece in request.content.iter_any():
                body += piece
                if len(body) > MAX_ADMISSION_BYTES:
                    raise Refused(413, "That is more than a device sends.")
    except TimeoutError:
        raise Refused(408, "That took too long.") from None
    return bytes(body)


def _credential(signed: Signed) -> Credential:
    return Credential(signed.serial, "certificate", signed.fingerprint, signed.issued_at, signed.expires_at)


def _name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def _signed(asked: RenewalAsked, certificate: x509.Certificate, signature: bytes) -> bool:
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return False
    try:
        key.verify(signature, asked.request.encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
