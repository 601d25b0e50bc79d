"""What is to come, on the page: timers, alarms and reminders, and a way to cancel each."""

from datetime import datetime
from typing import Any

from aiohttp import web

from device.agenda import Agenda, Entry
from device.timers import Timer, Timers


def routes(timers: Timers, agenda: Agenda) -> list[web.RouteDef]:
    """What the page's server answers about `timers` and `agenda`."""

    async def shown(_request: web.Request) -> web.Response:
        now = agenda.now()
        body = {
            "now": _wall(now),
            "timers": [_timer_json(timer, timers.left_s(timer)) for timer in timers.all()],
            "entries": [entry_json(entry, now) for entry in agenda.all()],
        }
        return web.json_response(body, headers={"Cache-Control": "no-store"})

    async def cancel_timer(request: web.Request) -> web.Response:
        await timers.cancel([timer for timer in timers.all() if timer.n == _number(request)])
        return _cancelled()

    async def cancel_entry(request: web.Request) -> web.Response:
        await agenda.cancel([entry for entry in agenda.all() if entry.n == _number(request)])
        return _cancelled()

    return [
        web.get("/api/coming", shown),
        web.post(r"/api/timers/{n:\d{1,16}}/cancel", cancel_timer),
        web.post(r"/api/agenda/{n:\d{1,16}}/cancel", cancel_entry),
    ]


def entry_json(entry: Entry, now: datetime) -> dict[str, Any]:
    """An alarm or a reminder; `at` is what the device's clock on the wall will show, in ISO 8601 without a zone."""
    at = _wall(datetime.fromtimestamp(entry.at, now.tzinfo))
    return {
        "n": entry.n,
        "kind": entry.kind,
        "about": entry.about,
        "at": at,
        "days": sorted(entry.days),
        "person": entry.person,
    }


def _timer_json(timer: Timer, left_s: float) -> dict[str, Any]:
    return {"n": timer.n, "name": timer.name, "left_s": round(max(left_s, 0.0), 1), "paused": timer.paused}


def _number(request: web.Request) -> int:
    return int(request.match_info["n"])


def _cancelled() -> web.Response:
    # Also of what is gone already: it may have rung meanwhile, or another phone was quicker.
    return web.json_response({"cancelled": True}, headers={"Cache-Control": "no-store"})


def _wall(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(timespec="minutes")
