"""The companion's server, over real HTTP: what it shows, what it refuses, and that no event is lost."""

import asyncio
import io
import json
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image

from device import events
from device.bus import NO_TURN, Bus
from device.by_hand import ByHand
from device.clock import SystemClock
from device.companion import Companion, Pairing, Records, Refused, Status, server
from device.companion.control import SOCKET_NAME
from device.companion.live import QUEUE, Live
from device.config import Companion as Settings
from device.context.plan import Step
from device.gallery import Edits, Gallery, Regions, Trash, Version
from device.history import History
from device.memory import Memory
from device.recorder import Journal, Recorder
from device.store import Store
from edge_models.models import ModelError
from edge_models.sentence_embedding import SentenceEncoder


@dataclass
class Device:
    """What the companion is served by, and its address."""

    home: Path
    bus: Bus
    gallery: Gallery
    journal: Journal
    memory: Memory
    recorder: Recorder
    store: Store
    asked: list[str] = field(default_factory=list)
    answer: Callable[[str], str] | None = None
    muted: bool = False
    companion: Companion = field(init=False)
    edits: Edits = field(init=False)
    by_hand: ByHand = field(init=False)
    steps: list[Step] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    url: str = ""

    async def mute(self, muted: bool) -> None:
        self.muted = muted
        self.bus.publish(NO_TURN, events.Muted(muted))

    def ask(self, text: str) -> str:
        self.asked.append(text)
        if self.answer is not None:
            return self.answer(text)
        turn = self.bus.begin_turn()
        self.bus.publish(turn, events.Transcript(text, "en", 1.0))
        return turn

    def begin(self, text: str, step: Step) -> str:
        self.steps.append(step)
        return self.ask(text)

    async def cancel_picture(self, picture_id: str) -> None:
        self.stopped.append(picture_id)

    @property
    def pairing(self) -> Pairing:
        assert self.companion.pairing is not None
        return self.companion.pairing

    async def add_picture(self, prompt: str, *stages: events.Stage) -> list[Version]:
        turn = self.bus.begin_turn()
        picture = await self.gallery.new(turn=turn, prompt=prompt, scene=None, seed=1)
        made = []
        for number, stage in enumerate(stages):
            file = io.BytesIO()
            Image.new("RGB", (64, 64), (200, 60 * number, 20)).save(file, "PNG")
            version = await self.gallery.add(picture.id, stage=stage, engine="Test engine", data=file.getvalue())
            event = events.Artifact(version.id, picture.id, stage, "Test engine", str(version.path), 64, 64)
            self.bus.publish(turn, event)
            made.append(version)
        return made


def no_model() -> SentenceEncoder:
    raise ModelError("No model is needed here.")


@asynccontextmanager
async def running(home: Path, *, pairing: bool = False, host: str | None = None) -> AsyncIterator[Device]:
    store = Store.open(home / "device.sqlite")
    bus = Bus(SystemClock(), next_seq=store.last_seq() + 1)
    journal, recorder = Journal(store), Recorder(store)
    bus.observe(journal.note)
    bus.observe(recorder.note)
    memory = Memory(store, encoder=no_model)
    device = Device(home, bus, Gallery(store, home / "pictures"), journal, memory, recorder, store)
    device.edits = Edits(store, device.gallery)
    device.by_hand = ByHand(
        bus=bus,
        gallery=device.gallery,
        edits=device.edits,
        trash=Trash(store, device.gallery, SystemClock()),
        regions=Regions(store),
        offload=device,  # pyright: ignore[reportArgumentType]
        begin=device.begin,
    )
    device.companion = Companion(
        config=Settings(port=0, pairing=pairing, host=host),
        home=home,
        bus=bus,
        gallery=device.gallery,
        by_hand=device.by_hand,
        journal=journal,
        recorder=recorder,
        records=Records(memory, History(store, recorder=recorder, journal=journal)),
        ask=device.ask,
        mute=device.mute,
        status=lambda: Status(
            name="kitchen",
            state="idle",
            reason=None,
            muted=device.muted,
            sound_fault=None,
            online=True,
            do_not_disturb=False,
            child=True,
            private=False,
            phrases=["hey jarvis"],
        ),
    )
    started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(device.companion.run(started.set_result))
    await asyncio.wait({task, started}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    port = started.result().rpartition(":")[2]
    device.url = f"http://127.0.0.1:{port}"
    try:
        yield device
    finally:
        task.cancel()
        await asyncio.wait({task})
        await journal.save()
        memory.close()
        await store.close()


@pytest.fixture
async def device(tmp_path: Path) -> AsyncIterator[Device]:
    async with running(tmp_path / "kitchen") as device:
        yield device


@pytest.fixture
async def paired_device(tmp_path: Path) -> AsyncIterator[Device]:
    async with running(tmp_path / "kitchen", pairing=True, host="nightjar.local") as device:
        yield device


@pytest.fixture
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


async def pair(web: aiohttp.ClientSession, device: Device) -> aiohttp.ClientResponse:
    token = device.pairing.new_link().url.partition("#pair=")[2]
    return await web.post(f"{device.url}/api/pair", json={"token": token}, headers={"Origin": device.url})


class Stream:
    """Reads server-sent events."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def next(self) -> dict[str, Any]:
        """The next message that isn't a sign of life; EOFError at the end."""
        fields: dict[str, str] = {}
        while line := (await self.answer.content.readline()).decode():
            name, _, value = line.rstrip("\n").partition(": ")
            if name:
                fields[name] = value
            elif "data" in fields and fields.get("event") != "alive":
                return {"type": fields.get("event", "message"), "id": fields.get("id")} | json.loads(fields["data"])
            else:
                fields = {}
        raise EOFError

    async def rest(self) -> None:
        """Read until the stream breaks."""
        while True:
            await self.next()


@asynccontextmanager
async def listening(
    web: aiohttp.ClientSession, device: Device, query: str = "", **headers: str
) -> AsyncIterator[Stream]:
    async with web.get(f"{device.url}/events{query}", headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        assert answer.content_type == "text/event-stream"
        await answer.content.readuntil(b"\n\n")  # the first sign of life: from here on it is subscribed
        yield Stream(answer)


def state(name: str) -> events.StateChanged:
    return events.StateChanged(name)


# What the page is given


async def test_the_page_and_everything_it_loads_are_served(device: Device, web: aiohttp.ClientSession) -> None:
    for path in ("/", *server.PAGE):
        async with web.get(device.url + path) as answer:
            assert answer.status == 200, path
            assert await answer.read()
    page = Path(server.__file__).parent / "page"
    served = {path.removeprefix("/") for path in server.PAGE} | {"index.html", "pair.html"}
    assert {file.name for file in page.iterdir()} == served


async def test_the_snapshot_says_what_is_going_on(device: Device, web: aiohttp.ClientSession) -> None:
    turn = device.ask("draw a fox")
    await device.add_picture("a fox", "draft", "final")
    async with web.get(f"{device.url}/api/state") as answer:
        body = await answer.json()
    assert body["name"] == "kitchen"
    assert body["phrases"] == ["hey jarvis"]
    assert body["seq"] == device.bus.last_seq == 3
    assert [event["event"] for event in body["events"]] == ["transcript", "artifact", "artifact"]
    assert body["events"][0]["turn"] == turn
    assert body["picture"]["prompt"] == "a fox"
    assert [version["stage"] for version in body["picture"]["versions"]] == ["draft", "final"]


async def test_no_path_of_the_device_reaches_the_page(device: Device, web: aiohttp.ClientSession) -> None:
    async with listening(web, device) as stream:
        await device.add_picture("a fox", "draft")
        event = await stream.next()
    assert event["src"] == f"/media/{event['artifact']}"
    texts = [json.dumps(event)]
    for path in ("/api/state", "/api/pictures", f"/api/pictures/{event['picture']}", "/api/turns"):
        async with web.get(device.url + path) as answer:
            texts.append(await answer.text())
    assert not [text for text in texts if str(device.home) in text]


async def test_earlier_pictures_come_page_by_page(device: Device, web: aiohttp.ClientSession) -> None:
    for number in range(5):
        await device.add_picture(f"picture {number}", "draft")
    prompts: list[str] = []
    before = ""
    while True:
        async with web.get(f"{device.url}/api/pictures?limit=2{before}") as answer:
            pictures = (await answer.json())["pictures"]
        if not pictures:
            break
        prompts += [picture["prompt"] for picture in pictures]
        before = f"&before={pictures[-1]['id']}"
    assert prompts == [f"picture {number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "²", "1" * 30])
async def test_a_list_has_a_bounded_length(device: Device, web: aiohttp.ClientSession, limit: str) -> None:
    async with web.get(f"{device.url}/api/pictures", params={"limit": limit}) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"] == "The limit must be a number from 1 to 100."


async def test_an_image_is_served_as_it_is_and_for_ever(device: Device, web: aiohttp.ClientSession) -> None:
    (version,) = await device.add_picture("a fox", "final")
    async with web.get(f"{device.url}/media/{version.id}") as answer:
        assert await answer.read() == version.path.read_bytes()
        assert answer.content_type == "image/png"
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/media/nothing", "/media/..%2f..%2fdevice.sqlite", "/api/pictures/none", "/x", "/server.py"]
)
async def test_what_is_not_there_is_one_sentence(device: Device, web: aiohttp.ClientSession, path: str) -> None:
    async with web.get(device.url + path) as answer:
        assert answer.status == 404
        assert (await answer.json())["error"].startswith("There is no")


async def test_the_last_turns_come_with_their_timings(device: Device, web: aiohttp.ClientSession) -> None:
    device.ask("draw a fox")
    async with web.get(f"{device.url}/api/turns") as answer:
        (turn,) = (await answer.json())["turns"]
    assert turn["heard"] == "draw a fox"
    assert [event["event"] for event in turn["events"]] == ["transcript"]


# Typed commands


async def test_a_typed_command_begins_a_turn(device: Device, web: aiohttp.ClientSession) -> None:
    async with web.post(
        f"{device.url}/api/ask", json={"text": "  draw a fox "}, headers={"Origin": device.url}
    ) as answer:
        assert answer.status == 200
        assert (await answer.json())["turn"]
    assert device.asked == ["draw a fox"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"text": 5}', b'{"text": "  "}', json.dumps({"text": "x" * 2001}).encode()]
)
async def test_a_command_that_is_none_is_refused(device: Device, web: aiohttp.ClientSession, body: bytes) -> None:
    headers = {"Origin": device.url, "Content-Type": "application/json"}
    async with web.post(f"{device.url}/api/ask", data=body, headers=headers) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"].endswith(".")
    assert device.asked == []


async def test_what_the_device_says_against_a_command_is_passed_on(device: Device, web: aiohttp.ClientSession) -> None:
    def busy(_: str) -> str:
        raise Refused("Too many commands are waiting.")

    device.answer = busy
    async with web.post(f"{device.url}/api/ask", json={"text": "hi"}, headers={"Origin": device.url}) as answer:
        assert answer.status == 503
        assert await answer.json() == {"error": "Too many commands are waiting."}


async def test_a_fault_inside_is_one_sentence_without_its_insides(device: Device, web: aiohttp.ClientSession) -> None:
    def broken(_: str) -> str:
        raise RuntimeError("/secret/path")

    device.answer = broken
    async with web.post(f"{device.url}/api/ask", json={"text": "hi"}, headers={"Origin": device.url}) as answer:
        assert answer.status == 500
        assert await answer.json() == {"error": "Something went wrong on the device; try again."}
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


# Events


async def test_events_arrive_as_they_happen(device: Device, web: aiohttp.ClientSession) -> None:
    async with listening(web, device) as stream:
        device.bus.publish(NO_TURN, state("listening"))
        event = await stream.next()
    assert (event["event"], event["state"], event["seq"], event["id"]) == ("state_changed", "listening", 1, "1")


async def test_a_page_that_comes_back_gets_what_it_missed_and_nothing_twice(
    device: Device, web: aiohttp.ClientSession
) -> None:
    for number in range(1, 6):
        device.bus.publish(NO_TURN, state(str(number)))
    async with listening(web, device, **{"Last-Event-ID": "2"}) as stream:
        device.bus.publish(NO_TURN, state("6"))
        assert [(await stream.next())["seq"] for _ in range(4)] == [3, 4, 5, 6]


async def test_what_happens_while_a_page_catches_up_comes_once(
    device: Device, web: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = device.journal.after

    async def read_in_a_busy_moment(seq: int) -> list[dict[str, Any]]:
        device.bus.publish(NO_TURN, state("in the journal and in the queue"))
        found = await read(seq)
        device.bus.publish(NO_TURN, state("in the queue alone"))
        return found

    monkeypatch.setattr(device.journal, "after", read_in_a_busy_moment)
    device.bus.publish(NO_TURN, state("missed"))
    async with listening(web, device, "?after=0") as stream:
        assert [(await stream.next())["seq"] for _ in range(3)] == [1, 2, 3]
        device.bus.publish(NO_TURN, state("later"))
        assert (await stream.next())["seq"] == 4


async def test_events_from_before_a_restart_are_not_lost(tmp_path: Path, web: aiohttp.ClientSession) -> None:
    async with running(tmp_path / "kitchen") as device:
        for number in range(1, 4):
            device.bus.publish(NO_TURN, state(str(number)))
    async with running(tmp_path / "kitchen") as device:
        device.bus.publish(NO_TURN, state("4"))
        async with listening(web, device, "?after=1") as stream:
            assert [(await stream.next())["state"] for _ in range(3)] == ["2", "3", "4"]


@pytest.mark.parametrize("after", [10, 2**40])
async def test_a_page_from_another_life_of_the_device_is_told_to_begin_anew(
    device: Device, web: aiohttp.ClientSession, after: int
) -> None:
    async with web.get(f"{device.url}/events?after={after}") as answer:
        assert await answer.content.readuntil(b"\n\n") == b"event: reset\ndata: {}\n\n"
        assert await answer.content.read() == b""


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "1" * 40])
async def test_a_resume_number_that_is_none_is_refused(device: Device, web: aiohttp.ClientSession, after: str) -> None:
    async with web.get(f"{device.url}/events", params={"after": after}) as answer:
        assert answer.status == 400


async def test_a_reader_that_does_not_keep_up_is_cut_off_and_resumes_without_loss(
    device: Device, web: aiohttp.ClientSession
) -> None:
    async with listening(web, device) as stream:
        for number in range(QUEUE + 1):  # without a pause in which the stream could be written
            device.bus.publish(NO_TURN, state(str(number)))
        with pytest.raises((EOFError, aiohttp.ClientError)):
            await stream.rest()
    async with listening(web, device, "?after=0") as stream:
        assert [(await stream.next())["seq"] for _ in range(QUEUE + 1)] == list(range(1, QUEUE + 2))


def test_the_device_does_not_wait_for_a_reader() -> None:
    bus = Bus(SystemClock())
    cuts: list[bool] = []
    live = Live(bus)
    live.subscribe(lambda: cuts.append(True))
    for number in range(QUEUE + 10):
        bus.publish(NO_TURN, state(str(number)))
    assert cuts == [True]


async def test_a_quiet_stream_gives_signs_of_life(
    device: Device, web: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEARTBEAT_S", 0.01)
    async with web.get(f"{device.url}/events") as answer:
        for _ in range(3):
            assert await answer.content.readuntil(b"\n\n") == server.ALIVE


async def test_the_number_of_streams_is_bounded_and_closed_ones_make_room(
    device: Device, web: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("device.companion.live.MAX_READERS", 1)
    async with listening(web, device), web.get(f"{device.url}/events") as answer:
        assert answer.status == 503
    async with asyncio.timeout(10):
        while True:
            async with web.get(f"{device.url}/events") as answer:
                if answer.status == 200:
                    break
            await asyncio.sleep(0)


async def test_the_device_stops_at_once_also_with_open_streams(tmp_path: Path, web: aiohttp.ClientSession) -> None:
    async with asyncio.timeout(10), running(tmp_path / "kitchen") as device:
        answer = await web.get(f"{device.url}/events")
        await answer.content.readuntil(b"\n\n")
    assert await answer.content.read() == b""
    assert not (device.home / SOCKET_NAME).exists()


# Who may


async def test_without_pairing_only_this_machine_can_connect(device: Device, web: aiohttp.ClientSession) -> None:
    port = device.url.rpartition(":")[2]
    with pytest.raises(aiohttp.ClientConnectorError):  # another address of this machine; with pairing it answers
        await web.get(f"http://127.0.0.2:{port}/")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "", "[", "10.0.0.1"])
async def test_a_name_that_is_not_the_devices_own_is_refused(
    device: Device, web: aiohttp.ClientSession, host: str
) -> None:
    for path in ("/", "/api/state", "/events", "/media/x"):
        async with web.get(device.url + path, headers={"Host": host}) as answer:
            assert answer.status in (400, 421), path


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:80", "LOCALHOST"])
async def test_names_of_this_machine_are_accepted(device: Device, web: aiohttp.ClientSession, host: str) -> None:
    async with web.get(f"{device.url}/api/state", headers={"Host": host}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://127.0.0.1:1", "http://localhost"])
async def test_only_the_devices_own_page_may_command(
    device: Device, web: aiohttp.ClientSession, origin: str | None
) -> None:
    headers = {} if origin is None else {"Origin": origin}
    async with web.post(f"{device.url}/api/ask", json={"text": "draw a fox"}, headers=headers) as answer:
        assert answer.status == 403
    assert device.asked == []


async def test_a_form_of_another_site_has_the_wrong_content_type(device: Device, web: aiohttp.ClientSession) -> None:
    headers = {"Origin": device.url, "Content-Type": "text/plain"}
    async with web.post(f"{device.url}/api/ask", data=b'{"text": "hi"}', headers=headers) as answer:
        assert answer.status == 415
    assert device.asked == []


async def test_the_page_mutes_the_microphone_and_every_page_learns_of_it(
    device: Device, web: aiohttp.ClientSession
) -> None:
    async with listening(web, device) as stream:
        for muted in (True, False):
            body, headers = {"muted": muted}, {"Origin": device.url}
            async with web.post(f"{device.url}/api/mute", json=body, headers=headers) as answer:
                assert (answer.status, await answer.json()) == (200, body)
            assert device.muted is muted
            told = await stream.next()
            assert (told["event"], told["muted"]) == ("muted", muted)
            async with web.get(f"{device.url}/api/state") as answer:
                assert (await answer.json())["muted"] is muted


@pytest.mark.parametrize("body", [{}, {"muted": "no"}, {"muted": 0}, {"muted": None}, []])
async def test_what_is_not_a_clear_word_moves_no_gate(device: Device, web: aiohttp.ClientSession, body: Any) -> None:
    device.muted = True
    async with web.post(f"{device.url}/api/mute", json=body, headers={"Origin": device.url}) as answer:
        assert answer.status == 400
    assert device.muted


@pytest.mark.parametrize("origin", [None, "https://evil.example"])
async def test_only_the_devices_own_page_may_open_the_microphone(
    device: Device, web: aiohttp.ClientSession, origin: str | None
) -> None:
    device.muted = True
    headers = {} if origin is None else {"Origin": origin}
    async with web.post(f"{device.url}/api/mute", json={"muted": False}, headers=headers) as answer:
        assert answer.status == 403
    assert device.muted


@pytest.mark.parametrize("path", ["/", "/app.js", "/api/state", "/events", "/nothing"])
async def test_every_answer_is_hardened(device: Device, web: aiohttp.ClientSession, path: str) -> None:
    async with web.get(device.url + path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in answer.headers


# Pairing


async def test_an_unpaired_phone_sees_how_to_pair_and_nothing_else(
    paired_device: Device, web: aiohttp.ClientSession
) -> None:
    device = paired_device
    (version,) = await device.add_picture("a private picture", "final")
    async with web.get(device.url) as answer:
        assert answer.status == 200
        assert "Pair this phone" in await answer.text()
    for path in ("/api/state", "/api/pictures", "/api/turns", "/events", f"/media/{version.id}", "/api/phones"):
        async with web.get(device.url + path) as answer:
            assert answer.status == 401, path
    for path in ("/api/ask", "/api/mute", "/api/phones/link"):
        async with web.post(device.url + path, json={"text": "hi"}, headers={"Origin": device.url}) as answer:
            assert answer.status == 401, path
    assert device.asked == []


async def test_a_scanned_link_lets_the_phone_in(paired_device: Device, web: aiohttp.ClientSession) -> None:
    answer = await pair(web, paired_device)
    assert answer.status == 200
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    async with web.get(f"{paired_device.url}/api/state") as answer:
        assert answer.status == 200
    async with web.get(paired_device.url) as answer:
        assert "Current picture" in await answer.text()


async def test_a_wrong_token_is_refused_and_guessing_is_slowed(
    paired_device: Device, web: aiohttp.ClientSession
) -> None:
    statuses = []
    for _ in range(11):
        async with web.post(
            f"{paired_device.url}/api/pair", json={"token": "wrong"}, headers={"Origin": paired_device.url}
        ) as answer:
            statuses.append(answer.status)
    assert statuses == [403] * 10 + [429]


@pytest.mark.parametrize("body", [{}, {"token": 5}, {"token": None}, {"token": "x" * 201}])
async def test_a_pairing_request_without_a_token_is_refused(
    paired_device: Device, web: aiohttp.ClientSession, body: dict[str, Any]
) -> None:
    headers = {"Origin": paired_device.url}
    async with web.post(f"{paired_device.url}/api/pair", json=body, headers=headers) as answer:
        assert answer.status == 400


async def test_pairing_from_another_site_is_refused(paired_device: Device, web: aiohttp.ClientSession) -> None:
    token = paired_device.pairing.new_link().url.partition("#pair=")[2]
    headers = {"Origin": "https://evil.example"}
    async with web.post(f"{paired_device.url}/api/pair", json={"token": token}, headers=headers) as answer:
        assert answer.status == 403


async def test_links_name_the_configured_host(paired_device: Device) -> None:
    assert paired_device.pairing.new_link().url.startswith("http://nightjar.local:")


@pytest.mark.parametrize(
    ("host", "ours"),
    [("nightjar.local:1", True), ("127.0.0.2", True), ("nightjar.example", False), ("10.9.9.9", False)],
)
async def test_a_paired_page_is_reached_by_its_name_or_the_address_that_was_dialled(
    paired_device: Device, web: aiohttp.ClientSession, host: str, ours: bool
) -> None:
    port = paired_device.url.rpartition(":")[2]
    async with web.get(f"http://127.0.0.2:{port}/", headers={"Host": host}) as answer:
        assert answer.status == (200 if ours else 421)


async def test_a_paired_phone_can_invite_another_and_unpair_it(
    paired_device: Device, web: aiohttp.ClientSession
) -> None:
    device, headers = paired_device, {"Origin": paired_device.url}
    await pair(web, device)
    async with web.post(f"{device.url}/api/phones/link", json={}, headers=headers) as answer:
        link = await answer.json()
    assert link["svg"].startswith("<svg")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as other:
        token = {"token": link["url"].partition("#pair=")[2]}
        assert (await other.post(f"{device.url}/api/pair", json=token, headers=headers)).status == 200
        async with web.get(f"{device.url}/api/phones") as answer:
            phones = (await answer.json())["phones"]
        assert sorted(phone["this"] for phone in phones) == [False, True]
        (guest,) = [phone["id"] for phone in phones if not phone["this"]]
        async with listening(other, device) as stream:
            async with web.post(f"{device.url}/api/phones/{guest}/revoke", json={}, headers=headers) as answer:
                assert answer.status == 200
            device.bus.publish(NO_TURN, state("listening"))
            with pytest.raises(EOFError):  # a phone that is out reads nothing more, not even on an open stream
                await stream.next()
        assert (await other.get(f"{device.url}/api/state")).status == 401


# Programs on this machine


@asynccontextmanager
async def program(device: Device) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.UnixConnector(str(device.home / SOCKET_NAME))
    async with aiohttp.ClientSession("http://device", connector=connector) as session:
        yield session


async def lines_of(answer: aiohttp.ClientResponse) -> list[str]:
    return [json.loads(line)["event"] async for line in answer.content]


async def test_the_socket_file_is_for_its_owner_alone(device: Device) -> None:
    assert stat.S_IMODE((device.home / SOCKET_NAME).stat().st_mode) == 0o600


async def test_a_socket_file_of_a_dead_device_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "kitchen").mkdir()
    (tmp_path / "kitchen" / SOCKET_NAME).touch()
    async with running(tmp_path / "kitchen") as device, program(device) as session:
        assert (await session.post("/ask", json={})).status == 400


async def test_a_program_gets_its_turn_and_only_that_until_it_is_finished(device: Device) -> None:
    def answer(text: str) -> str:
        turn, other = device.bus.begin_turn(), device.bus.begin_turn()
        device.bus.publish(turn, events.Transcript(text, "en", 1.0))  # before ask() has returned
        device.bus.publish(other, events.Reply("Not yours."))
        device.bus.publish(turn, events.JobQueued("j", "image.create"))
        device.bus.publish(turn, events.TurnFinished({}))
        device.bus.publish(turn, events.JobProgress("j", 0.5))
        return turn

    device.answer = answer
    async with program(device) as session:
        assert await lines_of(await session.post("/ask", json={"text": "draw a fox"})) == [
            "transcript",
            "job_queued",
            "turn_finished",
        ]


@pytest.mark.parametrize(
    "end",
    [events.Artifact("a", "p", "final", "e", "/x.png", 1, 1), events.Failed("refused", "It can't be made.", "j")],
)
async def test_a_program_that_waits_gets_the_end_of_the_job(device: Device, end: events.Event) -> None:
    def answer(_: str) -> str:
        turn = device.bus.begin_turn()
        device.bus.publish(turn, events.JobQueued("j", "image.create"))
        device.bus.publish(turn, events.TurnFinished({}))
        device.bus.publish(turn, events.Artifact("a", "p", "partial", "e", "/x.png", 1, 1))
        device.bus.publish(turn, end)
        return turn

    device.answer = answer
    async with program(device) as session:
        response = await session.post("/ask", json={"text": "draw a fox", "wait_s": 600})
        assert await lines_of(response) == ["job_queued", "turn_finished", "artifact", end.name]


async def test_a_program_that_waits_for_nothing_more_is_not_kept(device: Device) -> None:
    def answer(_: str) -> str:
        turn = device.bus.begin_turn()
        device.bus.publish(turn, events.TurnFinished({}))
        return turn

    device.answer = answer
    async with program(device) as session:
        assert await lines_of(await session.post("/ask", json={"text": "what time is it", "wait_s": 600})) == [
            "turn_finished"
        ]


async def test_waiting_ends_when_the_time_is_over(device: Device) -> None:
    def answer(_: str) -> str:
        turn = device.bus.begin_turn()
        device.bus.publish(turn, events.JobQueued("j", "image.create"))
        device.bus.publish(turn, events.TurnFinished({}))
        return turn

    device.answer = answer
    async with program(device) as session:
        response = await session.post("/ask", json={"text": "draw a fox", "wait_s": 0.01})
        assert await lines_of(response) == ["job_queued", "turn_finished"]


@pytest.mark.parametrize(
    "body", [{}, {"text": ""}, {"text": " "}, {"text": "x" * 2001}, {"text": "a", "wait_s": -1}, []]
)
async def test_a_program_that_asks_for_nonsense_is_told_so(device: Device, body: Any) -> None:
    async with program(device) as session, session.post("/ask", json=body) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"].startswith("Give a text")


async def test_a_program_gets_a_link_for_one_more_phone(paired_device: Device, web: aiohttp.ClientSession) -> None:
    async with program(paired_device) as session, session.post("/pair") as answer:
        link = await answer.json()
    assert link["qr"]
    token = link["url"].partition("#pair=")[2]
    async with web.post(
        f"{paired_device.url}/api/pair", json={"token": token}, headers={"Origin": paired_device.url}
    ) as answer:
        assert answer.status == 200


async def test_there_is_no_link_while_pairing_is_off(device: Device) -> None:
    async with program(device) as session, session.post("/pair") as answer:
        assert answer.status == 409
        assert "pairing = true" in (await answer.json())["error"]
