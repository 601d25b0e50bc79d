"""HTTP downloads that never wait long for a host that is not there, and go on where they broke off."""

import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import httpx

from edge_models.partial import Partial

_ANSWER_S = 3
_STALL_S = 30
"""A host that did answer may pause this long in the middle of a file."""
_HOPS = 5
_PAUSES_S = (1, 2, 4, 8, 15, 30)
"""Between the tries to get the rest; a network that comes back within a minute costs nobody a second command."""
_HEADWAY_BYTES = 1 << 18
"""With so much more than ever before, the tries are counted anew."""

Progress = Callable[[str, int, int | None], None]
"""Called with what is being downloaded, the bytes so far and the bytes in all (None: not known)."""

Says = Callable[[str], None]
"""Called with what the user should know, a sentence at a time."""

_T = TypeVar("_T")


class SourceError(Exception):
    """A source didn't deliver; the text is a clause that says why."""


class _Unavailable(SourceError):
    """It didn't now; a little later it may."""


class Downloader:
    """One run of downloads: a host that doesn't answer in 3 s is not asked again, unless it had answered before.

    Looking its name up counts as well: on a network that drops packets that alone can take half a minute.
    """

    def __init__(self, *, progress: Progress, says: Says, ca_file: str | None = None) -> None:
        """`ca_file`: the certificates to trust in place of the usual ones. Raises SourceError when it can't be read."""
        try:
            verify = ssl.create_default_context(cafile=ca_file) if ca_file else True
        except OSError:
            raise SourceError(f"the certificates in {ca_file} can't be read") from None
        self._client = httpx.Client(timeout=_ANSWER_S, verify=verify)
        self._progress = progress
        self._says = says
        self._heard: set[str] = set()
        self._silent: set[str] = set()

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def page(self, url: str, *, what: str, limit: int, headers: dict[str, str]) -> tuple[httpx.Response, bytes]:
        """Return the answer of `url` and its content, at most `limit` bytes. Raises SourceError."""
        content = bytearray()
        with self._answer(_address(url, what), headers, what=what) as response:
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > limit:
                    raise SourceError(f"{what} from {response.url.host} is larger than it should be")
        return response, bytes(content)

    def fetch(self, url: str, partial: Partial, *, what: str, limit: int) -> None:
        """Bring what is missing of what lies at `url`, at most `limit` bytes in all.

        A connection that breaks while something came is made anew, after pauses that grow as long as there is no
        headway. `what` names the download to the user. Raises SourceError; what came stays for the next time.
        """
        address = _address(url, what)
        if partial.size:
            self._says(f"{partial.size / 1e6:.1f} MB of {what} are here from an earlier try.")
        furthest, answered, pauses = partial.size, False, iter(_PAUSES_S)
        while not partial.whole:
            try:
                # Bytes that are packed on the way could neither be counted nor asked for from the middle.
                with self._answer(address, {"Accept-Encoding": "identity"} | partial.asks(), what=what) as response:
                    answered = True
                    self._take(response, partial, what=what, limit=limit)
            except _Unavailable as error:
                if partial.size >= furthest + _HEADWAY_BYTES:
                    furthest, pauses = partial.size, iter(_PAUSES_S)
                pause = next(pauses, None) if answered else None
                if pause is None:
                    raise
                self._says(f"{error}; trying again in {pause} s.")
                time.sleep(pause)
        self._progress(what, partial.size, partial.size)

    def _take(self, response: httpx.Response, partial: Partial, *, what: str, limit: int) -> None:
        """Add what an answer holds. Raises SourceError."""
        host = response.url.host
        if "content-encoding" in response.headers:
            raise SourceError(f"{host} packs {what} on the way, which it was asked not to")
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and partial.ended(response.headers):
            return
        if response.status_code == httpx.codes.OK:
            partial.begin(response.headers, _length(response))
        elif response.status_code != httpx.codes.PARTIAL_CONTENT or not partial.goes_on(response.headers):
            partial.drop()
            raise _Unavailable(f"{host} sends another part than was asked for, so it begins anew")
        if (partial.total or 0) > limit:
            partial.drop()
            raise SourceError(f"{what} from {host} is larger than it should be")
        self._progress(what, partial.size, partial.total)
        try:
            for chunk in response.iter_raw():
                if partial.size + len(chunk) > limit:
                    partial.drop()
                    raise SourceError(f"{what} from {host} is larger than it should be")
                partial.append(chunk)
                self._progress(what, partial.size, partial.total)
        finally:
            partial.sync()
        if partial.total is None:
            partial.finish()
        elif not partial.whole:
            raise _Unavailable(f"{host} broke off in the middle of {what}")

    @contextlib.contextmanager
    def _answer(self, url: httpx.URL, headers: dict[str, str], *, what: str) -> Iterator[httpx.Response]:
        """The answer of `url`, or of where it leads, with its body still to come. Raises SourceError."""
        response = self._open(url, headers)
        try:
            # The body's reads take their time limit from the request; before the answer it was the 3 s of a host.
            response.request.extensions["timeout"]["read"] = _STALL_S
            yield response
        except (httpx.TransportError, httpx.DecodingError):
            raise _Unavailable(f"{response.url.host} broke off in the middle of {what}") from None
        finally:
            response.close()

    def _open(self, url: httpx.URL, headers: dict[str, str]) -> httpx.Response:
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
                if host not in self._heard:
                    self._silent.add(host)
                raise _Unavailable(f"{host} doesn't answer") from None
            self._heard.add(host)
            if response.next_request is None:
                _check_status(response, ranged="Range" in headers)
                return response
            request = response.next_request
            response.close()
        raise SourceError(f"{url.host} sends us from one address to the next")


def _check_status(response: httpx.Response, *, ranged: bool) -> None:
    """Raise SourceError, after closing it, where an answer holds nothing that was asked for."""
    code = response.status_code
    if code == httpx.codes.OK or (ranged and code in {206, 416}):
        return
    response.close()
    kind = _Unavailable if code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error else SourceError
    raise kind(f"{response.url.host} answers {code} {response.reason_phrase}".rstrip())


def _address(url: str, what: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except httpx.InvalidURL:
        raise SourceError(f"the address of {what} can't be used") from None


def _length(response: httpx.Response) -> int | None:
    """Return the length of the body in bytes, where the host says it."""
    length = response.headers.get("content-length", "")
    return int(length) if length.isdecimal() and len(length) < 19 else None


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
