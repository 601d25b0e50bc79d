"""Files named by their SHA-256, and their index in the store.

::

    prepare()       hash, examine, write a temporary file, sync it  (the gallery's thread)
    write_row()     rename it, sync the directory, insert the row   (the store's thread, in the caller's transaction)
    remove_unused() remove partials that are not needed any more    (the store's thread, after that transaction)

Only the store's thread renames and removes the final files, one thing after the other: a picture that is deleted
can't take the file from under one that is just being added. A crash leaves at most a file without a row, which `sweep`
removes.
"""

import asyncio
import hashlib
import os
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from uuid_utils import uuid7

from device.events import Stage
from device.gallery._image import SUFFIXES, BadPicture, ImageFacts, examine
from device.gallery._picture import Picture, Version
from device.store import Row, Store, StoreError
from edge_models.image.scene import Scene

_VERSION = "id, stage, engine, sha256, media_type, width, height, created_at"
_PICTURE = "id, turn, prompt, scene, seed, parent, created_at, others, source, backdrop, region"
CURRENT = "current_picture"
"""The setting that holds the id of the picture that was brought to the front, until a new one can be looked at."""


class UnknownPicture(LookupError):
    """There is no such picture (any more)."""


class TooLate(LookupError):
    """The picture is finished: a partial version of it is not kept any more."""


_OLD_PARTIALS = """DELETE FROM versions WHERE stage = 'partial' AND picture != ?
    AND picture IN (SELECT picture FROM versions WHERE stage = 'final') RETURNING sha256, media_type"""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An image that is verified and on the disk under a temporary name; `write_row` makes it part of the gallery."""

    picture: str
    stage: Stage
    engine: str
    sha256: str
    facts: ImageFacts
    temporary: Path
    directory: Path
    replaced: list[Row] = field(default_factory=list)
    """SHA-256 and media type of the partial versions whose rows went: for `remove_unused`."""

    def write_row(self, db: sqlite3.Connection) -> Version:
        """Move the file to its place and index it, inside a transaction of `Store.write`.

        The same bytes for the same picture and stage again give the version that is there. With a final go the partial
        versions of the pictures finished before it; its own stay that long, as a page may just be loading them. Raises
        UnknownPicture and TooLate.
        """
        if db.execute("SELECT 1 FROM pictures WHERE id = ?", (self.picture,)).fetchone() is None:
            raise UnknownPicture(f"There is no picture {self.picture}.")
        if (
            self.stage == "partial"
            and db.execute("SELECT 1 FROM versions WHERE picture = ? AND stage = 'final'", (self.picture,)).fetchone()
        ):
            raise TooLate(f"The picture {self.picture} is finished.")
        self.temporary.replace(self.directory / _file_name(self.sha256, self.facts.media_type))
        _sync_directory(self.directory)
        facts = (self.facts.media_type, self.facts.width, self.facts.height)
        if db.execute("SELECT 1 FROM versions WHERE picture = ?", (self.picture,)).fetchone() is None:
            db.execute("DELETE FROM settings WHERE key = ?", (CURRENT,))
        db.execute(
            f"INSERT OR IGNORE INTO versions (picture, {_VERSION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            (self.picture, str(uuid7()), self.stage, self.engine, self.sha256, *facts, time.time()),
        )
        if self.stage == "final":
            self.replaced.extend(db.execute(_OLD_PARTIALS, (self.picture,)))
        row = db.execute(
            f"SELECT {_VERSION} FROM versions WHERE picture = ? AND stage = ? AND sha256 = ?",  # noqa: S608
            (self.picture, self.stage, self.sha256),
        ).fetchone()
        return _version(row, self.directory)

    def discard(self) -> None:
        """Remove the temporary file, where `write_row` has not moved it. Always call it at the end."""
        with suppress(OSError):  # a disk that refuses: `sweep` tries again
            self.temporary.unlink(missing_ok=True)


class Gallery:
    """One a device. Pictures are kept until they are deleted."""

    def __init__(self, store: Store, directory: Path) -> None:
        """`directory` is made when it isn't there; it belongs to the gallery alone."""
        self._store = store
        self._directory = directory.absolute()
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory.chmod(0o700)
        _sync_directory(self._directory.parent)
        self._thread = ThreadPoolExecutor(1, "gallery")

    async def new(
        self,
        *,
        turn: str,
        prompt: str,
        scene: Scene | None,
        seed: int,
        parent: str | None = None,
        others: tuple[str, ...] = (),
        source: str | None = None,
        backdrop: str | None = None,
        region: str | None = None,
    ) -> Picture:
        """Begin a picture, without any version yet. What the arguments mean stands with `Picture`."""
        picture = Picture(
            str(uuid7()), turn, prompt, scene, seed, parent, time.time(), (), others, source, backdrop, region
        )
        words = None if scene is None else scene.model_dump_json(exclude_defaults=True)
        made = (picture.id, turn, prompt, words, seed, parent, picture.created_at)
        values = (*made, " ".join(others), source, backdrop, region)
        await self._store.write(
            lambda db: db.execute(
                f"INSERT INTO pictures ({_PICTURE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                values,
            )
        )
        return picture

    async def root(self, picture: Picture) -> str:
        """The id of the first picture of its family: where one arrives who goes from parent to parent."""
        query = """WITH RECURSIVE family (id, parent) AS (
            SELECT id, parent FROM pictures WHERE id = ?
            UNION SELECT pictures.id, pictures.parent FROM pictures JOIN family ON pictures.id = family.parent)
            SELECT coalesce(parent, id) FROM family"""
        if picture.parent is None:
            return picture.id
        found = await self._store.read(lambda db: db.execute(query, (picture.id,)).fetchall())
        return found[-1][0] if found else picture.id

    async def prepare(
        self, picture_id: str, *, stage: Stage, engine: str, data: bytes, sha256: str | None = None
    ) -> Prepared:
        """Verify an image and sync it to the disk, for a transaction of the caller's that calls `write_row`.

        Raises BadPicture when the bytes don't have the expected `sha256`, are not an image, or are larger than 4096
        pixels a side; StoreError when the disk is full.
        """
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, self._prepare, picture_id, stage, engine, data, sha256
        )

    async def add(
        self, picture_id: str, *, stage: Stage, engine: str, data: bytes, sha256: str | None = None
    ) -> Version:
        """Add an image to a picture; both file and index are on the disk when this returns.

        Raises UnknownPicture, TooLate, and what `prepare` raises.
        """
        prepared = await self.prepare(picture_id, stage=stage, engine=engine, data=data, sha256=sha256)
        try:
            version = await self._store.write(prepared.write_row)
        finally:
            prepared.discard()
        await self.remove_unused(prepared.replaced)
        return version

    async def get(self, picture_id: str) -> Picture | None:
        """One picture, None when it isn't there."""
        found = await self._select("id = ?", (picture_id,))
        return found[0] if found else None

    async def version(self, version_id: str) -> Version | None:
        """One version of whichever picture, None when it isn't there."""
        there = "picture IN (SELECT id FROM pictures WHERE deleted = 0)"
        which = f"SELECT {_VERSION} FROM versions WHERE id = ? AND {there}"  # noqa: S608
        row = await self._store.read(lambda db: db.execute(which, (version_id,)).fetchone())
        return None if row is None else _version(row, self._directory)

    async def latest(self, n: int = 1) -> tuple[Picture, ...]:
        """The last `n` pictures that can be looked at, newest first."""
        return await self.list(limit=n)

    async def list(self, *, limit: int, before: str | None = None) -> tuple[Picture, ...]:
        """At most `limit` pictures, newest first; with `before`, those older than that picture (none if it is gone).

        One of which there is no version is not among them: it is still being made, or never came about.
        """
        made = "EXISTS (SELECT 1 FROM versions WHERE versions.picture = pictures.id)"
        if before is None:
            return await self._select(f"{made} ORDER BY n DESC LIMIT ?", (limit,))
        older = f"{made} AND n < (SELECT n FROM pictures WHERE id = ?) ORDER BY n DESC LIMIT ?"  # noqa: S608
        return await self._select(older, (before, limit))

    async def count(self) -> int:
        """How many pictures there are that can be looked at."""
        made = "SELECT count(DISTINCT picture) FROM versions JOIN pictures ON pictures.id = picture WHERE deleted = 0"
        return await self._store.read(lambda db: db.execute(made).fetchone()[0])

    async def delete(self, picture_id: str) -> bool:
        """Forget a picture and remove those of its files that no other picture shows; False when it isn't there."""

        def forget(db: sqlite3.Connection) -> tuple[list[Row], int]:
            files = db.execute("SELECT sha256, media_type FROM versions WHERE picture = ?", (picture_id,)).fetchall()
            return files, db.execute("DELETE FROM pictures WHERE id = ?", (picture_id,)).rowcount

        files, deleted = await self._store.write(forget)
        await self.remove_unused(files)
        return deleted > 0

    async def remove_unused(self, files: Sequence[Row]) -> None:
        """Remove those of `files`, each (SHA-256, media type), that no picture shows any more.

        In a transaction after the one that took their rows: a file goes only when the disk knows that nothing points
        to it.
        """

        def remove(db: sqlite3.Connection) -> None:
            for sha256, media_type in files:
                if db.execute("SELECT 1 FROM versions WHERE sha256 = ?", (sha256,)).fetchone() is None:
                    (self._directory / _file_name(sha256, media_type)).unlink(missing_ok=True)

        if files:
            await self._store.write(remove)

    async def sweep(self) -> int:
        """Remove files that a crash left without a row, and say how many. At start, before anything is added."""

        def remove(db: sqlite3.Connection) -> int:
            rows = db.execute("SELECT DISTINCT sha256, media_type FROM versions")
            known = {_file_name(sha256, media_type) for sha256, media_type in rows}
            stray = [path for path in self._directory.iterdir() if path.is_file() and path.name not in known]
            for path in stray:
                path.unlink(missing_ok=True)
            return len(stray)

        return await self._store.write(remove)

    def _prepare(self, picture_id: str, stage: Stage, engine: str, data: bytes, expected: str | None) -> Prepared:
        sha256 = hashlib.sha256(data).hexdigest()
        if expected is not None and sha256 != expected:
            raise BadPicture("The picture's bytes are not the ones that were promised.")
        facts = examine(data)
        try:
            temporary = _write_temporary(self._directory, data)
        except OSError as error:
            raise StoreError(f"The picture can't be written to the disk: {error.strerror}.") from error
        return Prepared(picture_id, stage, engine, sha256, facts, temporary, self._directory)

    async def _select(self, which: str, values: tuple[str | int, ...]) -> tuple[Picture, ...]:
        def query(db: sqlite3.Connection) -> tuple[Picture, ...]:
            rows = db.execute(f"SELECT {_PICTURE} FROM pictures WHERE deleted = 0 AND {which}", values).fetchall()  # noqa: S608
            return tuple(self._picture(db, row) for row in rows)

        return await self._store.read(query)

    def _picture(self, db: sqlite3.Connection, row: Row) -> Picture:
        picture_id, turn, prompt, scene, seed, parent, created_at, others, source, backdrop, region = row
        versions = db.execute(f"SELECT {_VERSION} FROM versions WHERE picture = ? ORDER BY n", (picture_id,))  # noqa: S608
        return Picture(
            id=picture_id,
            turn=turn,
            prompt=prompt,
            scene=None if scene is None else Scene.model_validate_json(scene),
            seed=seed,
            parent=parent,
            created_at=created_at,
            versions=tuple(_version(version, self._directory) for version in versions),
            others=tuple(others.split()),
            source=source,
            backdrop=backdrop,
            region=region,
        )


def _file_name(sha256: str, media_type: str) -> str:
    return sha256 + SUFFIXES[media_type]


def _version(row: Row, directory: Path) -> Version:
    version_id, stage, engine, sha256, media_type, width, height, created_at = row
    path = directory / _file_name(sha256, media_type)
    return Version(version_id, stage, engine, path, sha256, media_type, width, height, created_at)


def _write_temporary(directory: Path, data: bytes) -> Path:
    handle, name = tempfile.mkstemp(suffix=".part", dir=directory)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
