"""What the bridge has promised: every accepted job, in SQLite (WAL, synchronous=FULL), until its device has the end.

::

    accept ──▶ queued ──claim──▶ calling ──▶ stored ──▶ delivered ──▶ acknowledged
                 │                  │
                 │                  ├──▶ failed, cancelled
                 │                  └──▶ outcome_unknown   (the process died while a paid provider was being called)
                 └──▶ cancelled, expired

A job ends once: the first of `stored` and the states below it that is written stays; only a picture whose file is lost
before its device has it becomes `failed`. `calling` is on the disk before the provider is called, so that nobody is
ever called twice unasked. The key is (device, job, hash of the body).

Among those that wait, devices take turns (`waiting.py`), and jobs of one conversation of a device go one after the
other. A call returns when what it did is on the disk; many calls share a transaction (`group_commit.py`).
"""

import asyncio
import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast
from uuid import UUID

from cloud_bridge.accounts import Accounts
from cloud_bridge.beside import inputs_needed, pictures_owed
from cloud_bridge.crowding import ROOMY, Bounds, too_busy, turned_away
from cloud_bridge.entry import COLUMNS, Ended, Entry, LedgerError, Receipt
from cloud_bridge.group_commit import Closed, GroupCommit, Step
from cloud_bridge.ledger_schema import FromTheFuture, open_ledger
from cloud_bridge.protocol import Failed, Usage, encode
from cloud_bridge.waiting import KINDS, Kind, Waiting
from cloud_bridge.witness import NOBODY, Witness

PAGE = 500

CLAIM = f"""
UPDATE jobs SET state = 'calling', calls = calls + 1, provider = coalesce(provider, ?) WHERE seq IN (
    SELECT seq FROM jobs AS mine WHERE kind = ? AND state = 'queued' AND expires_at >= ?
    AND (conversation = '' OR NOT EXISTS (
        SELECT 1 FROM jobs AS earlier WHERE earlier.device = mine.device
        AND earlier.conversation = mine.conversation AND earlier.conversation <> ''
        AND earlier.state IN ('queued', 'calling') AND earlier.seq < mine.seq
    ))
    ORDER BY rank, seq LIMIT ?
) RETURNING {COLUMNS}
"""  # noqa: S608 - COLUMNS is ours


T = TypeVar("T")


def _nobody_objects(_database: sqlite3.Connection) -> None:
    return None


class Ledger:
    """Used from one event loop; every method returns when what it did is on the disk."""

    def __init__(
        self,
        path: Path,
        *,
        accounts: Accounts | None = None,
        witness: Witness = NOBODY,
        bounds: Bounds = ROOMY,
    ) -> None:
        """Open or create the file. Raises LedgerError.

        `accounts` may object to a new job, and are told what every job cost.
        """
        self._path, self._accounts, self._witness, self._bounds = path, accounts, witness, bounds
        try:
            self._database = open_ledger(path)
            self._waiting = _who_waits(self._database)
            if accounts is not None:
                accounts.begin(self._database)
        except FromTheFuture:
            raise LedgerError(f"The ledger {path} was written by a newer Nightjar.") from None
        except sqlite3.Error as error:
            raise LedgerError(f"The ledger {path} can't be opened: {error}.") from None
        self._writer = GroupCommit(self._database, rolled_back=self._look_again, committed=witness.committed)

    @property
    def open(self) -> int:
        """Jobs that have not ended."""
        return sum(self._waiting.open(kind) for kind in KINDS)

    def waiting(self, kind: Kind) -> int:
        """Jobs of a kind that wait for a call."""
        return self._waiting.line(kind)

    async def close(self) -> None:
        """Finish what was asked for and close the file."""
        await self._writer.close()

    async def accept(
        self,
        *,
        device: str,
        job: str,
        body: bytes,
        expires_at: float,
        now: float,
        kind: Kind = "image",
        weight: float = 1.0,
        conversation: str = "",
        trace: str | None = None,
        again_s: float = 0.0,
        objection: Callable[[sqlite3.Connection], Failed | None] = _nobody_objects,
    ) -> Receipt:
        """Take a job on, or recognise it.

        `weight`: the device's share among those that wait. `again_s`: when whoever has to go as too many wait may
        expect to find room. `objection` is asked about a new job, in the transaction
        that takes it on; a Failed from it ends the job, so that it stays ended when it comes again.
        """
        digest = hashlib.sha256(body).hexdigest()

        def step(database: sqlite3.Connection) -> Receipt:
            rank = self._waiting.rank(kind, device, weight)
            row = database.execute(
                "INSERT INTO jobs (device, job, body_sha256, body, state, expires_at, accepted_at, kind, rank,"
                " conversation, trace) VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (device, job) DO NOTHING RETURNING seq",
                (device, job, digest, body, expires_at, now, kind, rank, conversation, trace),
            ).fetchone()
            if row is None:
                return self._known(database, device, job, digest)
            (seq,) = row
            entry = Entry(
                *(seq, device, job, digest, body, "queued", 0, None, None, None),
                *(kind, rank, conversation, trace, now),
            )
            away = turned_away(self._waiting, self._bounds, device=device, kind=kind, rank=rank)
            self._waiting.join(seq, kind, device, rank)
            position = self._waiting.before(kind, rank)
            no, shed = None, None
            if away in {"device", "newcomer"}:
                no = too_busy(UUID(job), again_s=again_s, of_device=away == "device")
            elif (no := objection(database)) is None and self._accounts is not None:
                no = self._accounts.objection(database, device=device, job=job, kind=kind)
            if no is None and away is not None:
                shed = self._shed(database, cast("Kind", away), again_s, now)
            if no is not None:
                ended = self._end(database, entry, "failed", encode(no), now=now)
                assert ended is not None
                entry = ended
            return Receipt(entry, new=True, same_body=True, position=position, shed=shed)

        receipt = await self._do(step)
        if receipt.shed is not None:
            self._witness.ended(receipt.shed, now=now)
        if receipt.new:
            self._witness.accepted(receipt.entry, now=now)
            if receipt.entry.result is not None:
                self._witness.ended(receipt.entry, now=now)
        return receipt

    def _shed(self, database: sqlite3.Connection, kind: Kind, again_s: float, now: float) -> Entry | None:
        """End the last of a kind that waits."""
        row = database.execute(
            f"SELECT {COLUMNS} FROM jobs WHERE kind = ? AND state = 'queued'"  # noqa: S608
            " ORDER BY rank DESC, seq DESC LIMIT 1",
            (kind,),
        ).fetchone()
        last = Entry(*row)
        return self._end(database, last, "failed", encode(too_busy(UUID(last.job), again_s=again_s)), now=now)

    def _known(self, database: sqlite3.Connection, device: str, job: str, digest: str) -> Receipt:
        entry = _find(database, device, job)
        assert entry is not None
        position = self._waiting.before(entry.kind, entry.rank) if entry.state == "queued" else 0
        return Receipt(entry, new=False, same_body=entry.body_sha256 == digest, position=position)

    async def claim(self, *, now: float, kind: Kind = "image", provider: str | None = None) -> Entry | None:
        """The job of a kind whose turn it is and that may still start, now `calling`; None when there is none.

        `provider`: who is going to be called, unless somebody may have done the work already.
        """
        claimed = await self.claim_many(now=now, most=1, kind=kind, provider=provider)
        return claimed[0] if claimed else None

    async def claim_many(
        self, *, now: float, most: int, kind: Kind = "image", provider: str | None = None
    ) -> list[Entry]:
        """At most so many at once, in their order."""

        def step(database: sqlite3.Connection) -> list[Entry]:
            claimed = [Entry(*row) for row in database.execute(CLAIM, (provider, kind, now, most))]
            claimed.sort(key=lambda entry: (entry.rank, entry.seq))
            for entry in claimed:
                self._waiting.claim(entry.seq)
            return claimed

        claimed = await self._do(step)
        for entry in claimed:
            self._witness.claimed(entry, now=now)
        return claimed

    async def calls(self, entry: Entry, provider: str) -> None:
        """Another provider than the one written with the claim is about to be called for a job in `calling`."""

        def step(database: sqlite3.Connection) -> None:
            database.execute("UPDATE jobs SET provider = ? WHERE seq = ? AND state = 'calling'", (provider, entry.seq))

        await self._do(step)

    async def end(
        self,
        entry: Entry,
        state: Ended,
        result: bytes,
        *,
        now: float,
        provider: str | None = None,
        usage: Usage | None = None,
    ) -> Entry | None:
        """End the job with the message that tells its device; the entry as it is then, or None if it had ended.

        `provider` and `usage`: who was called for it, and what they say it cost.
        """
        ended = await self._do(
            lambda database: self._end(database, entry, state, result, now=now, provider=provider, usage=usage)
        )
        if ended is not None:
            self._witness.ended(ended, now=now)
        return ended

    def _end(
        self,
        database: sqlite3.Connection,
        entry: Entry,
        state: Ended,
        result: bytes,
        *,
        now: float,
        provider: str | None = None,
        usage: Usage | None = None,
    ) -> Entry | None:
        tokens = usage.input_tokens + usage.output_tokens if usage else None
        cost = round(usage.cost_usd * 1e6) if usage and usage.cost_usd is not None else None
        row = database.execute(
            "UPDATE jobs SET state = ?, result = ?, ended_at = ?, provider = coalesce(?, provider), tokens = ?,"  # noqa: S608
            " cost_microusd = ?"
            f" WHERE seq = ? AND state IN ('queued', 'calling') RETURNING {COLUMNS}",
            (state, result, now, provider, tokens, cost, entry.seq),
        ).fetchone()
        if row is None:
            return None
        ended = Entry(*row)
        self._waiting.end(ended.seq, ended.kind)
        if self._accounts is not None:
            self._accounts.ended(
                database,
                device=ended.device,
                job=ended.job,
                kind=ended.kind,
                state=ended.state,
                called=ended.calls > 0,
                usage=usage,
            )
        return ended

    async def lose(self, entry: Entry, result: bytes) -> Entry:
        """The stored picture is gone: its device gets this end instead, unless it has the picture. The entry then."""

        def step(database: sqlite3.Connection) -> Entry:
            database.execute(
                "UPDATE jobs SET state = 'failed', result = ?, delivered_at = NULL"
                " WHERE seq = ? AND state IN ('stored', 'delivered')",
                (result, entry.seq),
            )
            row = database.execute(f"SELECT {COLUMNS} FROM jobs WHERE seq = ?", (entry.seq,)).fetchone()  # noqa: S608
            return Entry(*row)

        return await self._do(step)

    async def find(self, device: str, job: str) -> Entry | None:
        """The job, if the ledger has it."""
        return await self._do(lambda database: _find(database, device, job))

    async def delivered(self, entry: Entry, *, now: float) -> None:
        """The broker has the result."""
        await self._do(lambda database: _delivered(database, entry, now))

    def delivered_soon(self, entry: Entry, *, now: float, then: Callable[[LedgerError | None], None]) -> None:
        """As `delivered`, where nobody waits: `then` is told what went wrong, if anything, and must not raise."""
        self._soon(lambda database: _delivered(database, entry, now), then)

    async def acknowledge(self, device: str, job: str, *, now: float) -> None:
        """The device has the result."""
        await self._do(lambda database: _acknowledged(database, device, job, now))
        self._witness.acknowledged(device, job, now=now)

    def acknowledge_soon(
        self, device: str, job: str, *, now: float, then: Callable[[LedgerError | None], None]
    ) -> None:
        """As `acknowledge`, where nobody waits: `then` is told what went wrong, if anything, and must not raise."""

        def settled(trouble: LedgerError | None) -> None:
            if trouble is None:
                self._witness.acknowledged(device, job, now=now)
            then(trouble)

        self._soon(lambda database: _acknowledged(database, device, job, now), settled)

    async def unacknowledged(self, *, device: str | None = None, after: Entry | None = None) -> list[Entry]:
        """Ended jobs whose device has not said that it knows, at most `PAGE`: by device, oldest first.

        `device`: its alone. `after`: those that come after this one.
        """
        begin = (after.device, after.seq) if after else (device or "", 0)
        one, names = ("", ()) if device is None else ("device = ? AND", (device,))

        def step(database: sqlite3.Connection) -> list[Entry]:
            rows = database.execute(
                f"SELECT {COLUMNS} FROM jobs WHERE {one} (device, seq) > (?, ?)"  # noqa: S608
                " AND result IS NOT NULL AND acknowledged_at IS NULL ORDER BY device, seq LIMIT ?",
                (*names, *begin, PAGE),
            )
            return [Entry(*row) for row in rows]

        return await self._do(step)

    async def pictures(self, *, since: float) -> set[str]:
        """SHA-256 of all pictures that a device still has to get, or has acknowledged since then."""
        return await asyncio.to_thread(pictures_owed, self._path, since=since)

    async def inputs(self) -> set[tuple[str, str]]:
        """Device and SHA-256 of all pictures that jobs need which have not ended."""
        return await asyncio.to_thread(inputs_needed, self._path)

    async def forget(self, *, before: float) -> bool:
        """Delete jobs that were acknowledged before then, at most `PAGE`; whether there may be more."""

        def step(database: sqlite3.Connection) -> bool:
            cursor = database.execute(
                "DELETE FROM jobs WHERE seq IN (SELECT seq FROM jobs WHERE acknowledged_at < ? LIMIT ?)", (before, PAGE)
            )
            return cursor.rowcount == PAGE

        return await self._do(step)

    async def overdue(self, *, now: float, kind: Kind = "image") -> list[Entry]:
        """Jobs of a kind that wait and should have started by now, at most `PAGE`."""

        def step(database: sqlite3.Connection) -> list[Entry]:
            rows = database.execute(
                f"SELECT {COLUMNS} FROM jobs WHERE kind = ? AND state = 'queued' AND expires_at < ?"  # noqa: S608
                " ORDER BY seq LIMIT ?",
                (kind, now, PAGE),
            )
            return [Entry(*row) for row in rows]

        return await self._do(step)

    async def clock_was_set(self, by_s: float, kind: Kind = "image") -> None:
        """The clock jumped by so much: jobs of a kind may wait as long as before."""

        def step(database: sqlite3.Connection) -> None:
            database.execute(
                "UPDATE jobs SET expires_at = expires_at + ? WHERE kind = ? AND state IN ('queued', 'calling')",
                (by_s, kind),
            )

        await self._do(step)

    async def interrupted(self, kind: Kind = "image") -> list[Entry]:
        """Jobs of a kind in `calling`. At start: those during whose call the process died."""

        def step(database: sqlite3.Connection) -> list[Entry]:
            rows = database.execute(
                f"SELECT {COLUMNS} FROM jobs WHERE kind = ? AND state = 'calling' ORDER BY seq",  # noqa: S608
                (kind,),
            )
            return [Entry(*row) for row in rows]

        return await self._do(step)

    async def requeue(self, entry: Entry, *, called: bool) -> None:
        """Let a job in `calling` wait for its turn again: only where calling again does no harm.

        `called`: whether anything may have reached the provider; if not, it does not count.
        """

        def step(database: sqlite3.Connection) -> None:
            cursor = database.execute(
                "UPDATE jobs SET state = 'queued', calls = calls - ?,"
                " provider = CASE WHEN calls - ? > 0 THEN provider END WHERE seq = ? AND state = 'calling'",
                (*(2 * (0 if called else 1,)), entry.seq),
            )
            if cursor.rowcount:
                self._waiting.requeue(entry.seq, entry.kind, entry.device, entry.rank)

        await self._do(step)
        self._witness.put_back(entry)

    async def reopen(self, entry: Entry, *, expires_at: float) -> bool:
        """Let a job wait again that ended without a result, until then; not if the end may have been heard of."""

        def step(database: sqlite3.Connection) -> bool:
            cursor = database.execute(
                "UPDATE jobs SET state = 'queued', result = NULL, ended_at = NULL, provider = NULL, expires_at = ?"
                " WHERE seq = ? AND state IN ('failed', 'expired', 'outcome_unknown')"
                " AND delivered_at IS NULL AND acknowledged_at IS NULL",
                (expires_at, entry.seq),
            )
            if cursor.rowcount:
                self._waiting.join(entry.seq, entry.kind, entry.device, entry.rank)
            return bool(cursor.rowcount)

        return await self._do(step)

    async def prove(self) -> None:
        """Write something that changes nothing. Raises LedgerError when that does not work."""

        def step(database: sqlite3.Connection) -> None:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            database.execute(f"PRAGMA user_version = {int(version)}")

        await self._do(step)

    async def _do(self, step: Step[T]) -> T:
        try:
            return await self._writer.do(step)
        except Closed:
            raise LedgerError("The ledger is closed.") from None
        except Exception as error:
            raise _trouble(error) from error

    def _soon(self, step: Step[None], then: Callable[[LedgerError | None], None]) -> None:
        try:
            self._writer.soon(step, lambda error: then(_trouble(error) if error else None))
        except Closed:
            raise LedgerError("The ledger is closed.") from None

    def _look_again(self) -> None:
        """What was counted in a transaction that did not come about never happened."""
        self._waiting = _who_waits(self._database)


def _who_waits(database: sqlite3.Connection) -> Waiting:
    return Waiting(
        queued=database.execute("SELECT seq, kind, device, rank FROM jobs WHERE state = 'queued' ORDER BY rank, seq"),
        calling=database.execute("SELECT kind, rank FROM jobs WHERE state = 'calling'"),
    )


def _delivered(database: sqlite3.Connection, entry: Entry, now: float) -> None:
    database.execute(
        "UPDATE jobs SET delivered_at = ?, state = CASE state WHEN 'stored' THEN 'delivered' ELSE state END"
        " WHERE seq = ? AND delivered_at IS NULL",
        (now, entry.seq),
    )


def _acknowledged(database: sqlite3.Connection, device: str, job: str, now: float) -> None:
    database.execute(
        "UPDATE jobs SET acknowledged_at = ?,"
        " state = CASE WHEN state IN ('stored', 'delivered') THEN 'acknowledged' ELSE state END"
        " WHERE device = ? AND job = ? AND result IS NOT NULL AND acknowledged_at IS NULL",
        (now, device, job),
    )


def _trouble(error: Exception) -> LedgerError:
    return LedgerError(f"The ledger can't be written: {error}.")


def _find(database: sqlite3.Connection, device: str, job: str) -> Entry | None:
    row = database.execute(
        f"SELECT {COLUMNS} FROM jobs WHERE device = ? AND job = ?",  # noqa: S608 - COLUMNS is ours
        (device, job),
    ).fetchone()
    return Entry(*row) if row else None
