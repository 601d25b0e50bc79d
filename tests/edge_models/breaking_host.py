"""A host on loopback that serves one file, and breaks connections when it is told to."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import cast

_PIECE = 1 << 16


class BreakingHost(http.server.ThreadingHTTPServer):
    """What it does may be changed between requests."""

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/file"
        self.content = content
        self.pages: dict[str, bytes] = {}
        """What else it has, by path."""
        self.etag: str | None = '"one"'
        self.ranges = True
        """Whether it knows how to begin in the middle."""
        self.content_range: str | None = None
        """What it says of a part in place of the truth."""
        self.breaks: list[int] = []
        """After how many bytes of its body each of the next answers ends."""
        self.hangs = False
        """Whether an answer leaves the connection open at its end."""
        self.refuses: list[int] = []
        """The statuses of the next answers, before any with a body."""
        self.signed = False
        """Whether the file lies behind an address that is good for one request."""
        self.signatures = 0
        self.asked: list[tuple[str | None, str | None]] = []
        """Range and If-Range of each request for the file."""
        self.sent = 0
        """Bytes of the file, in all answers together."""
        self.closing = threading.Event()


class _Handler(http.server.BaseHTTPRequestHandler):
    @property
    def _host(self) -> BreakingHost:
        return cast("BreakingHost", self.server)

    def do_GET(self) -> None:
        host = self._host
        if self.path in host.pages:
            self._answer(200, host.pages[self.path])
        elif host.refuses:
            self._answer(host.refuses.pop(0))
        elif host.signed and "?" not in self.path:
            host.signatures += 1
            self._answer(302, headers={"Location": f"/elsewhere?signature={host.signatures}"})
        elif host.signed and not self.path.endswith(f"={host.signatures}"):
            self._answer(403)
        else:
            host.signatures += 1
            self._file()

    def _file(self) -> None:
        host, total = self._host, len(self._host.content)
        asked, condition = self.headers["Range"], self.headers["If-Range"]
        host.asked.append((asked, condition))
        begin = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and host.ranges else 0
        if condition not in {None, host.etag}:
            begin = 0
        if begin >= total:
            self._answer(416, headers={"Content-Range": f"bytes */{total}"})
            return
        headers = {"Content-Length": str(total - begin)} | ({"ETag": host.etag} if host.etag else {})
        if begin:
            headers["Content-Range"] = host.content_range or f"bytes {begin}-{total - 1}/{total}"
        self._head(206 if begin else 200, headers)
        end = begin + host.breaks.pop(0) if host.breaks else total
        with suppress(OSError):  # the other side was killed
            for at in range(begin, min(end, total), _PIECE):
                piece = host.content[at : min(at + _PIECE, end)]
                self.wfile.write(piece)
                host.sent += len(piece)
            if host.hangs:
                host.closing.wait()
        self.close_connection = True

    def _answer(self, status: int, content: bytes = b"", *, headers: dict[str, str] | None = None) -> None:
        self._head(status, {"Content-Length": str(len(content))} | (headers or {}))
        self.wfile.write(content)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def breaking_host(content: bytes) -> Iterator[BreakingHost]:
    with BreakingHost(content) as host:
        thread = threading.Thread(target=host.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield host
        finally:
            host.closing.set()
            host.shutdown()
            thread.join()
