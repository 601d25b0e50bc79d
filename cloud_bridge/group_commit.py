"""One thread that writes to a SQLite database, many orders a transaction.

::

    event loop   do() do()  do()…      do()…
                  │    │     │          │
    writer        └────┴──┬──┘ commit   └── whatever came while the disk was busy: the next transaction

The wait for the disk is shared, and a call returns when its transaction is on the disk. One order's trouble is not the
others': a transaction that fails is tried again order by order.
"""

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any, TypeVar

GROUP = 500  # orders a transaction, at most
GATHER_S = 0.002
"""So long the writer waits for more orders, while there are many: a transaction costs as much as ten orders."""

T = TypeVar("T")
Step = Callable[[sqlite3.Connection], T]


class Closed(Exception):
    """Nothing is written any more."""


@dataclass(slots=True)
class _Order:
    step: Step[Any]
    loop: asyncio.AbstractEventLoop
    then: asyncio.Future[Any] | Callable[[Exception | None], None]
    result: Any = None
    error: Exception | None = None

    def settle(self) -> None:
        if not isinstance(self.then, asyncio.Future):
            self.then(self.error)
        elif self.then.done():  # whoever waited was cancelled
            return
        elif self.error is not None:
            self.then.set_exception(self.error)
        else:
            self.then.set_result(self.result)


class GroupCommit:
    """Owns the connection from here on.

    In the writer's thread `rolled_back` is called after a transaction failed, and `committed` after one succeeded, with
    how many orders it had and how many seconds it took.
    """

    def __init__(
        self,
        database: sqlite3.Connection,
        *,
        rolled_back: Callable[[], None],
        committed: Callable[[int, float], None] = lambda _orders, _took_s: None,
    ) -> None:
        self._database, self._rolled_back, self._committed = database, rolled_back, committed
        self._orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._write, name="ledger", daemon=True)
        self._thread.start()

    async def do(self, step: Step[T]) -> T:
        """What `step` gives, when that is on the disk. Raises Closed, and what `step` or the commit raised."""
        if self._closed:
            raise Closed
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._orders.put(_Order(step, loop, done))
        return await done

    def soon(self, step: Step[None], then: Callable[[Exception | None], None]) -> None:
        """As `do`, where nobody waits: `then`, which must not raise, is called in the event loop. Raises Closed."""
        if self._closed:
            raise Closed
        self._orders.put(_Order(step, asyncio.get_running_loop(), then))

    async def close(self) -> None:
        """Finish what was asked for and close the connection."""
        self._closed = True
        self._orders.put(None)
        await asyncio.to_thread(self._thread.join)

    def _write(self) -> None:
        last, busy = False, False
        while not last:
            group: list[_Order] = []
            order = self._orders.get()
            if busy:
                time.sleep(GATHER_S)
            while order is not None:
                group.append(order)
                if len(group) == GROUP or self._orders.empty():
                    break
                order = self._orders.get()
            last = order is None
            busy = len(group) > 1
            if group:
                self._commit(group)
        self._database.close()

    def _commit(self, group: list[_Order]) -> None:
        began = perf_counter()
        try:
            self._database.execute("BEGIN IMMEDIATE")
            for order in group:
                order.result = order.step(self._database)
            self._database.execute("COMMIT")
            self._committed(len(group), perf_counter() - began)
        except Exception as error:  # noqa: BLE001 - the writer must live; whoever waits is told
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            self._rolled_back()
            if len(group) > 1:
                for order in group:
                    self._commit([order])
                return
            group[0].error = error
        for loop in {order.loop for order in group}:
            mine = [order for order in group if order.loop is loop]
            if not loop.is_closed():
                loop.call_soon_threadsafe(_settle, mine)


def _settle(orders: list[_Order]) -> None:
    for order in orders:
        order.settle()
