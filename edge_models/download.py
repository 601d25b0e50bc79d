"""HTTP downloads that never wait long for a host that is not there."""

import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import httpx

_ANSWER_S = 3
_STALL_S = 30
"""A host that did answer may pause this long in the middle of a file."""
_HOPS = 5

Progress = Callable[[str, int, int | None], None]
"""Called with what is being downloaded, the bytes so far and the bytes in all (None: not known)."""

_T = TypeVar("_T")


class SourceError(Exception):
    """A source didn't deliver; the text is a clause that says why."""


class Downloader:
    """One run of downloads: a host that doesn't answer in 3 s is not asked again.

    Looking its name up counts as well: on a network that drops packets that alone can take half a minute.
    """

    def __init__(self, *, progress: Progress, ca_file: str | None = None) -> None:
        """`ca_file`: the certificates to trust in place of the usual ones. Raises SourceError when it can't be read."""
        try:
            verify = ssl.create_default_context(cafile=ca_file) if ca_file else True
        except OSError:
            raise SourceError(f"the certificates in {ca_file} can't be read") from None
        self._client = httpx.Client(timeout=_ANSWER_S, verify=verify)
        self._progress = progress
        self._silent: set[str] = set()

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def fetch(
        self, url: str, target: Path, *, what: str, limit: int, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Write what lies at `url`, at most `limit` bytes, to `target`; return the closed response.

        `what` names it to the user. Raises SourceError.
        """
        try:
            address = httpx.URL(url)
        except httpx.InvalidURL:
            raise SourceError(f"the address of {what} can't be used") from None
        response = self._open(address, headers or {})
        host = response.request.url.host
        try:
            # The body's reads take their time limit from the request; before the answer it was the 3 s of a host.
            response.request.extensions["timeout"]["read"] = _STALL_S
            total = _length(response)
            if total is not None and total > limit:
                raise SourceError(f"{what} from {host} is larger than it should be")
            done = 0
            with target.open("wb") as file:
                self._progress(what, 0, total)
                for chunk in response.iter_bytes():
                    done += len(chunk)
                    if done > limit:
                        raise SourceError(f"{what} from {host} is larger than it should be")
                    file.write(chunk)
                    self._progress(what, done, total)
        except (httpx.TransportError, httpx.DecodingError):
            raise SourceError(f"{host} broke off in the middle of {what}") from None
        finally:
            response.close()
        return response

    def _open(self, url: httpx.URL, headers: dict[str, str]) -> httpx.Response:
        """Return the answer of `url`, or of where it leads, with its body still to come."""
        request = self._client.build_request("GET", url, headers=headers)
        for _ in range(_HOPS):
            host = request.url.host
            if host in self._silent:
                raise SourceError(f"{host} doesn't answer")
            try:
                response = _within(_ANSWER_S, lambda request=request: self._client.send(request, stream=True))
            except (httpx.UnsupportedProtocol, httpx.InvalidURL):
                # Not the whole address: there may be a login in it.
                where = f"{request.url.scheme}://{host}"
                raise SourceError(f"{where} is no address that Nightjar can download from") from None
            except (TimeoutError, httpx.TransportError):
                self._silent.add(host)
                raise SourceError(f"{host} doesn't answer") from None
            if response.next_request is None:
                if response.status_code != httpx.codes.OK:
                    response.close()
                    raise SourceError(f"{host} answers {response.status_code} {response.reason_phrase}".rstrip())
                return response
            request = response.next_request
            response.close()
        raise SourceError(f"{url.host} sends us from one address to the next")


def _length(response: httpx.Response) -> int | None:
    """Return the length of the body in bytes, where the host says it and it isn't compressed on the way."""
    length = response.headers.get("content-length", "")
    return int(length) if length.isdecimal() and "content-encoding" not in response.headers else None


def _within(seconds: float, call: Callable[[], _T]) -> _T:
    """Return what `call` returns. Raises TimeoutError when that takes longer, and whatever `call` raises."""
    results: list[_T] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            results.append(call())
        except Exception as error:  # noqa: BLE001 - handed to the caller below
            errors.append(error)

    # A daemon: a name look-up can't be broken off, and the program need not wait for it.
    thread = threading.Thread(target=run, name="nightjar-download", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError
    return results[0]
