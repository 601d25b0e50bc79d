"""Which phones may see the page: a one-time link, exchanged for a cookie.

::

    device   new_link() ──▶ QR code: http://device:8765/#pair=TOKEN      (one link at a time, 10 minutes, used once)
    phone    POST /api/pair {token} ──▶ redeem() ──▶ cookie              (the fragment never travels in a request line)
    later    cookie ──▶ session()                                        (until it is revoked)

Tokens and cookies are 256 random bits. The file holds hashes only: whoever reads it can't sign in with it.
"""

import hmac
import io
import json
import os
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from time import time

import segno

LINK_LIFE_S = 600.0
MAX_SESSIONS = 32
ATTEMPTS_PER_MINUTE = 10
MAX_ADDRESSES = 1024


class PairingRefused(Exception):
    """The token is wrong, used or too old; the text is one plain sentence."""


class TooManyAttempts(Exception):
    """This address tried too often; the text is one plain sentence."""


@dataclass(frozen=True, slots=True)
class PairingLink:
    """An invitation for one phone."""

    url: str
    """With the token in its fragment; whoever opens it first is paired."""
    qr_terminal: str
    """The QR code in block characters, light on dark."""
    qr_svg: str
    """The same as an SVG document."""
    expires_at: float
    """Unix seconds."""


@dataclass(frozen=True, slots=True)
class Session:
    """A paired phone."""

    id: str
    """Public: names the session in `revoke`."""
    secret_sha256: str
    name: str
    """What the phone called itself: its user agent, shortened."""
    paired_at: float
    """Unix seconds."""
    called: str = ""
    """The name that a person gave it: `Mum's phone`, `kitchen display`."""


class Pairing:
    """Invitations and sessions of one device, kept in `path` (mode 600)."""

    def __init__(self, *, path: Path, base_url: Callable[[], str], now: Callable[[], float] = time) -> None:
        """Read the sessions that are there; `base_url` gives `http://name:port` as phones reach it."""
        self._path = path
        self._base_url = base_url
        self._now = now
        self._token_sha256 = ""
        self._expires_at = 0.0
        self._attempts: dict[str, deque[float]] = {}
        self._sessions: dict[str, Session] = _load(path)

    def new_link(self) -> PairingLink:
        """Make an invitation; the one before it stops working."""
        token = secrets.token_urlsafe(32)
        self._token_sha256 = _hash(token)
        self._expires_at = self._now() + LINK_LIFE_S
        url = f"{self._base_url()}/#pair={token}"
        code = segno.make(url, error="m", micro=False)
        text, svg = io.StringIO(), io.BytesIO()
        code.terminal(text, compact=True)
        code.save(svg, kind="svg", border=2, dark="#000", light="#fff", xmldecl=False, omitsize=True)
        return PairingLink(url, text.getvalue(), svg.getvalue().decode(), self._expires_at)

    def redeem(self, token: str, *, address: str, name: str) -> str:
        """Exchange a token for a cookie value. Raises PairingRefused or TooManyAttempts."""
        now = self._now()
        self._count_attempt(address, now)
        expected, self_expired = self._token_sha256, now > self._expires_at
        if not hmac.compare_digest(_hash(token), expected) or not expected or self_expired:
            raise PairingRefused("This pairing code is not valid any more; ask the device for a new one.")
        self._token_sha256 = ""
        secret = secrets.token_urlsafe(32)
        session = Session(secrets.token_hex(6), _hash(secret), name[:120], now)
        self._sessions[session.id] = session
        while len(self._sessions) > MAX_SESSIONS:
            self._sessions.pop(min(self._sessions.values(), key=lambda old: old.paired_at).id)
        self._save()
        return f"{session.id}.{secret}"

    def session(self, cookie: str) -> Session | None:
        """The session that a cookie belongs to, or None."""
        session_id, _, secret = cookie.partition(".")
        session = self._sessions.get(session_id)
        if session is None or not hmac.compare_digest(_hash(secret), session.secret_sha256):
            return None
        return session

    def sessions(self) -> tuple[Session, ...]:
        """All paired phones, the newest first."""
        return tuple(sorted(self._sessions.values(), key=lambda session: -session.paired_at))

    def rename(self, session_id: str, name: str) -> bool:
        """Call a phone something; False when there is none of that id."""
        session = self._sessions.get(session_id)
        if session is None:
            return False
        self._sessions[session_id] = replace(session, called=name)
        self._save()
        return True

    def revoke(self, session_id: str) -> bool:
        """Forget a phone; False when there is none of that id."""
        if self._sessions.pop(session_id, None) is None:
            return False
        self._save()
        return True

    def _count_attempt(self, address: str, now: float) -> None:
        attempts = self._attempts.pop(address, deque(maxlen=ATTEMPTS_PER_MINUTE))
        self._attempts[address] = attempts  # at the end again: the first is the one that was quiet for longest
        while len(self._attempts) > MAX_ADDRESSES:
            self._attempts.pop(next(iter(self._attempts)))
        if len(attempts) == ATTEMPTS_PER_MINUTE and now - attempts[0] < 60:
            raise TooManyAttempts("Too many attempts; wait a minute and try again.")
        attempts.append(now)

    def _save(self) -> None:
        # Written beside and renamed, so that a power cut leaves the old list or the new one.
        beside = self._path.with_suffix(".new")
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump([asdict(session) for session in self._sessions.values()], file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)


def _hash(secret: str) -> str:
    # A plain hash is enough for 256 random bits: there is no dictionary to try.
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _load(path: Path) -> dict[str, Session]:
    try:
        return {entry["id"]: Session(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError):
        # Unreadable means nobody is paired: phones have to be paired again, nobody gets in by it.
        return {}
