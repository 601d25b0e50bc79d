"""Who may talk: the devices of a bridge, what each of them may do, and the hashes of what they show to be let in.

One SQLite file, `devices.sqlite`. The command line writes it while the bridge runs; the bridge sees it within a second.
No secret is in it: of codes and tokens there are salted hashes, of certificates the fingerprint.
"""

import contextlib
import hashlib
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, time
from typing import Literal

from cloud_bridge.admission import Code

Moderation = Literal["standard", "child"]
Kind = Literal["certificate", "token"]

CODE_VALID_S = 15 * 60.0
CODE_TRIES = 5
LOOKED_AT_S = 1.0
"""How long what was read counts before the file is asked whether it has changed."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS devices (
    name TEXT PRIMARY KEY,
    household TEXT NOT NULL,
    weight REAL NOT NULL DEFAULT 1 CHECK (weight > 0),
    moderation TEXT NOT NULL DEFAULT 'standard' CHECK (moderation IN ('standard', 'child')),
    budget TEXT NOT NULL DEFAULT 'standard',
    enrolled_at REAL,
    revoked_at REAL
);
CREATE TABLE IF NOT EXISTS credentials (
    id TEXT PRIMARY KEY, -- a certificate's serial number in hexadecimal; of a token a random number
    device TEXT NOT NULL REFERENCES devices (name),
    kind TEXT NOT NULL CHECK (kind IN ('certificate', 'token')),
    proof TEXT NOT NULL, -- a certificate's SHA-256; of a token the salted hash as the broker reads it
    issued_at REAL NOT NULL,
    expires_at REAL,
    revoked_at REAL
);
CREATE INDEX IF NOT EXISTS credentials_of ON credentials (device) WHERE revoked_at IS NULL;
CREATE TABLE IF NOT EXISTS codes (
    device TEXT PRIMARY KEY REFERENCES devices (name),
    selector TEXT NOT NULL UNIQUE,
    salt BLOB NOT NULL,
    hash BLOB NOT NULL,
    kind TEXT NOT NULL,
    tries_left INTEGER NOT NULL,
    expires_at REAL NOT NULL
);
PRAGMA user_version = 1;
"""
_COLUMNS = "name, household, weight, moderation, budget, enrolled_at, revoked_at"


class RegistryError(Exception):
    """The registry can't be used, or not like that; the text is one plain sentence."""


@dataclass(frozen=True, slots=True)
class Device:
    """A device as the operator wants it."""

    name: str
    household: str
    """Devices of one household share its budget."""
    weight: float
    """Its share of the queue against that of others."""
    moderation: Moderation
    budget: str
    """The name of a class of budgets."""
    enrolled_at: float | None = None
    """None: it was invited and has not come yet."""
    revoked_at: float | None = None

    @property
    def welcome(self) -> bool:
        """Whether it may talk."""
        return self.enrolled_at is not None and self.revoked_at is None


@dataclass(frozen=True, slots=True)
class Credential:
    """What a device shows to be let in."""

    id: str
    kind: Kind
    proof: str
    issued_at: float
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody with a code that is right."""

    device: Device
    kind: Kind
    selector: str


class Registry:
    """The devices in one file, made when there is none yet. From any thread, and beside other processes."""

    def __init__(self, path: Path, *, now: Callable[[], float] = time) -> None:
        """Raises RegistryError."""
        self._path, self.now = path, now
        self._lock = threading.Lock()
        self._read: dict[str, Device] = {}
        self._read_version, self._looked_at = -1, float("-inf")
        with self._trouble_in_words():
            path.touch(mode=0o600)
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.execute("PRAGMA foreign_keys = ON")
            version = self._database.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                self._database.executescript(SCHEMA)
            elif version != 1:
                raise RegistryError(f"{path} was written by a newer version of Nightjar.")

    def close(self) -> None:
        """Use it no more."""
        with self._lock:
            self._database.close()

    def device(self, name: str) -> Device | None:
        """The device of this name, as it was at most a second ago; None when the operator never heard of it.

        Quick enough to be asked for every message. Raises RegistryError.
        """
        if monotonic() - self._looked_at > LOOKED_AT_S:
            with self._lock, self._trouble_in_words():
                self._read_again()
        return self._read.get(name)

    def remembered(self, name: str) -> Device | None:
        """The device as it was read last, without asking the file."""
        return self._read.get(name)

    def devices(self) -> tuple[Device, ...]:
        """All of them by name, as they are now. Raises RegistryError."""
        with self._lock, self._trouble_in_words():
            rows = self._database.execute(f"SELECT {_COLUMNS} FROM devices ORDER BY name")  # noqa: S608 - ours
            return tuple(Device(*row) for row in rows)

    def credentials(self, name: str) -> tuple[Credential, ...]:
        """Those with which it may come in, the newest first. Raises RegistryError."""
        with self._lock, self._trouble_in_words():
            rows = self._database.execute(
                "SELECT id, kind, proof, issued_at, expires_at FROM credentials"
                " WHERE device = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)"
                " ORDER BY issued_at DESC, rowid DESC",
                (name, self.now()),
            )
            return tuple(Credential(*row) for row in rows)

    def invite(self, device: Device, code: Code, *, kind: Kind = "certificate") -> None:
        """Have the device come in with this code, within a quarter of an hour; an earlier code of its counts no more.

        What it may do is as in `device` from now on. One that is in already stays in until it comes with the code.
        Raises RegistryError.
        """
        salt = secrets.token_bytes(16)
        with self._writing() as database:
            database.execute(
                "INSERT INTO devices (name, household, weight, moderation, budget) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET household = excluded.household, weight = excluded.weight,"
                " moderation = excluded.moderation, budget = excluded.budget",
                (device.name, device.household, device.weight, device.moderation, device.budget),
            )
            database.execute("DELETE FROM codes WHERE device = ? OR expires_at <= ?", (device.name, self.now()))
            database.execute(
                "INSERT INTO codes VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(device.name, code.selector, salt, _hash(code.secret, salt)),
                    *(kind, CODE_TRIES, self.now() + CODE_VALID_S),
                ),
            )

    def try_code(self, selector: str, secret: str) -> Invited | None:
        """Whoever was invited with this code; None when it is wrong, too old, used, or was tried too often.

        The try is written down before the code is looked at. Takes a twentieth of a second. Raises RegistryError.
        """
        with self._writing() as database:
            row = database.execute(
                "UPDATE codes SET tries_left = tries_left - 1 WHERE selector = ? AND tries_left > 0 AND expires_at > ?"
                " RETURNING device, salt, hash, kind",
                (selector, self.now()),
            ).fetchone()
            if row is None:
                return None
            name, salt, expected, kind = row
            found = database.execute(f"SELECT {_COLUMNS} FROM devices WHERE name = ?", (name,)).fetchone()  # noqa: S608
        if not secrets.compare_digest(_hash(secret, salt), expected):
            return None
        return Invited(Device(*found), kind, selector)

    def admit(self, invited: Invited, credential: Credential) -> None:
        """Let the device in with this and nothing else: its code and what it had before count no more.

        Raises RegistryError, also when somebody has come with the same code meanwhile.
        """
        name, now = invited.device.name, self.now()
        with self._writing() as database:
            used = database.execute(
                "DELETE FROM codes WHERE device = ? AND selector = ?", (name, invited.selector)
            ).rowcount
            if not used:
                raise RegistryError("This code was used already.")
            database.execute(
                "UPDATE credentials SET revoked_at = ? WHERE device = ? AND revoked_at IS NULL", (now, name)
            )
            database.execute("UPDATE devices SET enrolled_at = ?, revoked_at = NULL WHERE name = ?", (now, name))
            _insert(database, name, credential)

    def whose(self, credential: str) -> Device | None:
        """The device that may come in with the credential of this id. Raises RegistryError."""
        with self._lock, self._trouble_in_words():
            row = self._database.execute(
                f"SELECT {_COLUMNS} FROM devices WHERE revoked_at IS NULL AND name ="  # noqa: S608
                " (SELECT device FROM credentials WHERE id = ? AND revoked_at IS NULL)",
                (credential,),
            ).fetchone()
        return Device(*row) if row else None

    def renew(self, device: Device, present: str, credential: Credential) -> None:
        """Give the device a new credential beside the present one, which counts until the new one is itself renewed.

        A device that was cut off before it had kept the new one can so come again with the old. Raises RegistryError.
        """
        with self._writing() as database:
            database.execute(
                "UPDATE credentials SET revoked_at = ? WHERE device = ? AND id <> ? AND revoked_at IS NULL",
                (self.now(), device.name, present),
            )
            _insert(database, device.name, credential)

    def revoke(self, name: str) -> None:
        """Let the device in no more, with nothing. Raises RegistryError, also when there is no such device."""
        now = self.now()
        with self._writing() as database:
            database.execute("DELETE FROM codes WHERE device = ?", (name,))
            known = database.execute("UPDATE devices SET revoked_at = ? WHERE name = ?", (now, name)).rowcount
            if not known:
                raise RegistryError(f"There is no device called {name!r}.")
            database.execute(
                "UPDATE credentials SET revoked_at = ? WHERE device = ? AND revoked_at IS NULL", (now, name)
            )

    def revoked_certificates(self) -> tuple[str, ...]:
        """The serial numbers of certificates that would still be good. Raises RegistryError."""
        with self._lock, self._trouble_in_words():
            rows = self._database.execute(
                "SELECT id FROM credentials WHERE kind = 'certificate' AND revoked_at IS NOT NULL AND expires_at > ?",
                (self.now(),),
            )
            return tuple(serial for (serial,) in rows)

    def token_hashes(self) -> dict[str, str]:
        """By device, the salted hash of the token with which it may come in. Raises RegistryError."""
        with self._lock, self._trouble_in_words():
            rows = self._database.execute(
                "SELECT device, proof FROM credentials WHERE kind = 'token' AND revoked_at IS NULL"
            )
            return dict(rows.fetchall())

    def _read_again(self) -> None:
        # Counts what other connections have written; our own writes set `_read_version` back.
        version = self._database.execute("PRAGMA data_version").fetchone()[0]
        if version != self._read_version:
            rows = self._database.execute(f"SELECT {_COLUMNS} FROM devices")  # noqa: S608
            self._read = {row[0]: Device(*row) for row in rows}
            self._read_version = version
        self._looked_at = monotonic()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction. Raises RegistryError."""
        with self._lock, self._trouble_in_words():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
                raise
            self._read_version, self._looked_at = -1, float("-inf")

    @contextmanager
    def _trouble_in_words(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise RegistryError(f"The registry of devices {self._path} can't be used: {error}.") from None


def as_wished(
    known: Device | None,
    name: str,
    *,
    household: str | None = None,
    weight: float | None = None,
    moderation: Moderation | None = None,
    budget: str | None = None,
) -> Device:
    """The device with what the operator says of it now; what he doesn't say stays as it was."""
    before = known or Device(name=name, household=name, weight=1.0, moderation="standard", budget="standard")
    said = {"household": household, "weight": weight, "moderation": moderation, "budget": budget}
    return replace(before, **{key: value for key, value in said.items() if value is not None})


def _insert(database: sqlite3.Connection, name: str, credential: Credential) -> None:
    database.execute(
        "INSERT INTO credentials (id, device, kind, proof, issued_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
        (credential.id, name, credential.kind, credential.proof, credential.issued_at, credential.expires_at),
    )


def _hash(secret: str, salt: bytes) -> bytes:
    # 40 bits for a quarter of an hour: who has copied the file may try 20 a second on a core.
    return hashlib.scrypt(secret.encode(), salt=salt, n=2**14, r=8, p=1)
