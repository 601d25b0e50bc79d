"""The status page: what it says, and that a person sees it."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from bridge_parts import Provider, bridge_toml
from test_incident_history import NOW
from test_operations import bridge, get

from cloud_bridge.broker import Broker
from cloud_bridge.condition import Incident, State
from cloud_bridge.history import DAY_S, DAYS, Row, days, up_share
from cloud_bridge.status_page import Queue, Status, as_html, as_json, as_rss, lasted

HOUR_S = 3600.0


def row(what: str, state: State, reason: str, incidents: list[Incident], since: float) -> Row:
    mine = [one for one in incidents if one.what in (what, "bridge")]
    known = NOW - 80 * DAY_S
    return Row(what, state, since, reason, days(mine, since=known, now=NOW), up_share(mine, since=known, now=NOW))


def some_trouble() -> Status:
    incidents = [
        Incident("chat", NOW - 1500, "down", "OpenAI can't be reached at the moment."),
        Incident("image", NOW - 2 * DAY_S, "degraded", "Many of the jobs failed.", ended=NOW - 2 * DAY_S + 900),
        Incident("bridge", NOW - 31 * DAY_S, "down", "The bridge was stopped.", ended=NOW - 31 * DAY_S + 3 * HOUR_S),
    ]
    return Status(
        bridge="main",
        now=NOW,
        going=False,
        rows=[
            row("image", "up", "", incidents, NOW - 2 * DAY_S + 900),
            row("chat", "down", "OpenAI can't be reached at the moment.", incidents, NOW - 1500),
            row("search", "up", "", incidents, NOW - 31 * DAY_S),
            row("broker", "up", "", incidents, NOW - 31 * DAY_S),
        ],
        queue=Queue(3, 21.0, 0.0),
        incidents=incidents,
        known_since=NOW - 80 * DAY_S,
    )


def test_it_says_what_is_wrong_first() -> None:
    html = as_html(some_trouble())
    assert "<h1>Questions: not working.</h1>" in html
    assert "OpenAI can&#x27;t be reached at the moment." in html
    assert "3 jobs are open. A picture waits about 21\N{NO-BREAK SPACE}s, an answer not at all." in html
    assert html.count("<article") == 4
    assert html.count(' title="') - 1 == 4 * DAYS
    assert "<script" not in html


def test_json_and_rss_say_the_same() -> None:
    status = some_trouble()
    told = json.loads(json.dumps(as_json(status)))
    assert told["state"] == "down"
    assert [(one["what"], one["state"]) for one in told["capabilities"]] == [
        ("image", "up"),
        ("chat", "down"),
        ("search", "up"),
        ("broker", "up"),
    ]
    assert told["incidents"][0]["ended"] is None
    channel = ET.fromstring(as_rss(status, url="http://bridge/")).find("channel")
    assert channel is not None
    titles = [item.findtext("title") for item in channel.iter("item")]
    assert titles == ["Questions: not working", "Pictures: works badly", "The bridge itself: not working"]


def test_nothing_in_a_sentence_becomes_markup() -> None:
    nasty = Incident("chat", NOW - 50, "down", "<img src=x onerror=alert(1)> & more")
    status = Status("main", NOW, False, [row("chat", "down", nasty.reason, [nasty], NOW)], Queue(0, 0, 0), [nasty], NOW)
    assert "<img" not in as_html(status)
    assert "<img" not in as_rss(status, url="http://bridge/")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-1, "0 s"), (99, "99 s"), (100, "2 min"), (3540, "59 min"), (3600, "1 h"), (7500, "2 h 5 min"), (4e5, "4 days")],
)
def test_how_long_something_took_is_said_shortly(seconds: float, words: str) -> None:
    assert lasted(seconds).replace("\N{NO-BREAK SPACE}", " ") == words


async def test_a_real_bridge_shows_its_page(tmp_path: Path, broker: Broker, provider: Provider) -> None:
    async with bridge(bridge_toml(tmp_path, broker, provider.url)) as (_, url):
        status, page = await get(url + "/")
        assert (status, "Pictures" in page, "Questions" in page) == (200, True, False)
        assert (await get(f"{url}/status.css"))[0] == 200
        told = json.loads((await get(f"{url}/status.json"))[1])
        assert {one["what"] for one in told["capabilities"]} == {"image", "edit", "broker"}
        assert (await get(f"{url}/incidents.rss"))[0] == 200
