"""How a device is let in by a bridge, with a one-time code that somebody typed, and how it stays in.

::

    device                                    bridge
      │── GET /enrol/authority ──────────────▶│   nobody is trusted yet, and nothing said
      │◀─────────── its certificate ──────────│
      │  the code's check fits it?            │   else: mistyped, or somebody stands between
      │── POST /enrol: code, request ────────▶│   by TLS that is checked
      │◀─── certificate, broker, topics ──────│

The key never leaves the device. A certificate is renewed with a new key when a third of its time is left.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from pathlib import Path
from time import time
from urllib.parse import parse_qs, urlsplit

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import BaseModel, ValidationError

from cloud_bridge.admission import (
    AUTHORITY_PATH,
    ENROL_PATH,
    MAX_ADMISSION_BYTES,
    RENEW_PATH,
    Admission,
    Code,
    CodeError,
    EnrolmentAsked,
    RenewalAsked,
    read_code,
)
from cloud_bridge.private import private_directory, write_private
from device.enrolled import Enrolled, enrolment_place, read_enrolled

log = logging.getLogger(__name__)

LOOK_S = 12 * 3600.0
"""How often a device looks whether its certificate is to be renewed."""
SOON_S = 600.0
"""How soon, where it could not be told whether the bridge was there."""
_TIMEOUTS = aiohttp.ClientTimeout(total=30)
MISMATCH = (
    "Nothing was sent: this code doesn't fit the bridge at {site}. It was mistyped, or somebody stands between; "
    "compare it with what nightjar bridge enrol shows."
)


class EnrolmentError(Exception):
    """The device was not let in; the text is one plain sentence."""


def read_address(text: str) -> tuple[str, Code]:
    """Site and code of `nightjar://enrol?site=…&code=…`, as the QR code has it. Raises EnrolmentError."""
    parts = urlsplit(text[:1000])
    query = parse_qs(parts.query)
    if parts.scheme != "nightjar" or parts.netloc != "enrol" or not {"site", "code"} <= query.keys():
        raise EnrolmentError("That is not what nightjar bridge enrol shows: nightjar://enrol?site=…&code=…")
    return query["site"][0], read_typed_code(query["code"][0])


def read_typed_code(text: str) -> Code:
    """The code, however it was typed. Raises EnrolmentError."""
    try:
        return read_code(text)
    except CodeError as error:
        raise EnrolmentError(str(error)) from None


async def enrol(home: Path, site: str, code: Code) -> Enrolled:
    """Come in at the bridge of `site` with this code, and keep what it says. Raises EnrolmentError."""
    site = _site(site)
    authority = await _authority(site)
    if not code.vouches_for(_der(authority)):
        raise EnrolmentError(MISMATCH.format(site=site))
    key = ec.generate_private_key(ec.SECP256R1())
    asked = EnrolmentAsked(selector=code.selector, secret=code.secret, request=_request(key))
    admission = await _ask(site + ENROL_PATH, asked, authority)
    if not code.vouches_for(_der(admission.authority)):
        raise EnrolmentError("The bridge names another authority than the one that its code is for.")
    enrolled = Enrolled(
        site=site,
        device=admission.device,
        bridge=admission.bridge,
        host=admission.host,
        port=admission.port,
        media_hosts=admission.media_hosts,
        token=admission.token,
    )
    await asyncio.to_thread(_keep, home, enrolled, admission, key)
    return enrolled


async def renew(home: Path, enrolled: Enrolled) -> None:
    """Get a new certificate with the present one. Raises EnrolmentError."""
    place = enrolment_place(home)
    try:
        pem = (place / "identity.pem").read_bytes()
        authority = (place / "authority.pem").read_text(encoding="ascii")
        present = serialization.load_pem_private_key(pem, password=None)
        certificate = x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.PEM)
    except (OSError, ValueError):
        raise EnrolmentError(f"The files in {place} can't be read: enrol this device again.") from None
    assert isinstance(present, ec.EllipticCurvePrivateKey)  # `enrol` made it
    key = ec.generate_private_key(ec.SECP256R1())
    request = _request(key)
    signature = present.sign(request.encode(), ec.ECDSA(hashes.SHA256())).hex()
    asked = RenewalAsked(certificate=certificate.decode(), request=request, signature=signature)
    admission = await _ask(enrolled.site + RENEW_PATH, asked, authority)
    await asyncio.to_thread(_keep_identity, place, admission, key)


async def stay_enrolled(home: Path, *, online: Callable[[], bool], now: Callable[[], float] = time) -> None:
    """Renew the certificate in time, for ever: whenever the bridge is there, so that nothing leaves unasked."""
    while True:
        pause = LOOK_S
        try:
            enrolled = await asyncio.to_thread(read_enrolled, home)
            if enrolled is None or enrolled.token is not None:
                return
            if await asyncio.to_thread(is_due, home, now()):
                pause = SOON_S
                if online():
                    await renew(home, enrolled)
                    log.info("the certificate for the bridge was renewed")
        except (EnrolmentError, OSError, ValueError) as error:
            log.warning("the certificate for the bridge can't be renewed now: %s", error)
        await asyncio.sleep(pause)


def is_due(home: Path, now: float) -> bool:
    """Whether two thirds of the certificate's time are over. Raises OSError and ValueError."""
    begin, end = good_between(home)
    return now > begin + (end - begin) * 2 / 3


def good_between(home: Path) -> tuple[float, float]:
    """Between which Unix times the certificate is good. Raises OSError and ValueError."""
    certificate = x509.load_pem_x509_certificate((enrolment_place(home) / "identity.pem").read_bytes())
    return certificate.not_valid_before_utc.timestamp(), certificate.not_valid_after_utc.timestamp()


def trusting(authority_pem: str) -> ssl.SSLContext:
    """TLS to whoever the bridge's authority vouches for, or the system's, for sites behind a proxy. Raises SSLError."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cadata=authority_pem)
    return context


def _site(text: str) -> str:
    parts = urlsplit(text.strip()[:500])
    plain_here = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not parts.hostname or not (parts.scheme == "https" or plain_here) or parts.query or parts.fragment:
        raise EnrolmentError("The bridge's address must begin with https://, as nightjar bridge enrol shows it.")
    return text.strip().rstrip("/")


async def _authority(site: str) -> str:
    """Its certificate as PEM. Whoever answers may be anybody: the code says whether it is the right one."""
    _, body = await _exchange("GET", site + AUTHORITY_PATH, tls=False)
    try:
        certificate = x509.load_pem_x509_certificate(body)
    except ValueError:
        raise EnrolmentError(f"What answers at {site} is no bridge that lets devices in.") from None
    # This one alone, whatever else was sent beside it.
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


async def _ask(url: str, asked: BaseModel, authority_pem: str) -> Admission:
    status, body = await _exchange("POST", url, tls=trusting(authority_pem), data=asked.model_dump_json())
    if status != 200:
        raise EnrolmentError(_sentence(body) or f"The bridge answered {status}.")
    try:
        admission = Admission.model_validate_json(body)
    except ValidationError:
        raise EnrolmentError("The bridge's answer is not understood; is one of the two too old?") from None
    if (admission.certificate is None) == (admission.token is None):
        raise EnrolmentError("The bridge's answer has neither certificate nor token.")
    return admission


async def _exchange(method: str, url: str, *, tls: ssl.SSLContext | bool, data: str | None = None) -> tuple[int, bytes]:
    """Status and body, of which no more is read than a bridge has to say. Raises EnrolmentError."""
    headers = {"User-Agent": "nightjar-device"}
    body = bytearray()
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUTS, headers=headers) as session,
            session.request(method, url, ssl=tls, data=data, allow_redirects=False) as answer,
        ):
            async for piece in answer.content.iter_any():
                body += piece
                if len(body) > MAX_ADMISSION_BYTES:
                    raise EnrolmentError("The bridge's answer is longer than a bridge's answers are.")
            return answer.status, bytes(body)
    except aiohttp.ClientConnectorCertificateError:
        raise EnrolmentError(
            f"{urlsplit(url).netloc} has no certificate for that name that could be trusted."
        ) from None
    except (aiohttp.ClientConnectorError, TimeoutError, OSError):
        raise EnrolmentError(f"{urlsplit(url).netloc} can't be reached.") from None
    except (aiohttp.ClientError, ValueError):
        raise EnrolmentError(
            f"What is at {urlsplit(url).netloc} doesn't answer as a bridge does: is {urlsplit(url).scheme}:// right?"
        ) from None


def _sentence(body: bytes) -> str:
    """What the bridge says is wrong."""
    try:
        return " ".join(_Error.model_validate_json(body).error.split())[:300]
    except ValidationError:
        return ""


class _Error(BaseModel):
    error: str


def _der(pem: str) -> bytes:
    """The one certificate that `pem` holds; b"" when it is anything else."""
    try:
        (certificate,) = x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        return b""
    return certificate.public_bytes(serialization.Encoding.DER)


def _request(key: ec.EllipticCurvePrivateKey) -> str:
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


def _keep(home: Path, enrolled: Enrolled, admission: Admission, key: ec.EllipticCurvePrivateKey) -> None:
    place = enrolment_place(home)
    try:
        private_directory(place)
        write_private(place / "authority.pem", admission.authority.encode())
        if admission.certificate is not None:
            _keep_identity(place, admission, key)
        # Last: without it the others don't count.
        write_private(place / "broker.json", enrolled.model_dump_json(indent=1).encode())
    except OSError as error:
        raise EnrolmentError(f"{place} can't be written ({error.strerror}): a new code is needed.") from None


def _keep_identity(place: Path, admission: Admission, key: ec.EllipticCurvePrivateKey) -> None:
    """Key and certificate in one file, so that a power cut leaves both or neither. Raises EnrolmentError, OSError."""
    pem = (admission.certificate or "").encode()
    try:
        fits = x509.load_pem_x509_certificate(pem).public_key() == key.public_key()
    except ValueError:
        fits = False
    if not fits:
        raise EnrolmentError("The bridge's certificate is not for this device's key.")
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_private(place / "identity.pem", private + pem)
