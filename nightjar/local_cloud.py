"""Broker, studio and bridge as children of this process, on loopback, with settings of their own: the demo's cloud."""

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from cloud_bridge.broker import Broker, BrokerError, bridge_user, end_with_this_process
from device import config as settings
from nightjar.errors import UserError

BRIDGE = "main"
STARTS_WITHIN_S = 60.0
STOPS_WITHIN_S = 10.0


async def start_cloud(stack: AsyncExitStack, place: Path, *, device: str) -> settings.Broker:
    """Start all three in the existing directory `place`; how the device called `device` reaches them.

    They are stopped when `stack` is closed. Raises UserError.
    """
    studio = asyncio.create_task(_start_child(stack, "studio", place, "--port", "0"))
    try:
        broker = await stack.enter_async_context(Broker(place / "broker", devices=(device,), bridge=BRIDGE))
    except BrokerError as error:
        studio.cancel()
        raise UserError(str(error)) from None
    bridge_toml = _write_bridge_settings(place, broker, studio_url=await studio)
    await _start_child(stack, "bridge", place, "--config", str(bridge_toml))
    return settings.Broker(
        host="127.0.0.1", port=broker.port, username=device, password=broker.passwords[device], bridge=BRIDGE
    )


async def _start_child(stack: AsyncExitStack, name: str, place: Path, *arguments: str) -> str:
    """Start `nightjar NAME`, wait until it says that it is ready, and return its address."""
    log_path = place / f"{name}.log"
    log = stack.enter_context(log_path.open("w", encoding="utf-8"))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "nightjar",
        name,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=log,
        preexec_fn=end_with_this_process(),
    )
    stack.push_async_callback(_stop_child, process)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(STARTS_WITHIN_S):
            url = json.loads(await process.stdout.readline())["url"]
    except (TimeoutError, ValueError):
        raise UserError(f"The {name} did not start; {log_path} says why.") from None
    watching = asyncio.create_task(_tell_of_end(process, name, log_path))
    stack.callback(watching.cancel)
    return url


async def _tell_of_end(process: asyncio.subprocess.Process, name: str, log_path: Path) -> None:
    code = await process.wait()
    print(f"The {name} has ended (exit code {code}); {log_path} may say why.", file=sys.stderr)


async def _stop_child(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOPS_WITHIN_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _write_bridge_settings(place: Path, broker: Broker, *, studio_url: str) -> Path:
    """The bridge's settings for our studio, private to this user: the broker's password is in them."""
    user = bridge_user(BRIDGE)
    path = place / "bridge.toml"
    path.touch(mode=0o600)
    # A JSON string is a TOML string.
    path.write_text(
        f"""name = "{BRIDGE}"
state = {json.dumps(str(place / "bridge"))}

[broker]
port = {broker.port}
username = {json.dumps(user)}
password = {json.dumps(broker.passwords[user])}

[media]
port = 0

[status]
port = 0

[provider]
name = "Nightjar studio"
base_url = {json.dumps(studio_url + "/v1")}
api_key = "none"
model = "nightjar-studio-1"
engine = "Nightjar studio (vector art)"
sizes = ["1024x1024", "1536x1024", "1024x1536", "2048x2048"]
idempotent = true
extensions = ["seed", "idempotency", "progress", "markup", "any_size"]
""",
        encoding="utf-8",
    )
    return path
