"""Pictures that devices send to have them changed: each device's in a directory of its own, by the hash of the content.

::

    Upload ──▶ UploadTo (a signed link, for this device and this picture alone)
    PUT    ──▶ begun/… ──▶ as long as promised, hash right, decoded ──▶ uploads/{device}/{sha256}.png ──▶ visible

A device has its own and no other: that the bridge has a picture already is only ever said to the device that has sent
it, so nobody learns from the bridge what others have, and nobody has a picture changed that he only knows the hash of.
They stay while a job that names them is open and a day longer; those that no job ever named, a day.
"""

import asyncio
import contextlib
import hashlib
import os
import tempfile
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from cloud_bridge.picture import MEDIA_TYPES, NotAPicture, look_at
from cloud_bridge.private import private_directory, sync_directory
from cloud_bridge.protocol import Failed, InputRef, Upload, UploadTo
from cloud_bridge.signed import Links

SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}
MOST_PICTURES = 256
MOST_BYTES = 512 * 1024 * 1024
"""Of one device at the same time."""
MOST_AT_ONCE = 4
"""Uploads of one device that come in at the same time."""
STALLED_S = 30.0
"""An upload of which nothing comes for so long is given up."""
FULL = (
    "There are too many pictures of this device at the bridge; they go when their jobs are over and a day has passed."
)


@dataclass(frozen=True, slots=True)
class _Promised:
    """What a link is for."""

    device: str
    sha256: str
    size_bytes: int
    media_type: str


class Uploads:
    """What all devices have sent."""

    def __init__(self, directory: Path, *, begun: Path, links: Links, now: Callable[[], float]) -> None:
        """`begun`: where files grow, on the same disk."""
        self._directory, self._begun, self._links, self._now = directory, begun, links, now
        self._files = threading.Lock()
        """A picture is not swept away while it is asked for."""
        self._coming: Counter[str] = Counter()
        """Bytes that are on their way, by device."""
        self._at_once: Counter[str] = Counter()
        self._looking = asyncio.Semaphore(2)  # a decoded picture takes 64 MB

    async def ask(self, device: str, wish: Upload) -> UploadTo | Failed:
        """Where the device is to put the picture, if it hasn't done so already."""
        path = self._path(device, wish.sha256, wish.media_type)
        if await asyncio.to_thread(self._touch, path):
            return UploadTo(job=wish.job, sha256=wish.sha256, expires_at=self._now())
        if await asyncio.to_thread(self._full, device, wish.size_bytes):
            return Failed(job=wish.job, code="too_busy", text=FULL, retryable=True)
        about = {"device": device, "size": str(wish.size_bytes), "type": wish.media_type}
        url, expires_at = self._links.make("PUT", f"/media/{wish.sha256}", **about)
        return UploadTo(job=wish.job, sha256=wish.sha256, url=url, expires_at=expires_at)

    async def has_all(self, device: str, pictures: Iterable[InputRef]) -> bool:
        """Whether the device has sent all of these; they stay a day from now."""
        paths = [self._path(device, ref.sha256, ref.media_type) for ref in pictures]
        return all([await asyncio.to_thread(self._touch, path) for path in paths])

    async def read(self, device: str, ref: InputRef) -> bytes | None:
        """A picture that the device has sent; None when it is not here (any more)."""
        path = self._path(device, ref.sha256, ref.media_type)
        try:
            data = await asyncio.to_thread(path.read_bytes)
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == ref.sha256 else None

    async def sweep(self, *, needed: set[tuple[str, str]], before: float) -> None:
        """Delete what was last asked for before then and is not needed by any (device, hash). Raises OSError."""
        await asyncio.to_thread(self._sweep, needed, before)

    async def put(self, request: web.Request) -> web.StreamResponse:
        """`PUT /media/{sha256}`: 204 when the picture is here, also when it was before; else why not, in a sentence."""
        said = self._links.admit("PUT", request)
        promised = _Promised(said["device"], request.match_info["sha256"], int(said["size"]), said["type"])
        if request.content_type != promised.media_type:
            raise web.HTTPUnsupportedMediaType(text=f"This link is for {promised.media_type}.\n")
        if request.content_length not in (None, promised.size_bytes):
            raise web.HTTPBadRequest(text=f"This link is for {promised.size_bytes} bytes.\n")
        path = self._path(promised.device, promised.sha256, promised.media_type)
        if not await asyncio.to_thread(self._touch, path):
            with self._room(promised):
                await self._take(request, promised, path)
        return web.Response(status=204)

    @contextlib.contextmanager
    def _room(self, promised: _Promised) -> Iterator[None]:
        """Space and a turn for one upload. Raises HTTPTooManyRequests."""
        device = promised.device
        if self._at_once[device] >= MOST_AT_ONCE:
            raise web.HTTPTooManyRequests(text="Too many pictures at the same time.\n", headers={"Retry-After": "5"})
        if self._full(device, promised.size_bytes):
            raise web.HTTPTooManyRequests(text=FULL + "\n", headers={"Retry-After": "3600"})
        self._at_once[device] += 1
        self._coming[device] += promised.size_bytes
        try:
            yield
        finally:
            self._at_once[device] -= 1
            self._coming[device] -= promised.size_bytes

    async def _take(self, request: web.Request, promised: _Promised, path: Path) -> None:
        """Receive a picture, look at it, and make it visible."""
        try:
            private_directory(self._begun)
            handle, name = tempfile.mkstemp(dir=self._begun)
            temporary = Path(name)
            try:
                with os.fdopen(handle, "wb") as file:
                    sha256, came = hashlib.sha256(), 0
                    async for piece in _pieces(request):
                        came += len(piece)
                        if came > promised.size_bytes:
                            break
                        sha256.update(piece)
                        await asyncio.to_thread(file.write, piece)
                    if came != promised.size_bytes or sha256.hexdigest() != promised.sha256:
                        raise web.HTTPUnprocessableEntity(text="These are not the bytes that were promised.\n")
                    await asyncio.to_thread(_synced, file.fileno(), file.flush)
                async with self._looking:
                    await asyncio.to_thread(_examine, temporary, promised.media_type)
                await asyncio.to_thread(self._make_visible, temporary, path)
            finally:
                await asyncio.to_thread(temporary.unlink, missing_ok=True)
        except NotAPicture as error:
            raise web.HTTPUnprocessableEntity(text=f"{error}\n") from None
        except OSError:
            raise web.HTTPInsufficientStorage(text="The bridge can't keep a picture now.\n") from None

    def _make_visible(self, temporary: Path, path: Path) -> None:
        private_directory(path.parent)
        os.utime(temporary, (self._now(), self._now()))
        temporary.replace(path)
        for directory in (path.parent, self._directory, self._directory.parent):
            sync_directory(directory)

    def _path(self, device: str, sha256: str, media_type: str) -> Path:
        return self._directory / device / f"{sha256}{SUFFIXES[media_type]}"

    def _touch(self, path: Path) -> bool:
        """Whether it is here; it stays a day from now."""
        with self._files:
            try:
                os.utime(path, (self._now(), self._now()))
            except OSError:
                return False
        return True

    def _full(self, device: str, size_bytes: int) -> bool:
        with self._files:
            sizes = [path.stat().st_size for path in (self._directory / device).glob("*")]
        there = sum(sizes) + self._coming[device]
        return len(sizes) + self._at_once[device] >= MOST_PICTURES or there + size_bytes > MOST_BYTES

    def _sweep(self, needed: set[tuple[str, str]], before: float) -> None:
        for path in self._directory.glob("*/*"):
            if (path.parent.name, path.stem) in needed:
                self._touch(path)
                continue
            with self._files:
                if path.stat().st_mtime < before:
                    path.unlink()


async def _pieces(request: web.Request) -> AsyncIterator[bytes]:
    """What comes, as it comes. Raises HTTPRequestTimeout when nothing does."""
    while True:
        try:
            async with asyncio.timeout(STALLED_S):
                piece = await request.content.readany()
        except TimeoutError:
            raise web.HTTPRequestTimeout(text="Nothing came any more.\n") from None
        if not piece:
            return
        yield piece


def _synced(handle: int, flush: Callable[[], object]) -> None:
    flush()
    os.fsync(handle)


def _examine(path: Path, media_type: str) -> None:
    """Raises NotAPicture, and OSError."""
    picture = look_at(path.read_bytes())
    if picture.media_type != media_type:
        kind = next(name for name, known in MEDIA_TYPES.items() if known == picture.media_type)
        raise NotAPicture(f"The picture is a {kind}, which was not promised.")
