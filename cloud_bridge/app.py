"""The bridge's composition root: builds its parts from one config and runs them until it is told to stop."""

import asyncio
import fcntl
import gc
import json
import logging
import os
import secrets
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, closing, contextmanager, suppress
from pathlib import Path
from time import monotonic, time

from aiohttp import web

from cloud_bridge.accounts import Accounts, terms_from
from cloud_bridge.assembly import BridgeError, Parts, Watching, assemble
from cloud_bridge.config import BridgeConfig, check, is_loopback
from cloud_bridge.crowding import Bounds
from cloud_bridge.doors import Doors
from cloud_bridge.housekeeping import keep_house
from cloud_bridge.incidents import Incidents
from cloud_bridge.ledger import Ledger
from cloud_bridge.listen import Stop, serve, stop_signal
from cloud_bridge.metrics import Metrics
from cloud_bridge.operations import OPERATIONS, operations
from cloud_bridge.private import write_private
from cloud_bridge.providers.everybody import Providers
from cloud_bridge.recent import Recent
from cloud_bridge.traces import open_traces

__all__ = ["BridgeError", "run_bridge"]
log = logging.getLogger(__name__)


async def run_bridge(
    config: BridgeConfig,
    *,
    ready: Callable[[str, str], None] = lambda _url, _status: None,
    everybody: type[Providers] = Providers,
) -> None:
    """Run until SIGTERM or SIGINT. `ready` hears the URLs of the pictures and of the status when the bridge works.

    `everybody`: those who are asked, made from the settings.

    Raises BridgeError, and AuthorityError, ConfigError, DoorError, LedgerError, ListenError and RegistryError of its
    parts.
    """
    check(config)
    with _own(config.state), closing(Doors(config)) as doors:
        traces = open_traces(config.traces, bridge=config.name) if config.traces else None
        incidents = _incidents(config.state / "history.sqlite")
        watching = Watching(Metrics(), Recent(monotonic=monotonic), incidents, traces)
        accounts = Accounts(terms=terms_from(config.budgets, doors.purse), now=time)
        bounds = Bounds(config.queue.most_waiting, config.queue.most_of_a_device)
        path = config.state / "ledger.sqlite"
        ledger = Ledger(path, accounts=accounts, witness=watching.witness, bounds=bounds)
        providers = everybody(config, witness=watching.metrics)
        try:
            parts = assemble(config, doors, ledger, providers, watching)
            _collect_seldom()
            # The ledger's writer lets go of the interpreter with each statement, and gets it back after this long.
            sys.setswitchinterval(0.0005)
            await _run(config, parts, ledger, watching.metrics, ready)
        finally:
            await providers.close()
            await ledger.close()
            with suppress(sqlite3.Error):  # a full disk, of which the ledger has told
                incidents.close(now=time())
            if traces is not None:
                await traces.close()


async def _run(
    config: BridgeConfig,
    parts: Parts,
    ledger: Ledger,
    metrics: Metrics,
    ready: Callable[[str, str], None],
) -> None:
    stop, media, doors, key = stop_signal(), parts.media, parts.doors, secrets.token_urlsafe(32)
    site = web.Application()
    site.add_routes(media.routes())
    site.add_routes(doors.routes())
    tls = doors.tls()
    shown_by = None if is_loopback(config.status.host) else tls
    looking = operations(parts.readiness, metrics, parts.status, parts.by_hand, token=config.status.secret(), key=key)
    async with AsyncExitStack() as stack:
        # The status first up and last down: it says how the rest is.
        status = await stack.enter_async_context(
            serve(looking, host=config.status.host, port=config.status.port, tls=shown_by)
        )
        url = await stack.enter_async_context(serve(site, host=config.media.host, port=config.media.port, tls=tls))
        media.base_url = doors.site(url)
        group = await stack.enter_async_context(asyncio.TaskGroup())
        steps = (
            parts.link.run(),
            parts.front.run(parts.link.incoming()),
            *(worker.run() for worker in parts.workers.values()),
            parts.delivery.repeat(),
            parts.health.watch(),
            parts.health.report(),
            parts.history.watch(),
            metrics.feel_lag(),
            doors.keep_fresh(),
            keep_house(ledger, media, link_valid_s=config.media.link_valid_s, now=time),
        )
        tasks = [group.create_task(step) for step in steps]
        write_private(config.state / OPERATIONS, json.dumps({"url": status, "key": key}).encode())
        ready(media.base_url, status)
        await stop.asked.wait()
        await _drain(parts, stop, within_s=config.stop_within_s)
        for task in tasks:
            task.cancel()


async def _drain(parts: Parts, stop: Stop, *, within_s: float) -> None:
    """Begin no more calls; wait for those under way, and for their results to be with the broker, but not for ever.

    What is broken off is in the ledger as `calling`: the next process makes it again, or says that nobody knows.
    """
    log.info("stopping: waiting for calls under way; a second signal stops at once")
    parts.readiness.going = True
    draining = asyncio.ensure_future(asyncio.gather(*(worker.drain() for worker in parts.workers.values())))
    at_once = asyncio.create_task(stop.at_once.wait())
    await asyncio.wait({draining, at_once}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    if not draining.done():
        log.warning("stopping with calls under way")
    for each in (draining, at_once):
        each.cancel()
    await asyncio.gather(draining, at_once, return_exceptions=True)


def _incidents(path: Path) -> Incidents:
    try:
        return Incidents(path, now=time())
    except sqlite3.Error as error:
        raise BridgeError(f"The history {path} can't be opened: {error}.") from None


def _collect_seldom() -> None:
    """Don't look for circles of garbage after every 700 objects, nor ever among what lives as long as the process.

    Under load thousands of jobs are in memory, each a handful of objects and none of them a circle: looking through
    them took a quarter of the bridge's time (bench bridge at 1,157/s, 2026-11).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@contextmanager
def _own(state: Path) -> Iterator[None]:
    """Be the only bridge with this state. Raises BridgeError."""
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(state / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise BridgeError(f"The state directory {state} can't be used: {error.strerror}.") from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BridgeError(f"Another bridge is running with the state in {state}.") from None
        yield
    finally:
        os.close(lock)
