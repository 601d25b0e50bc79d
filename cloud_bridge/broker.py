"""Our own mosquitto for one machine: a child process on loopback, with accounts and an access list.

A device's user name is its name, and the access list gives it its own topics alone; the user name is also the client
id, so that nobody can take over another's session. Each account therefore has one connection at a time.
"""

import asyncio
import contextlib
import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import IO

from cloud_bridge.protocol import TOPIC_ROOT

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
READY_WITHIN_S = 10.0
STOPS_WITHIN_S = 10.0

# %u is the user name. A dot can't be in a device's name, so no device is ever taken for a bridge.
ACCESS = f"""\
pattern write {TOPIC_ROOT}/devices/%u/jobs
pattern write {TOPIC_ROOT}/devices/%u/acks
pattern write {TOPIC_ROOT}/devices/%u/status
pattern read {TOPIC_ROOT}/devices/%u/results
pattern read {TOPIC_ROOT}/devices/%u/updates
pattern read {TOPIC_ROOT}/bridges/+/status
"""
BRIDGE_ACCESS = f"""
user bridge.{{bridge}}
topic read {TOPIC_ROOT}/devices/+/jobs
topic read {TOPIC_ROOT}/devices/+/acks
topic read {TOPIC_ROOT}/devices/+/status
topic write {TOPIC_ROOT}/devices/+/results
topic write {TOPIC_ROOT}/devices/+/updates
topic readwrite {TOPIC_ROOT}/bridges/{{bridge}}/status
"""
BOUNDS = """\
autosave_interval 60
set_tcp_nodelay true
max_inflight_messages 200
# The default, 1,000, confirms what it then drops. Outbox and ledger keep the jobs; this is to be roomy, yet bounded.
max_queued_messages 100000
max_queued_bytes 268435456
max_packet_size 131072
connection_messages false
log_type error
log_type warning
log_dest stderr"""
SETTINGS = """\
listener {port} 127.0.0.1
allow_anonymous false
use_username_as_clientid true
password_file {directory}/passwords
acl_file {directory}/access
persistence true
persistence_location {directory}/
{bounds}
{user}
"""


class BrokerError(Exception):
    """The broker can't be started; the text is one plain sentence."""


def find(program: str) -> str:
    """The path of a program of mosquitto's, which Debian keeps where users don't look. Raises BrokerError."""
    path = os.environ.get("PATH", os.defpath) + os.pathsep + "/usr/sbin:/usr/local/sbin:/sbin"
    found = shutil.which(program, path=path)
    if found is None:
        raise BrokerError(f"{program} is not installed; `make setup` installs it (Debian: mosquitto).")
    return found


def bridge_user(bridge: str) -> str:
    """The user name of the bridge called `bridge`."""
    return f"bridge.{bridge}"


def as_whom() -> str:
    """The line of settings without which mosquitto, started by root, becomes a user who can't read a private file."""
    return "user root" if os.geteuid() == 0 else ""


def end_with_this_process() -> Callable[[], None]:
    """A `preexec_fn` that has the kernel kill the child when this process dies without cleaning up (Linux alone)."""
    parent = os.getpid()
    libc = ctypes.CDLL(None)

    def ask_the_kernel() -> None:
        if hasattr(libc, "prctl"):
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # It died before the kernel was asked.
            os._exit(1)

    return ask_the_kernel


class Broker:
    """`async with Broker(directory, devices=("nightjar",)) as broker:` and it runs until the block ends.

    `passwords[user]` are new with every start of this object, `port` is free when none is given and kept over `stop()`
    and `start()`. `directory` is kept, private to this user, and holds the broker's log.
    """

    def __init__(self, directory: Path, *, devices: tuple[str, ...], bridge: str = "main", port: int = 0) -> None:
        self.port = port
        self.passwords = {name: secrets.token_urlsafe(24) for name in (*devices, bridge_user(bridge))}
        self._directory, self._bridge = directory, bridge
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> "Broker":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def pid(self) -> int | None:
        """Its process, while it runs."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Return when it accepts connections. Raises BrokerError."""
        program = find("mosquitto")
        self.port = _free_port(self.port)
        self._write()
        with self._private("mosquitto.log", "a") as log:
            self._process = await asyncio.create_subprocess_exec(
                program,
                "-c",
                str(self._directory / "mosquitto.conf"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=end_with_this_process(),
            )
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await self._accepts()
        except TimeoutError:
            await self.stop()
            raise BrokerError("The broker did not start in time; see mosquitto.log in its directory.") from None

    async def stop(self, *, kill: bool = False) -> None:
        """End it, and return when it has ended; `kill`: without giving it time to write its state."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        try:
            async with asyncio.timeout(STOPS_WITHIN_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _accepts(self) -> None:
        assert self._process is not None
        while True:
            if self._process.returncode is not None:
                raise BrokerError("The broker ended as soon as it was started; see mosquitto.log in its directory.")
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return
            await asyncio.sleep(0.02)

    def _write(self) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._private("passwords", "w") as file:
            file.writelines(f"{user}:{password}\n" for user, password in self.passwords.items())
        # -U hashes the file where it lies, so that no password is ever seen in a list of processes.
        subprocess.run([find("mosquitto_passwd"), "-U", str(self._directory / "passwords")], check=True)
        with self._private("access", "w") as file:
            file.write(ACCESS + BRIDGE_ACCESS.format(bridge=self._bridge))
        with self._private("mosquitto.conf", "w") as file:
            file.write(SETTINGS.format(port=self.port, directory=self._directory, bounds=BOUNDS, user=as_whom()))

    def _private(self, name: str, mode: str) -> IO[str]:
        return open(  # Path.open has no opener
            self._directory / name, mode, encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)
        )


def _free_port(wanted: int) -> int:
    """The port, or any for 0. Raises BrokerError when somebody has it already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            raise BrokerError(f"Port {wanted} of this machine is taken.") from None
        return probe.getsockname()[1]
