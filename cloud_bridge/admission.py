"""What a device and its bridge say to each other before the device may talk: the one-time code, and three messages.

::

    7K3M-XQ9P-4TWH-2B8C     read aloud, typed, or scanned
    └┬─┘ └───┬───┘ └┬─┘
     │       │      └ check: 20 bits of HMAC-SHA256(secret, the authority's certificate)
     │       └ secret: 40 bits; leaves the device only when the check was right
     └ which code it is; not secret

The check is how a device that knows nobody yet knows the bridge's authority: whoever stands between them doesn't know
the secret, so the certificate of his own matches in one of a million tries, and each of them is seen to fail by whoever
types. A fingerprint of the authority alone could be sought for in peace, and would have to be four times as long.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cloud_bridge.protocol import DEVICE_NAME

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no I, L, O or U. Small letters, and I, L and O for what they look like, are understood."""
_LOOK_ALIKE = str.maketrans("ILO", "110")
_GROUP = 4
_GROUPS = 4
MAX_ADMISSION_BYTES = 16 * 1024
"""Of any message here."""
AUTHORITY_PATH, ENROL_PATH, RENEW_PATH = "/enrol/authority", "/enrol", "/enrol/renew"


class CodeError(Exception):
    """That is no code; the text is one plain sentence."""


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code in its parts."""

    selector: str
    secret: str
    check: str

    def __str__(self) -> str:
        text = self.selector + self.secret + self.check
        return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))

    def __repr__(self) -> str:
        return f"Code({self.selector})"  # what is printed by accident opens nothing

    def vouches_for(self, authority_der: bytes) -> bool:
        """Whether whoever made the code knew this certificate."""
        return hmac.compare_digest(self.check, _check(self.secret, authority_der))


def new_code(authority_der: bytes) -> Code:
    """A code for the bridge whose authority has this certificate (DER)."""
    selector, secret = (_random(_GROUP * groups) for groups in (1, 2))
    return Code(selector, secret, _check(secret, authority_der))


def read_code(text: str) -> Code:
    """The code, however it was typed. Raises CodeError."""
    plain = "".join(text[:100].upper().split()).replace("-", "").translate(_LOOK_ALIKE)
    if len(plain) != _GROUP * _GROUPS or not set(plain) <= set(ALPHABET):
        raise CodeError("A code has sixteen letters and digits in four groups, like 7K3M-XQ9P-4TWH-2B8C.")
    return Code(plain[:4], plain[4:12], plain[12:])


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _check(secret: str, authority_der: bytes) -> str:
    bits = int.from_bytes(hmac.digest(secret.encode(), authority_der, hashlib.sha256)[:8], "big")
    return "".join(ALPHABET[bits >> 5 * place & 31] for place in range(_GROUP))


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


_Pem = Annotated[str, Field(max_length=8000)]


class EnrolmentAsked(_Message):
    """A device asks to be let in: `POST /enrol`."""

    selector: Annotated[str, Field(min_length=4, max_length=4)]
    secret: str = Field(min_length=8, max_length=8, repr=False)
    request: _Pem
    """A signing request (PKCS #10, PEM) for a key that stays on the device. Of its content only the key counts."""


class RenewalAsked(_Message):
    """A device asks for a new certificate while its present one is good: `POST /enrol/renew`."""

    certificate: _Pem
    """The present one."""
    request: _Pem
    signature: Annotated[str, Field(max_length=200)]
    """Of `request`, by the present certificate's key (ECDSA, SHA-256), in hex. Somebody who sends it once more gains
    nothing: what he gets belongs to a key that he hasn't."""


class Admission(_Message):
    """What the device needs to talk: the answer to both."""

    device: Annotated[str, Field(pattern=DEVICE_NAME)]
    """Its name in topics, and its user name."""
    bridge: Annotated[str, Field(pattern=DEVICE_NAME)]
    host: Annotated[str, Field(min_length=1, max_length=253)]
    """Of the broker."""
    port: Annotated[int, Field(ge=1, le=65535)]
    authority: _Pem
    """The certificate to trust, at the broker and where pictures are."""
    kind: Literal["certificate", "token"] = "certificate"
    certificate: _Pem | None = None
    token: str | None = Field(default=None, max_length=100, repr=False)
    """The password, where it is to be one."""
    media_hosts: Annotated[tuple[Annotated[str, Field(max_length=253)], ...], Field(max_length=16)] = ()
