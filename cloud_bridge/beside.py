"""Reading the ledger from beside its writer, which has better things to do; whether there is one or not."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from cloud_bridge.entry import LedgerError

_SHA256 = re.compile(rb"[0-9a-f]{64}")


@contextmanager
def read_only(ledger: Path) -> Iterator[sqlite3.Connection]:
    """The ledger as it is now. Raises LedgerError, also for what is read in the block."""
    if not ledger.exists():
        raise LedgerError(f"There is no ledger in {ledger.parent}.")
    try:
        with closing(sqlite3.connect(f"{ledger.absolute().as_uri()}?mode=ro", uri=True)) as database:
            yield database
    except sqlite3.Error as error:
        raise LedgerError(f"The ledger can't be read: {error}.") from None


def pictures_owed(ledger: Path, *, since: float) -> set[str]:
    """SHA-256 of all pictures that a device still has to get, or has acknowledged since then. Raises LedgerError."""
    with read_only(ledger) as database:
        rows = database.execute(
            "SELECT CAST(result AS BLOB) FROM jobs WHERE result IS NOT NULL AND acknowledged_at IS NULL"
            " UNION ALL SELECT CAST(result AS BLOB) FROM jobs WHERE acknowledged_at >= ?",
            (since,),
        )
        return {found.decode() for (result,) in rows for found in _SHA256.findall(result)}


def inputs_needed(ledger: Path) -> set[tuple[str, str]]:
    """Device and SHA-256 of all pictures that jobs need which have not ended. Raises LedgerError."""
    with read_only(ledger) as database:
        rows = database.execute("SELECT device, CAST(body AS BLOB) FROM jobs WHERE state IN ('queued', 'calling')")
        return {(device, found.decode()) for device, body in rows for found in _SHA256.findall(body)}
