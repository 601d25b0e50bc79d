"""Looking things up: what servers may send, and what is made of it; and which words answer a question."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from answer_parts import NIGHT_WATCH, page, result

from cloud_bridge.cited import cited, renumbered, so_far
from cloud_bridge.config import Search
from cloud_bridge.extract import MOST_CHARS, extract, keywords, sentences, to_look_up
from cloud_bridge.listen import serve
from cloud_bridge.protocol import Exchange
from cloud_bridge.providers.search import Found, SearchFailed, Searching, searching

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(kind: str, handler: Handler, **more: object) -> AsyncIterator[Searching]:
    app = web.Application()
    app.router.add_get("/{language}/api", handler)
    async with serve(app, host="127.0.0.1", port=0) as url:
        settings = Search.model_validate({"kind": kind, "url": f"{url}/{{language}}/api", **more})
        one = searching(settings)
        try:
            yield one
        finally:
            await one.close()


def json_of(body: object) -> Handler:
    async def handler(_request: web.Request) -> web.StreamResponse:
        return web.json_response(body)

    return handler


async def test_a_wiki_is_asked_in_the_language_of_the_question() -> None:
    asked: list[web.Request] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(request)
        pages = [page("B", "second", 2), page("A", "first", 1), page("No beginning", "", 3)]
        return web.json_response({"query": {"pages": pages}})

    async with answering("mediawiki", handler, contact="ops@example.org") as wiki:
        found = await wiki.find("night", language="de", child=False)
        assert await wiki.check() is None
    assert [one.title for one in found] == ["A", "B"]
    assert asked[0].path == "/de/api"
    assert asked[0].headers["User-Agent"] == "nightjar-bridge/1 (ops@example.org)"
    assert {"generator": "search", "exintro": "1", "explaintext": "1"}.items() <= asked[0].query.items()


async def test_what_was_found_is_stripped_of_everything_but_words() -> None:
    content = "<p>It &amp; that\u202e \x00</p>\n\nNext &lt;b&gt; line" + " long" * 1000
    found = [result("<i>T</i>itle" * 100, "https://www.a.example/x", content)]
    async with answering("searxng", json_of({"results": found})) as searx:
        (one,) = await searx.find("x", language="en", child=False)
    assert one.words.startswith("It & that Next <b> line long")
    assert (len(one.title), len(one.words), one.site) == (200, 1500, "a.example")


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "ftp://a.example/", "https://", "http://[broken", "https://a.example/a b", "", "x" * 3000],
)
async def test_what_has_no_address_that_can_be_opened_is_left_out(address: str) -> None:
    async with answering("searxng", json_of({"results": [result("T", address, "words")]})) as searx:
        assert await searx.find("x", language="en", child=False) == []


async def redirect(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("http://127.0.0.1:1/inside")


async def too_much(_request: web.Request) -> web.StreamResponse:
    return web.Response(body=b'"' + b"x" * 2_000_000 + b'"')


async def no_json(_request: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>")


@pytest.mark.parametrize(
    "handler",
    [redirect, too_much, no_json, json_of([1]), json_of({"results": 3, "query": {"pages": {"a": 1}}})],
)
@pytest.mark.parametrize("kind", ["mediawiki", "searxng"])
async def test_an_answer_that_makes_no_sense_is_one_plain_failure(kind: str, handler: Handler) -> None:
    async with answering(kind, handler, name="The finder") as one:
        with pytest.raises(SearchFailed, match=r"^The finder "):
            await one.find("x", language="en", child=False)


async def test_a_wiki_that_refuses_is_a_failure_and_one_that_finds_nothing_is_not() -> None:
    async with answering("mediawiki", json_of({"error": {"code": "badvalue"}})) as wiki:
        with pytest.raises(SearchFailed):
            await wiki.find("x", language="en", child=False)
    async with answering("mediawiki", json_of({"batchcomplete": True})) as wiki:
        assert await wiki.find("x", language="en", child=False) == []


def found(title: str, words: str) -> Found:
    return Found(title, "https://a.example/", "a.example", words)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("who painted the night watch", ["painted", "night", "watch"]),
        ("How long do I boil an egg?", ["boil", "egg"]),
        ("tell me about black holes", ["black", "holes"]),
        ("what's Italy's capital", ["italy", "capital"]),
    ],
)
def test_what_a_question_is_about(question: str, words: list[str]) -> None:
    assert keywords(question) == words


@pytest.mark.parametrize(
    ("question", "sought"),
    [
        ("and how tall is it", "eiffel tower tall"),
        ("what about lyon", "eiffel tower lyon"),
        ("who painted the night watch", "painted night watch"),
        ("why", "eiffel tower"),
        ("is it true that ostriches bury their heads", "true ostriches bury heads"),
    ],
)
def test_a_question_that_points_back_is_looked_up_with_what_came_before(question: str, sought: str) -> None:
    assert to_look_up(question, [Exchange(question="where is the Eiffel Tower", answer="In Paris.")]) == sought


def test_the_sentence_that_answers_is_said_and_not_only_the_first() -> None:
    best = extract("wide night watch", [found("Night", "Night is dark."), found("The Night Watch", NIGHT_WATCH)])
    assert best is not None
    assert best[0].endswith("437 cm wide.")


def test_what_is_about_something_else_is_no_answer() -> None:
    assert extract("painted night watch", [found("Egg", "An egg is laid by a hen.")]) is None
    assert extract("anything", []) is None


def test_a_long_extract_is_cut_at_a_word() -> None:
    best = extract("egg", [found("Egg", "An egg " + "and another " * 100)])
    assert best is not None
    assert len(best[0]) <= MOST_CHARS
    assert best[0].endswith(("and …", "another …"))


def test_an_initial_ends_no_sentence() -> None:
    assert sentences("J. S. Bach was born in St. Gallen. He died.") == [
        "J. S. Bach was born in St. Gallen.",
        "He died.",
    ]


ANSWER = "Rembrandt painted it [2]. **See** https://x.org/a [7]. Also [1, 2] and [the page](http://evil) done【2】."


def test_citations_of_what_is_not_there_links_and_markup_are_taken_out() -> None:
    clean = cited(ANSWER, 2)
    assert clean == "Rembrandt painted it [2]. See. Also [1][2] and the page done [2]."
    assert renumbered(clean) == ("Rembrandt painted it [1]. See. Also [2][1] and the page done [1].", [2, 1])


def test_what_was_told_of_an_answer_is_never_taken_back() -> None:
    told = ""
    for end in range(len(ANSWER) + 1):
        now = so_far(ANSWER[:end], 2)
        assert now.startswith(told)
        told = now
    assert cited(ANSWER, 2).startswith(told)
    assert len(told) > 40
