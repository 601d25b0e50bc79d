"""A language model on this board: a GGUF file, run by llama.cpp in a process of its own.

::

    this process ── HTTP over a socket that only its owner can open, with a key ──▶ llama.cpp (`language_process`)

A process, because llama.cpp holds the interpreter's lock while it loads (0.4 s for 135 million parameters, seconds for
1.5 billion), because what makes it fail would take the device with it, and because only the end of a process gives all
of its memory back; when that runs out, it is the first that the kernel takes. It speaks the wire format of OpenAI's
chat completions, so that one client does for it and for a server elsewhere; whoever breaks off a request stops its
work.
"""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import httpx

from edge_models.models import ModelError, ModelStore

PACKAGE = "xllamacpp"
_START_S = 120.0
"""A model of four gigabytes on a slow card takes a minute."""


class LanguageModelError(ModelError):
    """The language model can't be run; the text is one plain sentence."""


def language_model_file(models: ModelStore, name: str) -> Path:
    """The GGUF file of a model of the catalogue, its SHA-256 checked.

    Raises UnknownModel, ModelMissing, ModelCorrupt, or LanguageModelError for a model that is no language model.
    """
    if models.model(name).kind != "chat":
        raise LanguageModelError(f"The model {name} is no language model.")
    return models.path(name) / models.model(name).files[0].name


class LanguageProcess:
    """llama.cpp with one model, one request at a time; the others wait."""

    def __init__(self, file: Path, *, context_tokens: int, threads: int) -> None:
        """`file`: of a checked SHA-256; `context_tokens`: prompt and answer together, what is longer is refused."""
        self._file = file
        self._context_tokens = context_tokens
        self._threads = threads
        self._folder = tempfile.TemporaryDirectory(prefix="nightjar-")  # Nobody else can open what is in it.
        self._process: asyncio.subprocess.Process | None = None
        self._key = secrets.token_urlsafe(24)

    async def start(self) -> httpx.AsyncClient:
        """Load the model; return a client for `http://language/v1`, to be closed. Raises LanguageModelError."""
        if find_spec(PACKAGE) is None:
            raise LanguageModelError(
                "A language model on the board needs one more package: pip install 'nightjar[language]'."
            )
        socket = str(Path(self._folder.name) / "llama.sock")  # The ending tells llama.cpp that it is no host.
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "edge_models.language_process",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {
            "file": str(self._file),
            "socket": socket,
            "key": self._key,
            "context_tokens": self._context_tokens,
            "threads": self._threads,
        }
        ready = b""
        with contextlib.suppress(OSError, TimeoutError):
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            await self._process.stdin.drain()
            ready = await asyncio.wait_for(self._process.stdout.readline(), _START_S)
        if ready != b"ready\n":
            await self.close()
            raise LanguageModelError(f"llama.cpp can't run the language model {self._file}.")
        return httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=socket), headers={"Authorization": f"Bearer {self._key}"}
        )

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.returncode is None

    def kill(self) -> None:
        """Have the kernel take its memory, at once; `close` is still to be called. From any thread."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)

    @property
    def resident_mb(self) -> int:
        """Megabytes of memory that the process holds (Linux); 0 while there is none."""
        if self._process is None or self._process.returncode is not None:
            return 0
        for line in Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) // 1000
        return 0

    async def close(self) -> None:
        """End the process, whatever it does."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()  # It has nothing to save.
            await process.wait()
        self._folder.cleanup()
