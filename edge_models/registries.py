"""Package registries as a place for model files: Python wheels and npm tarballs at exact versions.

No address of a registry is written down here: `pypi-simple` and npm know them, and the user's own settings of pip and
npm (a mirror, say) go first.
"""

import ast
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from pypi_simple import ACCEPT_ANY, PYPI_SIMPLE_ENDPOINT, DistributionPackage, ProjectPage

from edge_models.download import Downloader, SourceError
from edge_models.partial import Partial

_PAGE_BYTES = 64 * 2**20
_ARCHIVE_BYTES = 4 * 2**30
_PIP_S = 30
_NPM_ANSWER_S = 30
"""npm's own limit for an answer is set to 3 s; starting it on a slow board takes several seconds more."""
_NPM_PACK_S = 900


@dataclass(frozen=True)
class PipSettings:
    """What pip was told about its package index."""

    index_url: str = PYPI_SIMPLE_ENDPOINT
    ca_file: str | None = None


def pip_settings() -> PipSettings:
    """Read pip's settings: PIP_INDEX_URL and PIP_CERT, else its configuration files, else what everybody has."""
    told = _pip_config()
    return PipSettings(
        index_url=os.environ.get("PIP_INDEX_URL") or told.get("index-url", PYPI_SIMPLE_ENDPOINT),
        ca_file=os.environ.get("PIP_CERT") or told.get("cert"),
    )


def _pip_config() -> dict[str, str]:
    """Return pip's settings by key; those for `pip download` go before the global ones, as in pip itself."""
    if importlib.util.find_spec("pip") is None:
        return {}
    try:
        listing = subprocess.run(
            [sys.executable, "-m", "pip", "config", "list"],
            capture_output=True, text=True, timeout=_PIP_S, check=True, stdin=subprocess.DEVNULL,
        ).stdout  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return {}
    told: dict[str, str] = {}
    for section in ("global.", "download."):
        for line in listing.splitlines():
            key, _, value = line.partition("=")
            if key.startswith(section):
                told[key.removeprefix(section)] = str(ast.literal_eval(value))
    return told


class PythonIndex:
    """The package index that pip would use."""

    def __init__(self, downloader: Downloader, *, index_url: str) -> None:
        self._downloader = downloader
        self._index_url = index_url.rstrip("/")

    def download(self, project: str, version: str, target: Path) -> Path:
        """Download the smallest wheel of `project` at `version` to `target`, or the rest of it. Raises SourceError.

        A wheel for another machine does as well: model files are the same in all, and their SHA-256 is checked.
        """
        wheel = self._smallest_wheel(project, version)
        with closing(Partial(target, sha256=(wheel.digests or {}).get("sha256"))) as partial:
            self._downloader.fetch(self._with_login(wheel.url), partial, what=wheel.filename, limit=_ARCHIVE_BYTES)
        return target

    def _smallest_wheel(self, project: str, version: str) -> DistributionPackage:
        url = f"{self._index_url}/{project.lower().replace('_', '-')}/"
        what = f"the list of {project}"
        answer, page = self._downloader.page(url, what=what, limit=_PAGE_BYTES, headers={"Accept": ACCEPT_ANY})
        try:
            if "json" in answer.headers.get("content-type", ""):
                packages = ProjectPage.from_json_data(json.loads(page), str(answer.url)).packages
            else:
                packages = ProjectPage.from_html(project, page, str(answer.url)).packages
        except ValueError:
            raise SourceError(f"{answer.url.host} answers something else than a list of packages") from None
        wheels = [p for p in packages if p.package_type == "wheel" and p.version == version]
        if not wheels:
            raise SourceError(f"{answer.url.host} has no wheel of {project} {version}")
        return min(wheels, key=lambda wheel: wheel.size or 0)

    def _with_login(self, url: str) -> str:
        """Add the index's user and password to a link that leads back to the same host."""
        index, link = urlsplit(self._index_url), urlsplit(url)
        login, at, host = index.netloc.rpartition("@")
        if not at or link.netloc != host or link.scheme != index.scheme:
            return url
        return urlunsplit(link._replace(netloc=f"{login}@{host}"))


class NpmRegistry:
    """The registry that the user's npm would use."""

    def __init__(self) -> None:
        self._silent = False

    def pack(self, package: str, version: str, *, scratch: Path) -> Path:
        """Download the tarball of `package` at `version`. Raises SourceError."""
        npm = shutil.which("npm")
        if npm is None:
            raise SourceError("it comes as an npm package, and npm is not installed")
        if self._silent:
            raise SourceError("the npm registry doesn't answer")
        exact = f"{package}@{version}"
        # One small answer tells in 3 s whether anybody is there at all; the download itself may take long.
        asked = _npm([npm, "view", exact, "version", "--fetch-timeout=3000"], cwd=scratch, seconds=_NPM_ANSWER_S)
        if asked is None:
            self._silent = True
            raise SourceError("the npm registry doesn't answer")
        if asked.strip() != version:
            raise SourceError(f"the npm registry has no {exact}")
        folder = scratch / f"npm-{len(list(scratch.iterdir()))}"
        folder.mkdir()
        if (
            _npm(
                [npm, "pack", exact, "--ignore-scripts", "--pack-destination", str(folder)],
                cwd=scratch,
                seconds=_NPM_PACK_S,
            )
            is None
        ):
            raise SourceError(f"npm could not download {exact}")
        tarball = next(folder.glob("*.tgz"), None)
        if tarball is None:
            raise SourceError(f"npm downloaded no tarball of {exact}")
        return tarball


def _npm(command: list[str], *, cwd: Path, seconds: int) -> str | None:
    """Run npm once, without retries; return what it says, or None when it failed."""
    try:
        done = subprocess.run(
            [*command, "--fetch-retries=0", "--loglevel=error"],
            capture_output=True, text=True, timeout=seconds, check=False, cwd=cwd, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
