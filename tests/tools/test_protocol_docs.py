"""What is written about the protocol is what the models say."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from protocol_examples import EXAMPLES, PAGE
from pydantic import TypeAdapter

from cloud_bridge import protocol
from tools import asyncapi

DOCS = Path(__file__).parents[2] / "docs"
EVERY = protocol.JobMessage | protocol.ResultMessage | protocol.Ack | protocol.DeviceStatus | protocol.BridgeStatus
BY_TYPE = {model.model_fields["type"].default: model for model in get_args(EVERY)}


def test_the_asyncapi_file_is_that_of_the_models() -> None:
    assert (DOCS / "asyncapi.yaml").read_text(encoding="utf-8") == asyncapi.render(), "python -m tools.asyncapi"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["type"])
def test_an_example_is_what_it_says_it_is(example: dict[str, Any]) -> None:
    parsed = TypeAdapter(EVERY).validate_json(json.dumps(example))
    assert type(parsed) is BY_TYPE[example["type"]]
    fields = type(parsed).model_fields
    assert set(example) <= set(fields), "a field that isn't known is ignored, and would be a mistake here"


def test_every_message_has_an_example_and_a_place_in_the_table_of_topics() -> None:
    assert {example["type"] for example in EXAMPLES} == set(BY_TYPE)
    table = PAGE.split("## Rules")[0]
    assert {name for name in BY_TYPE if f"`{name}`" not in table} == set()


def test_every_code_of_a_failure_is_explained() -> None:
    explained = set(re.findall(r"^\| `([a-z_]+)` \|", PAGE, re.MULTILINE))
    assert explained == set(get_args(protocol.FailureCode))
