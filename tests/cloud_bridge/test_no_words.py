"""Nothing of what people ask for, or get, is in a log, a metric, a trace or on the status page, whatever goes wrong."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from aiohttp import web
from bridge_parts import WITHIN_S, Provider, bridge_toml, device, error, events, json_answer, request
from test_openai_images import COMPLETED, hang_up, partial
from test_operations import get, until
from test_traces import collecting

from cloud_bridge.broker import Broker
from cloud_bridge.protocol import Accepted, Cancel, Failed, Final, device_topic, encode
from device.trace import traceparent
from nightjar.cli import main

WORD = "quokka"


async def nonsense(_request: web.Request, _body: dict) -> web.StreamResponse:
    return web.Response(text=f'{{"data": [{{"b64_json": "{WORD}"', content_type="application/json")


async def no_picture(_request: web.Request, _body: dict) -> web.StreamResponse:
    return await json_answer({"created": 1, "data": [{"b64_json": WORD, "revised_prompt": WORD}]})


async def events_that_break(request: web.Request, body: dict) -> web.StreamResponse:
    progress = {"type": "nightjar.progress", "fraction": 0.5, "said": WORD}
    fault = {"type": "error", "error": {"message": WORD, "code": WORD, "type": WORD}}
    return await events(progress, partial(0, "blue"), fault)(request, body)


ANSWERS = [
    events({"type": "nightjar.progress", "fraction": 0.5}, partial(0, "blue"), COMPLETED | {"revised_prompt": WORD}),
    error(400, "moderation_blocked", f"a rude {WORD}"),
    error(500, WORD, WORD),
    error(403, None, f"{WORD} is not verified"),
    nonsense,
    no_picture,
    events_that_break,
    hang_up,
]
BROKEN = [
    f"{WORD}".encode(),
    json.dumps({"type": WORD, "job": WORD, "prompt": WORD}).encode(),
    json.dumps({"type": "image.create", "prompt": [WORD], "turn": WORD, "width": WORD, WORD: WORD}).encode(),
    json.dumps({"type": "chat", "question": {WORD: WORD}, "language": WORD, "context": WORD}).encode(),
]


async def all_that_can_happen(lamp, provider: Provider) -> None:
    provider.answers = list(ANSWERS)
    for _ in ANSWERS:
        wish = request(f"a {WORD} on a bicycle")
        await lamp.send(wish.model_copy(update={"trace": traceparent(wish.turn, wish.job)}))
        async with asyncio.timeout(WITHIN_S):
            while not any(isinstance(m, Final | Failed) and m.job == wish.job for m in lamp.heard):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await lamp.send(wish.model_copy(update={"prompt": f"another {WORD}"}))
        await lamp.ack(wish.job)
    waiting = request(WORD, valid_s=-1)
    await lamp.send(waiting)
    await lamp.hears(Failed, waiting.job)
    await lamp.send(Cancel(job=waiting.job))
    for body in BROKEN:
        await lamp.send(body)
        for leaf in ("acks", "status"):
            await lamp.link.publish(device_topic("lamp", leaf), body)
    last = request(f"the last {WORD}")
    await lamp.send(last)
    await lamp.hears(Accepted, last.job)
    await lamp.hears(Final, last.job)


async def test_no_word_is_where_it_does_not_belong(
    tmp_path: Path, broker: Broker, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log"
    async with collecting() as (collector, url):
        config = bridge_toml(
            tmp_path,
            broker,
            provider.url,
            'extensions = ["progress"]',
            "[traces]",
            f'endpoint = "{url}"',
            "ratio = 1.0",
        )
        with log.open("wb") as errors:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "nightjar", "--verbose", "bridge", "--config", str(config)),
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                env=os.environ | {"NIGHTJAR_HOME": str(tmp_path)},
            )
        try:
            assert process.stdout is not None
            status = json.loads(await process.stdout.readline())["status"]
            await until(lambda: get(f"{status}/ready"), lambda answer: answer[0] == 200)
            async with device(broker) as lamp:
                await all_that_can_happen(lamp, provider)
            seen = [
                (await get(status + path))[1] for path in ("/", "/metrics", "/status.json", "/incidents.rss", "/ready")
            ]
            for command in ([], ["--json"]):
                await asyncio.to_thread(main, ["bridge", "--config", str(config), "jobs", *command])
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()
    seen += [log.read_text(), *capsys.readouterr(), collector.bodies.decode("latin-1")]
    assert all(WORD in asked["prompt"] for asked in provider.requests)
    assert len(provider.requests) == len(ANSWERS) + 1
    assert "was refused" in log.read_text()
    assert [WORD in text for text in seen] == [False] * len(seen), [
        t[t.index(WORD) - 300 :][:500] for t in seen if WORD in t
    ]
    assert not (tmp_path / "errors.log").exists()
    assert encode(request(WORD)).count(WORD.encode()) == 1
