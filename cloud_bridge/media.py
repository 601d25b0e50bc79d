"""Pictures by the hash of their content, and signed links to them that expire.

Whoever has a link (`signed.py`) may fetch the picture until then, and can make no other link from it. The file under a
hash never changes. What devices have sent lies apart from it (`uploads.py`).
"""

import asyncio
import contextlib
import hashlib
import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from time import time

from aiohttp import web

from cloud_bridge.picture import Picture
from cloud_bridge.private import private_directory, sync_directory
from cloud_bridge.protocol import ArtifactRef, InputRef
from cloud_bridge.signed import Links
from cloud_bridge.uploads import SUFFIXES, Uploads
from cloud_bridge.witness import NOBODY, Witness


class Media:
    """The pictures in one directory. `base_url` is set when it is known where they are served."""

    def __init__(
        self,
        directory: Path,
        *,
        secret: bytes,
        link_valid_s: float,
        now: Callable[[], float] = time,
        witness: Witness = NOBODY,
    ) -> None:
        """Raises OSError."""
        self._witness = witness
        self._directory, self._links = directory, Links(secret, valid_s=link_valid_s, now=now)
        self._begun = directory / "begun"
        self.uploads = Uploads(directory / "uploads", begun=self._begun, links=self._links, now=now)
        """What devices have sent to have it changed."""
        sync_directory(private_directory(directory).parent)
        for path in self._begun.glob("*"):  # of processes that were killed
            path.unlink()
        self._files = threading.Lock()
        """A picture is not swept away while it is stored again."""
        self._on_disk: set[Path] = set()
        """The directories of pictures, at most 256, that would be found again after a power cut."""

    @property
    def base_url(self) -> str:
        """What links begin with."""
        return self._links.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self._links.base_url = url

    async def read(self, ref: InputRef, *, device: str) -> bytes | None:
        """A picture that a device has sent for a job of its own; None when it is not here (any more)."""
        return await self.uploads.read(device, ref)

    async def store(self, picture: Picture) -> ArtifactRef:
        """Keep the picture; it is on the disk when this returns. Raises OSError."""
        sha256 = await asyncio.to_thread(self._write, picture)
        self._witness.stored(len(picture.data))
        url, expires_at = self._link(sha256)
        return ArtifactRef(
            sha256=sha256,
            size_bytes=len(picture.data),
            media_type=picture.media_type,
            width=picture.width,
            height=picture.height,
            url=url,
            expires_at=expires_at,
        )

    def has(self, artifact: ArtifactRef) -> bool:
        """Whether the picture is still here."""
        return self._path(artifact.sha256, SUFFIXES[artifact.media_type]).exists()

    async def sweep(self, *, keep: set[str], before: float) -> None:
        """Delete the pictures that were stored before then, but for those with these hashes. Raises OSError."""
        await asyncio.to_thread(self._sweep, keep, before)

    def renew(self, artifact: ArtifactRef) -> ArtifactRef:
        """The same picture with a fresh link."""
        url, expires_at = self._link(artifact.sha256)
        return artifact.model_copy(update={"url": url, "expires_at": expires_at})

    def routes(self) -> web.RouteTableDef:
        """`GET /media/{sha256}`, whole or in ranges, and PUT; 403 for a link that is not ours or has expired."""
        routes = web.RouteTableDef()

        @routes.get("/media/{sha256:[0-9a-f]{64}}")
        async def get(request: web.Request) -> web.StreamResponse:
            self._links.admit("GET", request)
            sha256 = request.match_info["sha256"]
            for media_type, suffix in SUFFIXES.items():
                path = self._path(sha256, suffix)
                if path.is_file():
                    self._witness.sent(path.stat().st_size)
                    headers = {
                        "Content-Type": media_type,
                        "Cache-Control": "private, immutable, max-age=604800",
                        "X-Content-Type-Options": "nosniff",
                    }
                    return web.FileResponse(path, headers=headers)
            raise web.HTTPNotFound(text="This picture is not here.\n")

        routes.put("/media/{sha256:[0-9a-f]{64}}")(self.uploads.put)
        return routes

    def _link(self, sha256: str) -> tuple[str, float]:
        return self._links.make("GET", f"/media/{sha256}")

    def _path(self, sha256: str, suffix: str) -> Path:
        return self._directory / sha256[:2] / f"{sha256}{suffix}"

    def _sweep(self, keep: set[str], before: float) -> None:
        for path in self._directory.glob("??/*"):
            if path.stem not in keep:
                with self._files:
                    if path.stat().st_mtime < before:
                        path.unlink()

    def _write(self, picture: Picture) -> str:
        sha256 = hashlib.sha256(picture.data).hexdigest()
        path = self._path(sha256, SUFFIXES[picture.media_type])
        with self._files:
            known = path.exists()
            if known:
                os.utime(path)  # as good as new
        if not known:
            self._put(path, picture.data)
        sync_directory(path.parent)  # also of one that is known: it may have been stored a moment ago
        if path.parent not in self._on_disk:
            sync_directory(self._directory)
            self._on_disk.add(path.parent)
        return sha256

    def _put(self, path: Path, data: bytes) -> None:
        for needed in (path.parent, self._begun):
            private_directory(needed)
        handle, temporary = tempfile.mkstemp(dir=self._begun)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).rename(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise
