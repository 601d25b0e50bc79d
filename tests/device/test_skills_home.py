"""The house: what is called for what was said, and what is answered."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from phrase_parts import ARABIC, ENGLISH

from device.allowed import Allowed, write_allowed
from device.config import DeviceConfig, Mcp
from device.context import ContextEngine, Step, Surroundings
from device.events import Happened, Reply, Understood
from device.progress import watch
from device.running import running_device
from device.skills.home_calls import call_for, needs_a_yes
from device.skills.home_states import Thing, answer, things
from device.skills.home_told import told
from device.tools import Server

SURROUNDINGS = Surroundings(now=datetime(2026, 11, 26, 20, 40, tzinfo=UTC))
ENGINE = ContextEngine()
PROGRAM = Path(__file__).with_name("home_server.py")

CALLS = {
    "turn on the kitchen light": ("HassTurnOn", {"area": "kitchen", "domain": ["light"]}, "Kitchen light on."),
    "turn off all the lights": ("HassTurnOff", {"domain": ["light"]}, "Lights off."),
    "turn off the bedside lamp": ("HassTurnOff", {"name": "bedside lamp"}, "Bedside lamp off."),
    "toggle the fan in the office": ("HassToggle", {"area": "office", "domain": ["fan"]}, "Office fan switched."),
    "turn everything off in the hall": (
        "HassTurnOff",
        {"area": "hall", "domain": ["light", "switch", "fan", "media_player"]},
        "Everything in the hall off.",
    ),
    "open the bedroom blinds": (
        "HassTurnOn",
        {"area": "bedroom", "domain": ["cover"], "device_class": ["blind"]},
        "Bedroom blinds open.",
    ),
    "close the garage door": (
        "HassTurnOff",
        {"domain": ["cover"], "device_class": ["garage"]},
        "Garage door closed.",
    ),
    "lock the front door": ("HassTurnOn", {"name": "front door", "domain": ["lock"]}, "Front door locked."),
    "lock the doors": ("HassTurnOn", {"domain": ["lock"]}, "Doors locked."),
    "set the kitchen lights to 40 percent": (
        "HassLightSet",
        {"area": "kitchen", "domain": ["light"], "brightness": 40},
        "Kitchen lights at 40 percent.",
    ),
    "dim the lights": ("HassLightSet", {"domain": ["light"], "brightness": 30}, "Lights at 30 percent."),
    "make the hall light blue": (
        "HassLightSet",
        {"area": "hall", "domain": ["light"], "color": "blue"},
        "Hall light blue.",
    ),
    "set the blinds to 50%": (
        "HassSetPosition",
        {"domain": ["cover"], "device_class": ["blind"], "position": 50},
        "Blinds at 50 percent.",
    ),
    "set the bedroom to nineteen degrees": (
        "HassClimateSetTemperature",
        {"area": "bedroom", "temperature": 19},
        "Bedroom set to 19 degrees.",
    ),
    "activate movie mode": ("HassTurnOn", {"name": "movie", "domain": ["scene", "script"]}, "Movie is running."),
    "pause the music in the kitchen": ("HassMediaPause", {"area": "kitchen"}, "Okay."),
    "play jazz in the kitchen": (
        "HassMediaSearchAndPlay",
        {"area": "kitchen", "search_query": "jazz"},
        "Okay.",
    ),
    "turn the music up a bit": ("HassSetVolumeRelative", {"volume_step": "up"}, "Okay."),
    "next song": ("HassMediaNext", {}, "Okay."),
    "turn off the lights upstairs": ("HassTurnOff", {"floor": "upstairs", "domain": ["light"]}, "Upstairs lights off."),
}
KNOWN = [
    Thing(("Ceiling Light",), "light", "on", ("Kitchen",), {"brightness": "128"}),
    Thing(("Lamp",), "light", "off", ("Hall",), {}),
    Thing(("Front Door",), "lock", "unlocked", ("Hall",), {}),
    Thing(("Terrace window",), "binary_sensor", "on", ("Kitchen",), {"device_class": "window"}),
    Thing(("Radiator",), "climate", "heat", ("Bedroom",), {"current_temperature": 19.5}),
    Thing(("Speaker",), "media_player", "playing", ("Kitchen",), {"media_title": "So What", "media_artist": "Miles"}),
    Thing(("Bath humidity",), "sensor", "61", ("Bathroom",), {"device_class": "humidity"}),
]
ANSWERS = {
    "are the kitchen lights on": "The kitchen lights are on.",
    "is the hall light on": "The hall light is off.",
    "are the lights on": "1 of 2 are on: Ceiling Light.",
    "is the front door locked": "The front door is unlocked.",
    "is the window open": "The window is open.",
    "how warm is it in the bedroom": "19.5 degrees in the bedroom.",
    "what's the temperature": "19.5 degrees in the bedroom.",
    "what's the humidity in the bathroom": "61 percent in the bathroom.",
    "how bright are the kitchen lights": "The kitchen lights are at 50 percent.",
    "what's playing": "So What by Miles.",
    "what's playing in the bedroom": "Nothing is playing in the bedroom.",
    "is the oven on": "I don't know about the oven.",
    "how warm is it in the cellar": "I don't know the temperature in the cellar.",
}


def step_of(text: str) -> Step:
    (step,) = ENGINE.understand(text, surroundings=SURROUNDINGS).steps
    return step


@pytest.mark.parametrize(("text", "call"), CALLS.items())
def test_what_is_said_becomes_a_call(text: str, call: tuple[str, dict[str, object], str]) -> None:
    step = step_of(text)
    assert call_for(step) == call[:2]
    assert told(step, ENGLISH) == call[2]


@pytest.mark.parametrize(("text", "reply"), ANSWERS.items())
def test_a_question_is_answered_from_what_the_home_tells(text: str, reply: str) -> None:
    assert answer(step_of(text), KNOWN, ENGLISH) == reply


def test_who_lets_somebody_in_is_asked() -> None:
    asked = ["unlock the front door", "open the garage door", "open the gate", "unlock the house"]
    assert all(needs_a_yes(step_of(text)) for text in asked)
    assert not any(
        needs_a_yes(step_of(text)) for text in ("lock the front door", "open the blinds", "turn on the light")
    )


@pytest.mark.parametrize(
    ("slots", "asked"),
    [
        ({"on": 0, "how": "unlock", "name": "باب أمامي"}, True),
        ({"on": 1, "how": "open", "name": "أبواب", "area": "كراج"}, True),
        ({"on": 1, "how": "lock", "name": "باب"}, False),
        ({"on": 1, "how": "open", "name": "ستائر"}, False),
    ],
)
def test_who_lets_somebody_in_is_asked_in_arabic_too(slots: dict[str, str | int], asked: bool) -> None:
    assert needs_a_yes(Step("home.turn", slots)) == asked


def test_kinds_of_things_are_known_in_arabic() -> None:
    assert call_for(Step("home.turn", {"on": 1, "name": "أضواء", "area": "بيت"})) == (
        "HassTurnOn",
        {"domain": ["light"]},
    )
    assert call_for(Step("home.turn", {"on": 0, "how": "close", "name": "ستائر", "area": "فوق"})) == (
        "HassTurnOff",
        {"floor": "فوق", "domain": ["cover"], "device_class": ["curtain"]},
    )


@pytest.mark.parametrize(
    ("intent", "slots", "said"),
    [
        ("home.turn", {"on": 1, "name": "ضوء", "area": "مطبخ"}, "تم تشغيل «ضوء مطبخ»."),
        ("home.turn", {"on": 0, "area": "صالة"}, "تم إيقاف كل شيء في «صالة»."),
        ("home.turn", {"on": 0, "how": "unlock", "name": "باب أمامي"}, "تم فتح قفل «باب أمامي»."),
        ("home.turn", {"how": "toggle", "name": "مروحة"}, "تم تبديل وضع «مروحة»."),
        ("home.set", {"percent": 40, "name": "نور"}, "تم ضبط «نور» على أربعين بالمئة."),
        ("home.set", {"colour": "red", "name": "نور"}, "لون «نور» الآن أحمر."),
        ("home.set", {"colour": "warm white", "name": "نور"}, "لون «نور» الآن أبيض دافئ."),
        ("home.set", {"temperature": 8}, "تم ضبط التدفئة على ثماني درجات."),
        ("home.set", {"temperature": 21, "area": "غرفة نوم"}, "تم ضبط الحرارة في «غرفة نوم» على إحدى وعشرين درجة."),
        ("home.run", {"name": "فيلم"}, "تم تشغيل «فيلم»."),
        ("home.media", {"do": "next"}, "حسنًا."),
    ],
)
def test_what_was_done_is_told_in_arabic(intent: str, slots: dict[str, str | int], said: str) -> None:
    assert told(Step(intent, slots), ARABIC) == said


@pytest.mark.parametrize(
    ("slots", "said"),
    [
        ({"state": "locked", "name": "باب أمامي"}, "وضع «باب أمامي» الآن: غير مقفل."),
        ({"state": "on", "name": "أضواء"}, "واحد من اثنين في وضع «قيد التشغيل»: ضوء السقف."),
        ({"state": "open", "name": "شباك"}, "وضع «شباك» الآن: مفتوح."),
        ({"what": "temperature"}, "الحرارة في «غرفة نوم» تسع عشرة فاصلة خمسة درجة."),
        ({"what": "humidity", "area": "حمام"}, "الرطوبة في «حمام» واحد وستون بالمئة."),
        ({"what": "brightness", "name": "ضوء", "area": "مطبخ"}, "سطوع «ضوء مطبخ» الآن خمسون بالمئة."),
        ({"state": "on", "name": "فرن"}, "لا أعرف شيئًا عن «فرن»."),
        ({"what": "temperature", "area": "قبو"}, "لا أعرف درجة الحرارة في «قبو»."),
    ],
)
def test_questions_are_answered_in_arabic(slots: dict[str, str | int], said: str) -> None:
    known = [
        Thing(("ضوء السقف",), "light", "on", ("مطبخ",), {"brightness": "128"}),
        Thing(("مصباح",), "light", "off", ("صالة",), {}),
        Thing(("باب أمامي",), "lock", "unlocked", ("صالة",), {}),
        Thing(("شباك الشرفة",), "binary_sensor", "on", ("مطبخ",), {"device_class": "window"}),
        Thing(("مدفأة",), "climate", "heat", ("غرفة نوم",), {"current_temperature": 19.5}),
        Thing(("رطوبة",), "sensor", "61", ("حمام",), {"device_class": "humidity"}),
    ]
    assert answer(Step("home.ask", slots), known, ARABIC) == said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        "- names: [",
        "- names:\n- 3",
        "Live Context: \n- names: " + "a, " * 100_000,
        '{"result": 5}',
        "[]",
    ],
)
def test_whatever_the_home_tells_is_read_or_left(text: str) -> None:
    assert all(isinstance(thing, Thing) for thing in things(text))


async def test_without_a_home_the_device_says_how_to_connect_one(tmp_path: Path) -> None:
    (tmp_path / "h").mkdir()
    async with running_device(DeviceConfig(), tmp_path / "h") as device:
        replies = replies_of(device)
        await watch(device.bus, device.ask("turn on the light")).until_finished()
        assert replies == ["I'm not connected to a home yet. Connect Home Assistant: the README says how."]


def replies_of(device) -> list[str]:
    replies: list[str] = []

    def note(happened: Happened) -> None:
        if isinstance(happened.event, Reply):
            replies.append(happened.event.text)

    device.bus.observe(note)
    return replies


async def house(home: Path, notes: Path) -> DeviceConfig:
    """The settings of a device that is allowed all tools of a house."""
    config = DeviceConfig(mcp={"home": Mcp(command=(sys.executable, str(PROGRAM), str(notes)))})
    server = Server("home", config.mcp["home"])
    write_allowed(home, Allowed(tools={"home": {tool.name: tool.fingerprint for tool in await server.tools()}}))
    await server.close()
    return config


async def test_louder_and_stop_are_about_the_music_where_it_was_put_on(tmp_path: Path) -> None:
    pytest.importorskip("mcp")
    home, notes = tmp_path / "h", tmp_path / "notes"
    home.mkdir()
    async with running_device(await house(home, notes), home) as device:
        routes: list[str] = []
        device.bus.observe(
            lambda happened: routes.append(happened.event.route) if isinstance(happened.event, Understood) else None
        )
        for text in ("louder", "play jazz in the kitchen", "louder", "stop", "go on", "stop", "louder"):
            await watch(device.bus, device.ask(text)).until_finished()
        assert device.voice.volume == 100  # 80 at first; twice it was the device's own voice that was meant
    assert [json.loads(line) for line in notes.read_text().splitlines()] == [
        ["HassMediaSearchAndPlay", {"search_query": "jazz", "area": "kitchen"}],
        ["HassSetVolumeRelative", {"volume_step": "up", "area": "kitchen"}],
        ["HassMediaPause", {"area": "kitchen"}],
        ["HassMediaUnpause", {"area": "kitchen"}],
        ["HassMediaPause", {"area": "kitchen"}],
    ]
    why = ["", "", " (music plays)", " (music plays)", " (music was paused)", " (music plays)", ""]
    assert routes == [f"grammar/device{reason}" for reason in why]


async def test_a_home_is_spoken_with(tmp_path: Path) -> None:
    pytest.importorskip("mcp")
    home, notes = tmp_path / "h", tmp_path / "notes"
    home.mkdir()
    async with running_device(await house(home, notes), home) as device:
        replies = replies_of(device)
        for text in (
            "turn on the kitchen light",
            "turn it off again",
            "is the front door locked",
            "unlock the front door",
            "yes",
            "unlock the back door",
            "no",
            "turn off the toaster",
            "dim the lights",
        ):
            await watch(device.bus, device.ask(text)).until_finished()
    assert replies == [
        "Kitchen light on.",
        "Kitchen light off.",
        "The front door is locked.",
        "Shall I unlock the front door?",
        "Front door unlocked.",
        "Shall I unlock the back door?",
        "Okay.",
        "Home couldn't do that.",
        "The tool HassLightSet isn't allowed.",
    ]
    assert [json.loads(line) for line in notes.read_text().splitlines()] == [
        ["HassTurnOn", {"area": "kitchen", "domain": ["light"]}],
        ["HassTurnOff", {"area": "kitchen", "domain": ["light"]}],
        ["HassTurnOff", {"name": "front door", "domain": ["lock"]}],
    ]
