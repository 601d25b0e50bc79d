"""Getting onto the disk what must not be lost, however long the disk is full."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cloud_bridge.entry import LedgerError

log = logging.getLogger(__name__)
T = TypeVar("T")

DISK_PAUSE_S = 5.0


async def until_written(write: Callable[[], Awaitable[T]]) -> T:
    """What `write` gives, as soon as it has worked once."""
    while True:
        try:
            return await write()
        except LedgerError as error:
            log.error("%s", error)
        except OSError as error:
            log.error("a picture can't be stored: %s", error.strerror)
        await asyncio.sleep(DISK_PAUSE_S)
