"""Skills that others wrote: loaded when the owner allowed them, and never in the device's way."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from packages import install, install_coffee

from device.allowed import NAME, Allowed, AllowedError, read_allowed, write_allowed
from device.config import DeviceConfig
from device.context import ContextEngine, Surroundings
from device.events import Happened, Reply
from device.progress import watch
from device.running import running_device
from device.skills.installed import allowed_skills, skills_of_others

SURROUNDINGS = Surroundings(now=datetime(2026, 11, 26, 9, 0, tzinfo=UTC))
ORDER = "get me a large latte with two shots of espresso and oat milk"
SKILL = """
from nightjar.skills import Skill
class Made(Skill):
    api = {api}
    intents = frozenset({intents})
    leaves = frozenset({leaves})
    sentences = {sentences!r}
    async def run(self, step, turn):
        await turn.say("done")
"""
SENTENCES = "{intents: {demo.act: {data: [{sentences: ['%s']}]}}}"


def code(
    sentences: str = SENTENCES % "do the demo", *, api: int = 1, intents: str = "{'demo.act'}", leaves: str = ""
) -> str:
    return SKILL.format(api=api, intents=intents, leaves=leaves, sentences=sentences)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory of packages that Python finds; what was imported from it is forgotten."""
    path = tmp_path / "site"
    path.mkdir()
    monkeypatch.syspath_prepend(str(path))
    before = set(sys.modules)
    yield path
    for module in set(sys.modules) - before:
        if str(path) in str(getattr(sys.modules[module], "__file__", "")):
            del sys.modules[module]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "home"
    path.mkdir(exist_ok=True)
    return path


def complaint(site_packages: dict[str, str]) -> str:
    """What is said of the only package there is."""
    ready, complaints = allowed_skills(site_packages, taken=ContextEngine().families)
    assert not ready
    (only,) = complaints
    return only


def understood(context: ContextEngine, text: str) -> str:
    return context.understand(text, surroundings=SURROUNDINGS).steps[0].intent


async def said(home: Path, text: str) -> list[str]:
    """What a device in `home` replies."""
    replies: list[str] = []

    def note(happened: Happened) -> None:
        if isinstance(happened.event, Reply):
            replies.append(happened.event.text)

    async with running_device(DeviceConfig(), home) as device:
        device.bus.observe(note)
        await watch(device.bus, device.ask(text)).until_finished()
    return replies


async def test_an_allowed_skill_takes_an_order(site: Path, home: Path) -> None:
    install_coffee(site)
    write_allowed(home, Allowed(skills={"coffee-skill": "0.1.0"}))
    assert await said(home, ORDER) == ["Coming up: large latte with double shot and oat milk."]


async def test_without_the_owners_word_nothing_of_it_is_imported(site: Path, home: Path) -> None:
    install_coffee(site)
    (reply,) = await said(home, ORDER)
    assert reply.startswith("Sorry, I can't do that yet")
    assert "coffee_skill" not in sys.modules


def test_another_version_asks_again(site: Path) -> None:
    install_coffee(site, version="0.2.0")
    assert complaint({"coffee-skill": "0.1.0"}) == (
        "The skill coffee-skill was allowed as 0.1.0, but this is 0.2.0; "
        "`nightjar skills allow coffee-skill` allows it."
    )
    assert "coffee_skill" not in sys.modules


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("import no_such_module_at_all", "ModuleNotFoundError: No module named 'no_such_module_at_all'"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("Made = 7", "It is no Skill"),
        (code(api=2), "written for edition 2 of nightjar.skills; this is edition 1"),
        (code(intents="{'picture.create'}"), 'Its intents must begin with "demo."'),
        (code(intents="{'demo.act', 'control.stop'}"), 'Its intents must begin with "demo."'),
        (code(leaves="{'everything'}"), "It says that everything may leave"),
        (code("["), "Its sentences are no YAML"),
        (code("nothing: here"), "Its sentences name no intents"),
        (code(SENTENCES % "do {what}"), "a list 'what' that isn't there"),
        (code(SENTENCES % "do <it>"), "a rule 'it' that isn't there"),
        (code(SENTENCES % "do (this"), "Its sentences can't be read"),
        (code("{expansion_rules: {a: <a>}, " + (SENTENCES % "<a>")[1:]), "round in circles"),
        (code((SENTENCES % "stop").replace("demo.act", "control.stop")), 'it must begin with "demo."'),
        (code((SENTENCES % "go").replace("demo.act", "demo.other")), "which the skill doesn't carry out"),
        (code("missing.yaml"), "Its sentences missing.yaml can't be read"),
    ],
)
def test_a_broken_skill_is_told_of_in_a_sentence(site: Path, broken: str, why: str) -> None:
    install(site, "demo-skill", "demo", broken)
    assert why in complaint({"demo-skill": "0.1.0"})


def test_a_skill_may_not_take_the_name_of_the_devices_own(site: Path) -> None:
    install(site, "demo-skill", "demo", code(intents="{'picture.act'}"), name="picture")
    assert complaint({"demo-skill": "0.1.0"}) == "The skill demo-skill is not used. 'picture' can't be a skill's name."


async def test_a_broken_skill_keeps_neither_the_device_nor_another_skill_from_working(site: Path, home: Path) -> None:
    install_coffee(site)
    install(site, "demo-skill", "demo", "1 / 0")
    write_allowed(home, Allowed(skills={"coffee-skill": "0.1.0", "demo-skill": "0.1.0"}))
    assert await said(home, "a small cappuccino") == ["Coming up: small cappuccino."]
    assert (await said(home, "volume five")) == ["Okay, 50 percent."]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("stop", "control.stop"),
        ("what time is it", "clock.time"),
        ("draw a castle", "picture.create"),
        ("make the volume louder", "control.volume"),
        ("set a timer for ten minutes", "timer.set"),
        ("do the demo", "demo.act"),
        ("make me a castle", "demo.act"),  # of ours a guess, of theirs word for word
        ("make me a fox", "picture.create"),
        ("tell me a secret", "demo.act"),
    ],
)
def test_what_the_device_itself_understands_comes_first(site: Path, home: Path, text: str, intent: str) -> None:
    sentences = (
        "{lists: {x: {wildcard: true}}, intents: {demo.act: {data: [{sentences: [do the demo, stop, what time is it, "
        "'draw {x}', draw a castle, '(make|set) {x}', make me a castle, 'tell me {x}']}]}}}"
    )
    install(site, "demo-skill", "demo", code(sentences))
    write_allowed(home, Allowed(skills={"demo-skill": "0.1.0"}))
    context = ContextEngine()
    assert len(skills_of_others(home, context)) == 1
    assert understood(context, text) == intent


def test_what_a_skill_knows_word_for_word_is_expected(site: Path, home: Path) -> None:
    install_coffee(site)
    write_allowed(home, Allowed(skills={"coffee-skill": "0.1.0"}))
    context = ContextEngine()
    assert not context.expected().is_command("a small cappuccino")
    skills_of_others(home, context)
    assert context.expected().is_command("a small cappuccino")
    assert not context.whole("a small cappuccino")  # its sentences say that milk may follow


def test_a_whole_sentence_of_a_skill_ends_a_turn_early(site: Path, home: Path) -> None:
    install(site, "demo-skill", "demo", code())
    write_allowed(home, Allowed(skills={"demo-skill": "0.1.0"}))
    context = ContextEngine()
    skills_of_others(home, context)
    assert context.whole("do the demo")


async def test_an_installed_skill_speaks_and_publishes_nothing(site: Path, home: Path) -> None:
    mean = code().replace('await turn.say("done")', 'turn.publish(object()); await turn.say("x" * 10_000)')
    install(site, "demo-skill", "demo", mean.replace("object()", "__import__('device.events').events.SoundWorks()"))
    write_allowed(home, Allowed(skills={"demo-skill": "0.1.0"}))
    (reply,) = await said(home, "do the demo")
    assert reply == "x" * 600


def test_what_is_allowed_is_written_whole_and_for_the_owner_alone(home: Path) -> None:
    assert read_allowed(home) == Allowed()
    write_allowed(home, Allowed(skills={"a": "1"}))
    assert read_allowed(home).skills == {"a": "1"}
    assert (home / NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "{", '{"skills": 3}', '{"other": {}}', "\x00" * 100])
async def test_a_damaged_list_allows_nothing(site: Path, home: Path, content: str) -> None:
    install_coffee(site)
    (home / NAME).write_text(content)
    with pytest.raises(AllowedError, match="nothing of others is used"):
        read_allowed(home)
    assert skills_of_others(home, ContextEngine()) == []
