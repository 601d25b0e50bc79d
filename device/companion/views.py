"""What the page receives, as JSON. Paths of this machine stay here; the page gets addresses."""

import json
from collections.abc import Mapping
from typing import Any

from device.companion.pairing import Session
from device.gallery import Picture, Version
from device.recorder import TurnRecord


def media_url(version_id: str) -> str:
    """Where the page fetches an image."""
    return f"/media/{version_id}"


def event_json(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event as the journal has it, with an address instead of a path."""
    body = {key: value for key, value in event.items() if key != "path"}
    if event["event"] == "artifact":
        body["src"] = media_url(event["artifact"])
    return body


def event_sse(event: Mapping[str, Any]) -> bytes:
    """The event as the page's EventSource reads it; its id is where to resume."""
    body = json.dumps(event_json(event), ensure_ascii=False, separators=(",", ":"))
    return f"id: {event['seq']}\ndata: {body}\n\n".encode()


def turn_json(turn: TurnRecord) -> dict[str, Any]:
    """A turn for the waterfall."""
    return {
        "turn": turn.turn,
        "began_at": turn.began_at,
        "heard": turn.heard,
        "reply": turn.reply,
        "events": [{"event": name, "at_ms": at_ms} for name, at_ms, _ in turn.events],
    }


def picture_json(picture: Picture) -> dict[str, Any]:
    """A picture with its versions, the best of them named."""
    best = picture.best
    return {
        "id": picture.id,
        "prompt": picture.prompt,
        "parent": picture.parent,
        "others": list(picture.others),
        "photo": picture.source,
        "turn": picture.turn,
        "created_at": picture.created_at,
        "best": best.id if best else None,
        "versions": [_version_json(version) for version in picture.versions],
    }


def phone_json(session: Session, *, this: str) -> dict[str, Any]:
    """A paired phone; `this` is the id of the session that asks."""
    return {
        "id": session.id,
        "name": session.name,
        "called": session.called,
        "paired_at": session.paired_at,
        "this": session.id == this,
    }


def _version_json(version: Version) -> dict[str, Any]:
    return {
        "id": version.id,
        "stage": version.stage,
        "engine": version.engine,
        "src": media_url(version.id),
        "media_type": version.media_type,
        "width": version.width,
        "height": version.height,
        "created_at": version.created_at,
    }
