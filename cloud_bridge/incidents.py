"""What went wrong and when, kept over restarts in a small SQLite file beside the ledger (`history.sqlite`).

It also notes when the bridge itself ran, so that the time in which nobody watched is told as what it was.
"""

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

from cloud_bridge.condition import Incident

KEPT_S = 400 * 24 * 3600.0
SEEN_EVERY_S = 15.0
GAP_S = 60.0
"""A pause between two processes that is worth telling."""
STOPPED = "The bridge was stopped."
DIED = "The bridge had ended without being asked to, or its machine was off."
SCHEMA = """
CREATE TABLE IF NOT EXISTS incidents (
    id INTEGER PRIMARY KEY, what TEXT NOT NULL, began REAL NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,
    ended REAL
);
CREATE TABLE IF NOT EXISTS runs (id INTEGER PRIMARY KEY, began REAL NOT NULL, seen REAL NOT NULL, stopped INTEGER);
"""


class Incidents:
    """One a process; every method writes at once and may wait for the disk, so not from the event loop."""

    def __init__(self, path: Path, *, now: float) -> None:
        """Open or create the file. Raises sqlite3.Error."""
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.executescript(SCHEMA)
        (self.known_since,) = self._database.execute("SELECT min(began) FROM runs").fetchone()
        """Unix seconds since when there are notes."""
        if self.known_since is None:
            self.known_since = now
        self._tell_of_the_gap(now)
        self._run = self._database.execute("INSERT INTO runs (began, seen) VALUES (?, ?)", (now, now)).lastrowid

    def _tell_of_the_gap(self, now: float) -> None:
        last = self._database.execute("SELECT seen, stopped FROM runs ORDER BY id DESC LIMIT 1").fetchone()
        if last is not None and now - last[0] > GAP_S:
            self.note(Incident("bridge", last[0], "down", STOPPED if last[1] else DIED, ended=now))

    def seen(self, *, now: float) -> None:
        """The bridge runs. What is too old is forgotten."""
        with self._lock:
            self._database.execute("UPDATE runs SET seen = ? WHERE id = ?", (now, self._run))
            self._database.execute("DELETE FROM incidents WHERE ended < ?", (now - KEPT_S,))
            self._database.execute("DELETE FROM runs WHERE seen < ? AND id <> ?", (now - KEPT_S, self._run))

    def note(self, incident: Incident) -> None:
        """Write it down, or what has become of it: it is known by what it is of and when it began."""
        values = (incident.state, incident.reason, incident.ended, incident.what, incident.began)
        with self._lock:
            changed = self._database.execute(
                "UPDATE incidents SET state = ?, reason = ?, ended = ? WHERE what = ? AND began = ?", values
            ).rowcount
            if not changed:
                self._database.execute(
                    "INSERT INTO incidents (state, reason, ended, what, began) VALUES (?, ?, ?, ?, ?)", values
                )

    def since(self, when: float) -> list[Incident]:
        """Those that were not over at `when` or came later, the newest first."""
        with self._lock:
            rows = self._database.execute(
                "SELECT what, began, state, reason, ended FROM incidents WHERE ended IS NULL OR ended >= ?"
                " ORDER BY began DESC, id DESC",
                (when,),
            )
            return [Incident(*row) for row in rows]

    def open(self, whats: Sequence[str], *, now: float) -> dict[str, Incident]:
        """The incident of each that is not over. One of something that there is no more is over now."""
        found = {incident.what: incident for incident in self.since(now) if incident.ended is None}
        for what in found.keys() - set(whats):
            gone = found.pop(what)
            self.note(Incident(gone.what, gone.began, gone.state, gone.reason, ended=now))
        return found

    def close(self, *, now: float) -> None:
        """The bridge was asked to stop."""
        self.seen(now=now)
        self._database.execute("UPDATE runs SET stopped = 1 WHERE id = ?", (self._run,))
        self._database.close()
