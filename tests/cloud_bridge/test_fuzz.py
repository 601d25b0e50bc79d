"""Whatever comes in at a door: what fuzzing once found, and messages that are nearly right."""

import asyncio
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from bridge_desk import Desk
from hypothesis import given, settings
from hypothesis import strategies as st
from protocol_examples import EXAMPLES

from cloud_bridge import protocol
from cloud_bridge.protocol import ProtocolError, device_topic
from tools import fuzz

KEPT = [(name, path) for name in fuzz.targets() for path in sorted(fuzz.seeds(name).iterdir())]
# Half a surrogate pair is legal in JSON and not in UTF-8.
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("\ud800") | st.just(10**400),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@st.composite
def nearly_right(draw: st.DrawFn) -> bytes:
    """A message of the protocol in which some things are something else, or missing; or cut off."""
    message: Any = json.loads(json.dumps(draw(st.sampled_from(EXAMPLES))))
    for _ in range(draw(st.integers(0, 3))):
        inside: Any = message
        while isinstance(inside, dict | list) and inside:
            key = draw(st.sampled_from(list(inside) if isinstance(inside, dict) else range(len(inside))))
            if isinstance(inside[key], dict | list) and draw(st.booleans()):
                inside = inside[key]
                continue
            if isinstance(inside, dict) and draw(st.booleans()):
                del inside[key]
            else:
                inside[key] = draw(ANYTHING)
            break
    body = json.dumps(message).encode()
    return body[: draw(st.integers(0, len(body)))] if draw(st.booleans()) else body


@pytest.mark.parametrize(("name", "path"), KEPT, ids=lambda each: getattr(each, "name", each))
def test_what_was_found_interesting_breaks_nothing(name: str, path: Path) -> None:
    fuzz.targets()[name](path.read_bytes())


@given(body=nearly_right() | st.binary(max_size=300))
def test_a_message_is_understood_or_refused_in_one_plain_sentence(body: bytes) -> None:
    for parse in (protocol.parse_job, protocol.parse_result, protocol.parse_ack, protocol.parse_bridge_status):
        refused = ""
        try:
            message = parse(body)
        except ProtocolError as error:
            refused = str(error)
        else:
            assert parse(protocol.encode(message)) == message
        assert "\n" not in refused


@pytest.mark.parametrize("depth", [100, 100_000])
def test_a_message_that_is_nested_deeply_is_refused(depth: int) -> None:
    body = b'{"type":"cancel","job":' + b"[" * (depth // 2)
    with pytest.raises(ProtocolError):
        protocol.parse_job(body)


@settings(max_examples=25)
@given(
    bodies=st.lists(
        st.tuples(st.sampled_from(("jobs", "acks", "status", "results", "x")), nearly_right()), min_size=1, max_size=12
    )
)
def test_whatever_a_device_sends_the_front_desk_goes_on_and_others_are_served(bodies: list[tuple[str, bytes]]) -> None:
    async def day() -> None:
        desk = Desk(Path(directory))
        try:
            for leaf, body in bodies:
                before = desk.happened.count("ack")
                await desk.arrives(f"nightjar/v1/devices/stranger/{leaf}", body)
                assert desk.happened.count("ack") > before, "it would come again and again"
            desk.sent.clear()
            wish = await desk.asked()
            assert [topic for topic, _ in desk.sent] == [device_topic("lamp", "results")]
            assert await desk.state_of(wish) == ("queued", 0)
        finally:
            await desk.close()

    with TemporaryDirectory() as directory:
        asyncio.run(day())
