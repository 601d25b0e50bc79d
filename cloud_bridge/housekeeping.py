"""Deleting what nobody needs any more: pictures whose time is over, and jobs that ended long ago."""

import asyncio
import logging
from collections.abc import Callable

from cloud_bridge.entry import LedgerError
from cloud_bridge.ledger import Ledger
from cloud_bridge.media import Media

log = logging.getLogger(__name__)

EVERY_S = 3600.0
DAY_S = 24 * 3600.0
JOBS_KEPT_S = 30 * DAY_S
"""After the acknowledgement: as long a job that comes again is recognised."""


async def keep_house(ledger: Ledger, media: Media, *, link_valid_s: float, now: Callable[[], float]) -> None:
    """Tidy up every hour, for ever."""
    while True:
        try:
            await tidy(ledger, media, link_valid_s=link_valid_s, now=now())
        except LedgerError as error:
            log.error("%s", error)
        except OSError as error:
            log.error("old pictures can't be deleted: %s", error.strerror)
        await asyncio.sleep(EVERY_S)


async def tidy(ledger: Ledger, media: Media, *, link_valid_s: float, now: float) -> None:
    """Delete what is too old at `now`. Raises LedgerError and OSError.

    A finished picture stays until its device has had it for as long as a link is valid, and a day; others, which were
    partial ones, as long from when they were stored. What a device has sent stays while a job that needs it is open,
    and a day.
    """
    before = now - link_valid_s - DAY_S
    await media.uploads.sweep(needed=await ledger.inputs(), before=now - DAY_S)
    await media.sweep(keep=await ledger.pictures(since=before), before=before)
    while await ledger.forget(before=now - JOBS_KEPT_S):
        pass
