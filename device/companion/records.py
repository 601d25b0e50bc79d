"""What the device keeps of its owner, for reading, deleting and taking along: facts, conversations, the audit log.

Lists, notes, alarms and reminders have routes of their own (`papers`, `coming`); they are taken along here, too.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from math import inf
from time import time
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from device.answers import KeptAnswer
from device.companion.coming import entry_json
from device.companion.guard import sentence
from device.history import Said, Sent
from device.kept import Kept
from device.memory import MAX_FACTS, Fact

PAGE_LENGTH = 50
"""Turns, or lines of the audit log, that one answer has."""


class _Forget(BaseModel):
    model_config = ConfigDict(extra="forbid")

    facts: Annotated[list[Annotated[int, Field(ge=1, lt=2**53)]], Field(max_length=MAX_FACTS)] | Literal["all"]
    """Numbers of facts, or all of them."""


class _Before(BaseModel):
    before: Annotated[float, Field(ge=0, allow_inf_nan=False)] = inf
    """Unix seconds: only what is older."""


class Records:
    """The routes of `/api/memory`, `/api/history`, `/api/sent` and `/api/export`."""

    def __init__(self, kept: Kept, *, unix_time: Callable[[], float] = time) -> None:
        self._kept, self._unix_time = kept, unix_time

    def routes(self) -> list[web.RouteDef]:
        """For the page's application, whose guard lets paired phones alone through."""
        return [
            web.get("/api/memory", self._get_facts),
            web.post("/api/memory/forget", self._post_forget),
            web.get("/api/history", self._get_history),
            web.post("/api/history/delete", self._post_delete),
            web.get("/api/sent", self._get_sent),
            web.get("/api/export", self._get_export),
        ]

    async def _get_facts(self, _request: web.Request) -> web.Response:
        return _private({"facts": [asdict(fact) for fact in self._kept.memory.facts()]})

    async def _post_forget(self, request: web.Request) -> web.Response:
        try:
            wanted = _Forget.model_validate_json(await _json_text(request)).facts
        except ValidationError:
            return sentence(400, 'Say which facts to forget: a list of their numbers, or "all".')
        facts = self._kept.memory.facts()
        gone = await self._kept.memory.forget(fact for fact in facts if wanted == "all" or fact.n in wanted)
        return _private({"forgotten": gone})

    async def _get_history(self, request: web.Request) -> web.Response:
        before = _before(request)
        if before is None:
            return sentence(400, "The time to read back from must be a number of seconds.")
        turns = await self._kept.history.said(end=before, limit=PAGE_LENGTH)
        return _private({"turns": [asdict(turn) for turn in reversed(turns)]})

    async def _post_delete(self, request: web.Request) -> web.Response:
        await _json_text(request)
        await self._kept.history.delete()
        return _private({"deleted": True})

    async def _get_sent(self, request: web.Request) -> web.Response:
        before = _before(request)
        if before is None:
            return sentence(400, "The time to read back from must be a number of seconds.")
        lines = await self._kept.history.sent(end=before, limit=PAGE_LENGTH)
        return _private({"sent": [asdict(line) for line in reversed(lines)]})

    async def _get_export(self, _request: web.Request) -> web.Response:
        now, wall, kept = self._unix_time(), self._kept.agenda.now(), self._kept
        lists, notes = await kept.lists.all(), await kept.notes.all()
        body = {
            "exported_at": _iso(now),
            "facts": [_told(fact) for fact in reversed(kept.memory.facts())],
            "lists": [{"name": one.name, "items": [item.text for item in one.items]} for one in lists],
            "notes": [{"written_at": _iso(note.written_at), "text": note.text} for note in notes],
            "agenda": [_without_number(entry_json(entry, wall)) for entry in kept.agenda.all()],
            "history": [_dated(turn) for turn in await kept.history.said()],
            "answers": [_dated(one) for one in await kept.answers.all()],
            "sent": [_dated(line) for line in await kept.history.sent()],
        }
        answer = _private(body)
        answer.headers["Content-Disposition"] = f'attachment; filename="nightjar-{_iso(now)[:10]}.json"'
        return answer


def _private(body: dict[str, Any]) -> web.Response:
    return web.json_response(body, headers={"Cache-Control": "no-store"})


async def _json_text(request: web.Request) -> str:
    # Only this content type: a form of another site can't send it without asking the browser's permission first.
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    return await request.text()


def _before(request: web.Request) -> float | None:
    try:
        return _Before.model_validate(dict(request.query)).before
    except ValidationError:
        return None


def _told(fact: Fact) -> dict[str, Any]:
    return {"told_at": _iso(fact.told_at), "text": fact.text, "person": fact.person}


def _without_number(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "n"}


def _dated(one: Said | Sent | KeptAnswer) -> dict[str, Any]:
    return asdict(one) | {"at": _iso(one.at)}


def _iso(at: float) -> str:
    """Unix seconds as ISO 8601, in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
