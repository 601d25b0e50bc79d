"""The language model: what it says is data, whoever runs it."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from device.context import ContextEngine, PictureSeen, Step, Surroundings
from device.context.grammar import Grammar
from device.context.language_model import LanguageModel, read_tools
from device.context.language_servers import Asked, Elsewhere, Said
from device.context.surroundings import Question

AROUND = Surroundings(now=datetime(2026, 11, 22, 20, 40, tzinfo=UTC), pictures=(PictureSeen("p", "a red fox", None),))
INTENTS = {"picture.create", "picture.delete", "timer.set", "clock.time", "none"}


class Server:
    """Answers what the test wants, and keeps what it was asked."""

    def __init__(self) -> None:
        self.message: Any = {"content": ""}
        self.status = 200
        self.asked: list[dict[str, Any]] = []
        self.url = ""

    def calls(self, *calls: tuple[str, Any]) -> None:
        functions = [
            {"name": name, "arguments": given if isinstance(given, str) else json.dumps(given)} for name, given in calls
        ]
        self.message = {
            "content": None,
            "tool_calls": [
                {"id": str(n), "type": "function", "function": function} for n, function in enumerate(functions)
            ],
        }

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        if self.status != 200:
            return web.json_response({"error": {"message": "no"}}, status=self.status)
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", **self.message}}
        return web.json_response(
            {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
        )


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    yield server
    await runner.cleanup()


async def understood(server: Server, text: str = "something else") -> tuple[Step, ...]:
    model = LanguageModel(Elsewhere(url=server.url, model="m", key="", timeout_s=5), intents=INTENTS)
    try:
        return await model.understand(text, AROUND)
    finally:
        await model.close()


async def test_a_call_becomes_a_step(server: Server) -> None:
    server.calls(("picture_create", {"prompt": "a windmill"}), ("timer_set", {"minutes": 10, "name": "tea"}))
    steps = await understood(server, "I fancy a windmill, and tea in ten")
    assert [(step.intent, dict(step.slots)) for step in steps] == [
        ("picture.create", {"prompt": "a windmill"}),
        ("timer.set", {"minutes": 10, "name": "tea"}),
    ]
    assert {step.route for step in steps} == {"model/device"}


async def test_the_model_is_told_what_is_around_and_what_it_may_call(server: Server) -> None:
    await understood(server, "hello")
    (asked,) = server.asked
    assert "a red fox" in asked["messages"][0]["content"]
    assert asked["messages"][1]["content"] == "hello"
    assert {tool["function"]["name"] for tool in asked["tools"]} == {
        "picture_create",
        "picture_delete",
        "timer_set",
        "clock_time",
    }


async def test_an_answer_in_words_is_spoken_and_does_nothing(server: Server) -> None:
    server.message = {"content": "Paris is the\ncapital of France."}
    (step,) = await understood(server)
    assert (step.intent, step.slots) == ("chat.answer", {"text": "Paris is the capital of France."})


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("shell_run", {"command": "rm -rf /"}),
        ("control_mute", {"muted": 0}),
        ("picture_create", "{not json"),
        ("picture_create", "[1, 2]"),
        ("picture_create", {"prompt": 7}),
        ("picture_create", {"prompt": "   "}),
        ("timer_set", {"minutes": -3}),
        ("timer_set", {"minutes": 1e30}),
        ("timer_set", {"minutes": "soon"}),
    ],
)
async def test_a_call_of_anything_else_does_nothing(server: Server, name: str, arguments: Any) -> None:
    server.calls((name, arguments), ("clock_time", {}))
    assert await understood(server) == ()


async def test_slots_that_a_tool_does_not_have_are_left_out_and_long_ones_cut(server: Server) -> None:
    server.calls(("picture_create", {"prompt": "a " * 5000, "path": "/etc/passwd"}))
    (step,) = await understood(server)
    assert set(step.slots) == {"prompt"}
    assert len(str(step.slots["prompt"])) == 500


async def test_what_cannot_be_taken_back_is_asked_first(server: Server) -> None:
    server.calls(("picture_delete", {}))
    (step,) = await understood(server)
    assert step.intent == "dialogue.confirm"
    assert step.asks is not None
    engine, asked = ContextEngine(), Question(step.asks, ())
    around = Surroundings(now=AROUND.now, question=asked)
    assert engine.understand("yes, do it", surroundings=around).steps[0].intent == "picture.delete"
    assert engine.understand("no", surroundings=around).steps[0].intent == "dialogue.dropped"
    assert engine.understand("what time is it", surroundings=around).steps[0].intent == "clock.time"


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_a_server_that_fails_is_as_good_as_none(server: Server, status: int) -> None:
    server.status = status
    assert await understood(server) == ()


async def test_no_server_is_no_answer() -> None:
    model = LanguageModel(Elsewhere(url="http://127.0.0.1:9/v1", model="m", key="", timeout_s=1), intents=INTENTS)
    assert await model.understand("hello", AROUND) == ()
    await model.close()


class Says:
    """A language model that says what the test wants."""

    def __init__(self, *calls: tuple[str, object], words: str = "") -> None:
        self.said = Said(calls, words)
        self.asked: list[Asked] = []

    async def load(self, usual: Asked) -> None:
        self.asked.append(usual)

    async def say(self, asked: Asked) -> Said:
        self.asked.append(asked)
        return self.said

    async def close(self) -> None:
        pass


async def steps_of(*calls: tuple[str, object], intents: set[str] | None = None) -> list[tuple[str, dict[str, Any]]]:
    model = LanguageModel(Says(*calls), intents=intents or set(read_tools("en").tools))
    return [(step.intent, dict(step.slots)) for step in await model.understand("something else", AROUND)]


@pytest.mark.parametrize(
    ("call", "slots"),
    [
        (("quiet.set", {"on": True}), {"on": 1}),
        (("quiet.set", {"on": False, "until": "eight"}), {"on": 0, "until": "eight"}),
        (("home.media", {"do": "next"}), {"do": "next"}),
        (("control.volume", {"direction": "up"}), {"direction": "up"}),
        (("control.volume", {"percent": 40.4}), {"percent": 40}),
        (("history.asked", {"day": "yesterday"}), {"day": "yesterday"}),
    ],
)
async def test_a_slot_can_be_a_yes_or_one_of_some_words(call: tuple[str, object], slots: dict[str, Any]) -> None:
    assert await steps_of(call) == [(call[0], slots)]


@pytest.mark.parametrize(
    "call",
    [
        ("quiet.set", {"on": "perhaps"}),
        ("quiet.set", {"on": [True]}),
        ("quiet.set", {"until": "eight"}),
        ("home.media", {"do": "explode"}),
        ("home.media", {}),
        ("control.volume", {}),
        ("picture.edit", {}),
        ("memory.forget", {}),
        ("clock.time", None),
        ("control.mute", {"muted": 0}),
        ("privacy.offline", {"on": False}),
        ("privacy.child", {"on": False}),
    ],
)
async def test_a_call_that_means_nothing_or_is_no_tool_does_nothing(call: tuple[str, object]) -> None:
    assert await steps_of(call) == []
    assert await steps_of(call, ("clock.time", {})) == []


async def test_a_model_that_repeats_itself_is_not_believed() -> None:
    assert await steps_of(("device.doing", {}), ("clock.time", {}), ("device.doing", {})) == []
    assert len(await steps_of(("timer.set", {"minutes": 5}), ("timer.set", {"minutes": 6}))) == 2


@pytest.mark.parametrize(
    "call",
    [
        ("alarm.cancel", {"which": "all"}),
        ("reminder.cancel", {}),
        ("list.clear", {"list": "shopping"}),
        ("note.delete", {}),
        ("memory.forget", {"about": "Lina"}),
        ("picture.delete", {}),
        ("picture.send", {"to": "kitchen"}),
    ],
)
async def test_nothing_is_lost_by_a_guess(call: tuple[str, object]) -> None:
    ((intent, slots),) = await steps_of(call)
    assert intent == "dialogue.confirm"
    assert slots["what"]


async def test_a_model_that_may_not_answer_says_nothing() -> None:
    says = Says(words="Paris.")
    assert await LanguageModel(says, intents=INTENTS, answers=False).understand("and of France", AROUND) == ()
    assert not says.asked[0].answers
    assert "answer in one short sentence" not in says.asked[0].instructions
    (step,) = await LanguageModel(says, intents=INTENTS).understand("and of France", AROUND)
    assert step.slots == {"text": "Paris."}


async def test_a_model_is_made_ready_with_the_tools_that_every_sentence_brings() -> None:
    says = Says()
    model = LanguageModel(says, intents=INTENTS)
    await model.load()
    await model.understand("hello", AROUND)
    ready, asked = says.asked
    assert (ready.tools, ready.instructions) == (asked.tools, asked.instructions)
    assert {tool.name for tool in ready.tools} == {"picture.create", "picture.delete", "timer.set", "clock.time"}


def test_every_intent_with_sentences_is_a_tool_or_left_out_for_a_reason() -> None:
    table = read_tools("en")
    assert set(table.tools) | set(table.left_out) == set(Grammar("en")._intents.intents)
    assert not set(table.tools) & set(table.left_out)
    assert all(reason.strip() for reason in table.left_out.values())


def test_what_a_call_needs_is_among_its_slots() -> None:
    assert all(set(tool.needs) <= set(tool.slots) for tool in read_tools("en").tools.values())
