"""The status page: one HTML file that works without a script, on a phone, by day and by night; the same as JSON, RSS.

Nothing on it comes from anybody's prompts: capabilities, states, times, numbers, and sentences of ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from pathlib import Path
from xml.sax.saxutils import escape as xml

from cloud_bridge.condition import Incident, State
from cloud_bridge.history import Day, Row

NAMES = {
    "image": "Pictures",
    "edit": "Changing pictures",
    "chat": "Questions",
    "search": "Looking things up",
    "broker": "Reaching the devices",
    "bridge": "The bridge itself",
}
NOW: dict[State, str] = {"up": "Works", "degraded": "Works badly", "down": "Not working"}
STYLE = (Path(__file__).parent / "status_page.css").read_bytes()
REFRESH_S = 30


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits."""

    open: int
    """Jobs that are not over."""
    picture_wait_s: float
    """What the next picture has to wait."""
    answer_wait_s: float


@dataclass(frozen=True, slots=True)
class Status:
    """All that the page says."""

    bridge: str
    now: float
    going: bool
    """It has been asked to stop."""
    rows: Sequence[Row]
    queue: Queue
    incidents: Sequence[Incident]
    """The newest first."""
    known_since: float

    @property
    def worst(self) -> State:
        """Of all things."""
        states = {row.state for row in self.rows}
        return "down" if "down" in states else "degraded" if "degraded" in states else "up"

    def headline(self) -> str:
        """How it is, in one sentence."""
        if self.going:
            return "The bridge is about to stop."
        bad = [NAMES[row.what] for row in self.rows if row.state != "up"]
        if not bad:
            return "Everything works."
        if len(bad) == len(self.rows):
            return "Nothing works as it should."
        return f"{bad[0]}: {NOW[self.worst].lower()}." if len(bad) == 1 else f"{len(bad)} things do not work well."


def as_json(status: Status) -> dict[str, object]:
    """The same for programs; times in Unix seconds, days in UTC."""
    return {
        "bridge": status.bridge,
        "now": status.now,
        "going": status.going,
        "state": status.worst,
        "headline": status.headline(),
        "capabilities": [
            {
                "what": row.what,
                "name": NAMES[row.what],
                "state": row.state,
                "since": row.since,
                "reason": row.reason,
                "up_share": round(row.up_share, 6),
                "days": [
                    {"date": day.date.isoformat(), "state": day.state, "affected_s": round(day.affected_s)}
                    for day in row.days
                ],
            }
            for row in status.rows
        ],
        "queue": {
            "open": status.queue.open,
            "picture_wait_s": status.queue.picture_wait_s,
            "answer_wait_s": status.queue.answer_wait_s,
        },
        "incidents": [
            {"what": one.what, "began": one.began, "ended": one.ended, "state": one.state, "reason": one.reason}
            for one in status.incidents
        ],
        "known_since": status.known_since,
    }


def as_rss(status: Status, *, url: str) -> str:
    """Incidents as RSS 2.0 (https://www.rssboard.org/rss-specification); one that ended says so in its text."""
    items = "".join(
        f"<item><title>{xml(f'{NAMES[one.what]}: {NOW[one.state].lower()}')}</title>"
        f"<description>{xml(f'{one.reason} {_span(one, status.now)}.')}</description>"
        f'<guid isPermaLink="false">{one.what}-{one.began:.3f}</guid>'
        f"<pubDate>{format_datetime(datetime.fromtimestamp(one.began, UTC))}</pubDate></item>"
        for one in status.incidents
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>'
        f"<title>{xml(f'Nightjar bridge {status.bridge}')}</title><link>{xml(url)}</link>"
        f"<description>What went wrong in the last 90 days.</description>{items}</channel></rss>\n"
    )


def as_html(status: Status) -> str:
    """The page."""
    rows = "".join(_row(row, status) for row in status.rows)
    told = "".join(_incident(one, status.now) for one in status.incidents[:100])
    shown = "degraded" if status.going else status.worst
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{escape(status.headline())} · Nightjar</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta http-equiv="refresh" content="{REFRESH_S}">
<link rel="stylesheet" href="status.css">
<link rel="alternate" type="application/rss+xml" title="Incidents" href="incidents.rss">
</head>
<body>
<main>
<header class="{shown}">
<p class="whose">Nightjar bridge <b>{escape(status.bridge)}</b></p>
<h1>{escape(status.headline())}</h1>
<p class="soft">{escape(_queue(status.queue))}</p>
</header>
<section aria-label="Now and the last 90 days">
{rows}
<p class="key"><span><i class="up"></i>worked</span><span><i class="degraded"></i>worked badly</span>\
<span><i class="down"></i>did not work</span><span><i class="unknown"></i>not known</span></p>
</section>
<section>
<h2>What went wrong</h2>
{f'<ol class="incidents">{told}</ol>' if told else '<p class="soft">Nothing in the last 90 days.</p>'}
</section>
<footer class="soft">
<p>As of {_time(status.now)}, watched since {_time(status.known_since)}. Days and times are in UTC; this page
looks again every {REFRESH_S} seconds.</p>
<p><a href="status.json">JSON</a><a href="incidents.rss">RSS</a><a href="metrics">Metrics</a></p>
</footer>
</main>
</body>
</html>
"""


def _row(row: Row, status: Status) -> str:
    since = f"for {lasted(status.now - row.since)}" if row.since is not None else ""
    strip = "".join(_day(day) for day in row.days)
    why = f'<p class="why">{escape(row.reason)}</p>' if row.reason else ""
    share = f"{row.up_share * 100:.2f}".rstrip("0").rstrip(".")
    name = escape(NAMES[row.what])
    return f"""<article class="{row.state}">
<div class="line"><h3>{name}</h3><p class="state"><i></i>{NOW[row.state]} <span class="soft">{since}</span></p></div>
{why}<div class="strip" role="img" aria-label="{name}: {_strip_in_words(row.days)}">{strip}</div>
<div class="ends soft"><span>90 days ago</span><span>{share} %</span><span>today</span></div>
</article>
"""


def _day(day: Day) -> str:
    words = {None: "not known", "up": "worked", "degraded": "worked badly", "down": "did not work"}[day.state]
    long = f" for {lasted(day.affected_s)}" if day.affected_s else ""
    return f'<i class="{day.state or "unknown"}" title="{day.date:%-d %B}: {words}{long}"></i>'


def _strip_in_words(found: Sequence[Day]) -> str:
    known = [day for day in found if day.state is not None]
    bad = sum(day.state != "up" for day in known)
    return f"trouble on {bad} of {len(known)} days" if bad else f"no trouble on {len(known)} days"


def _incident(one: Incident, now: float) -> str:
    return (
        f'<li class="{one.state}"><p><b>{escape(NAMES[one.what])}</b> <span class="soft">{_span(one, now)}</span></p>'
        f"<p>{escape(one.reason)}</p></li>"
    )


def _span(one: Incident, now: float) -> str:
    if one.ended is None:
        return f"since {_time(one.began)}, {lasted(now - one.began)} so far"
    return f"{_time(one.began)}, {lasted(one.ended - one.began)}"


def _queue(queue: Queue) -> str:
    jobs = f"{queue.open} job is" if queue.open == 1 else f"{queue.open or 'No'} jobs are"
    if max(queue.picture_wait_s, queue.answer_wait_s) < 1:
        return f"{jobs} open, and nothing has to wait."
    return f"{jobs} open. A picture waits {_wait(queue.picture_wait_s)}, an answer {_wait(queue.answer_wait_s)}."


def _wait(wait_s: float) -> str:
    return "not at all" if wait_s < 1 else f"about {lasted(wait_s)}"


def _time(unix: float) -> str:
    return f"{datetime.fromtimestamp(unix, UTC):%-d %B %Y, %H:%M}"


def lasted(seconds: float) -> str:
    """`40 s`, `3 min`, `2 h 5 min`, `4 days`."""
    minutes = round(max(0.0, seconds) / 60)
    if seconds < 100:
        return f"{max(0.0, seconds):.0f}\N{NO-BREAK SPACE}s"
    if minutes < 60:
        return f"{minutes}\N{NO-BREAK SPACE}min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest and hours < 10 else f"{hours} h"
    return f"{hours // 24} days"
