"""Servers of tools as they are, and as they should not be: real programs, spoken to through pipes."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from device.config import Mcp
from device.tools import Server, ToolError
from device.tools import _server as module

pytest.importorskip("mcp")
PROGRAM = Path(__file__).with_name("tool_server.py")
Serve = Callable[..., Server]


class Clock:
    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def serve(tmp_path: Path, clock: Clock) -> AsyncIterator[Serve]:
    """Servers that behave in a given way, ended with the test."""
    servers: list[Server] = []

    def make(how: str = "well", *, command: tuple[str, ...] = ()) -> Server:
        command = command or (sys.executable, str(PROGRAM), how, str(tmp_path / "notes"))
        servers.append(Server("test", Mcp(command=command), now=clock))
        return servers[-1]

    yield make
    for server in servers:
        await server.close()


def script(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def is_there(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


async def test_a_server_says_what_it_offers_and_does_it(serve: Serve) -> None:
    server = serve()
    tools = {tool.name: tool for tool in await server.tools()}
    assert tools.keys() == {"weather", "order_pizza", "misbehave"}
    assert (tools["weather"].reads, tools["order_pizza"].reads) == (True, False)
    assert tools["order_pizza"].required == {"count"}
    assert "It rains in Paris." in await server.call("weather", {"city": "Paris"})


async def test_a_program_that_prints_beside_the_protocol_is_no_trouble(serve: Serve) -> None:
    assert await serve("prints").tools()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("dies", "Test broke off, so I don't know whether it was done."),
        ("hangs", "Test took too long, so I don't know whether it was done."),
        ("says too much", "Test broke off, so I don't know whether it was done."),
        ("raises", "Test couldn't do that."),
    ],
)
async def test_what_goes_wrong_is_one_sentence(
    serve: Serve, clock: Clock, how: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(how)
    await server.tools()
    with monkeypatch.context() as patience:
        if how == "hangs":
            patience.setattr(module, "CALL_S", 1.0)
        with pytest.raises(ToolError) as error:
            await server.call("misbehave", {})
    assert str(error.value) == said
    # And the next call finds it again.
    clock.s += 1.0
    assert "It rains" in await server.call("weather", {})


async def test_a_server_that_died_between_two_calls_is_started_again(serve: Serve, tmp_path: Path) -> None:
    server = serve("has a child")
    await server.tools()
    os.kill(int((tmp_path / "notes").read_text().split()[0]), 9)
    async with asyncio.timeout(10):
        while server.alive:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert "It rains" in await server.call("weather", {})


async def test_a_program_ends_with_the_device_and_so_does_what_it_started(serve: Serve, tmp_path: Path) -> None:
    server = serve("has a child")
    await server.tools()
    program, child = map(int, (tmp_path / "notes").read_text().split())
    assert is_there(program)
    await server.close()
    assert not is_there(program)
    async with asyncio.timeout(5):
        while is_there(child):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "command",
    [
        ("/no/such/program",),
        script("import sys; sys.exit(3)"),
        script("import os\nwhile True: os.write(1, b'x' * 65536)"),
        script('import os\nwhile True: os.write(1, b\'{"jsonrpc":"2.0","method":"notifications/x"}\\n\' * 999)'),
        script("import os; os.write(1, b'\\xff\\x00[]\\n{}\\n'); os.close(1)"),
    ],
    ids=["is not there", "ends at once", "floods without a line", "floods with messages", "speaks another language"],
)
async def test_what_is_no_server_can_not_be_reached(serve: Serve, command: tuple[str, ...]) -> None:
    with pytest.raises(ToolError, match=r"Test can't be reached\."):
        await serve(command=command).tools()


async def test_a_server_that_never_answers_is_given_up_and_not_tried_all_the_time(
    serve: Serve, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CONNECT_S", 0.5)
    server = serve("is deaf")
    for waits_s in (1.0, 2.0, 4.0):
        with pytest.raises(ToolError, match=r"can't be reached"):
            await server.tools()
        clock.s += waits_s - 0.01
        with pytest.raises(ToolError, match="I'll try again in a moment"):
            await server.tools()
        clock.s += 0.02


async def test_of_the_environment_a_program_sees_nothing_secret(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    seen = tmp_path / "seen"
    code = f"import os; open({str(seen)!r}, 'w').write(' '.join(os.environ))"
    with pytest.raises(ToolError):
        await serve(command=script(code)).tools()
    assert "PATH" in seen.read_text()
    assert "OPENAI_API_KEY" not in seen.read_text()


async def test_a_server_at_an_address_is_spoken_to(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    far = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), f"http {port}", str(tmp_path / "notes"), stderr=asyncio.subprocess.DEVNULL
    )
    clock = Clock()
    server = Server("far", Mcp(url=f"http://127.0.0.1:{port}/mcp", token="t"), now=clock)
    try:
        async with asyncio.timeout(30):
            while not server.alive:
                with suppress(ToolError):
                    await server.tools()
                clock.s += 60.0
        assert "It rains in Rome." in await server.call("weather", {"city": "Rome"})
        with pytest.raises(ToolError):
            await server.call("order_pizza", {"count": {"not": "a number"}})
    finally:
        await server.close()
        far.kill()
        await far.wait()


async def test_an_address_where_nobody_is_can_not_be_reached() -> None:
    with pytest.raises(ToolError, match=r"Far can't be reached\."):
        await Server("far", Mcp(url="http://127.0.0.1:9/mcp")).tools()
