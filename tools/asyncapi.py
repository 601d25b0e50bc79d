"""Writes `docs/asyncapi.yaml`: the protocol between device and bridge as AsyncAPI 3.0, from the models themselves.

`python -m tools.asyncapi` rewrites it; a test holds that it is up to date. https://www.asyncapi.com/docs/reference
"""

import sys
from pathlib import Path
from types import UnionType
from typing import Any, get_args

import yaml
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from cloud_bridge import protocol

FILE = Path(__file__).parent.parent / "docs" / "asyncapi.yaml"
SCHEMAS = "#/components/schemas/{model}"
Messages = type[BaseModel] | UnionType

# Channel, the leaf of its topic, what goes there, whether it is retained, and what the device does with it.
DEVICE: tuple[tuple[str, str, Messages, bool, str], ...] = (
    ("jobs", "What the device wants: jobs, uploads, cancellations.", protocol.JobMessage, False, "send"),
    ("results", "What becomes of it.", protocol.ResultMessage, False, "receive"),
    ("acks", "The end of a job is stored on the device.", protocol.Ack, False, "send"),
    ("status", "Whether the device is there; also its last will.", protocol.DeviceStatus, True, "send"),
)
BRIDGE = ("bridge", "What can be had of the bridge; also its last will.", protocol.BridgeStatus, True, "receive")


def models(messages: Messages) -> tuple[type[BaseModel], ...]:
    """The models of a channel, in their order."""
    return get_args(messages) if isinstance(messages, UnionType) else (messages,)


def render() -> str:
    """The whole file."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    known: list[type[BaseModel]] = []
    topics = [(*each, f"devices/{{device}}/{each[0]}", "device") for each in DEVICE]
    for name, about, messages, retain, action, topic, who in [*topics, (*BRIDGE, "bridges/{bridge}/status", "bridge")]:
        found = models(messages)
        known += found
        channels[name] = {
            "address": f"{protocol.TOPIC_ROOT}/{topic}",
            "description": about,
            "parameters": {who: {"description": f"The {who}'s name: {protocol.DEVICE_NAME}"}},
            "messages": {model.__name__: {"$ref": f"#/components/messages/{model.__name__}"} for model in found},
        }
        operations[f"{action}-{name}"] = {
            "action": action,
            "channel": {"$ref": f"#/channels/{name}"},
            "summary": about,
            "bindings": {"mqtt": {"qos": 1, "retain": retain, "bindingVersion": "0.2.0"}},
        }
    _, schemas = models_json_schema([(model, "validation") for model in known], ref_template=SCHEMAS)
    document = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Nightjar: device and bridge",
            "version": "1",
            "description": f"MQTT 5, QoS 1, JSON of at most {protocol.MAX_BODY_BYTES} bytes; what isn't known in a "
            "message is ignored. Operations are the device's. docs/protocol.md explains it.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {model.__name__: _message(model) for model in known},
            "schemas": schemas["$defs"],
        },
    }
    head = "# The protocol between device and bridge, written by `python -m tools.asyncapi` from the models.\n"
    return head + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


def _message(model: type[BaseModel]) -> dict[str, Any]:
    return {
        "name": model.model_fields["type"].default,
        "summary": (model.__doc__ or "").splitlines()[0],
        "payload": {"$ref": SCHEMAS.format(model=model.__name__)},
    }


def main() -> int:
    """Write the file."""
    FILE.write_text(render(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
