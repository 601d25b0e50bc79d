"""The store: committed means on the disk; a damaged file is left alone."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from device.store import Store, StoreError


def put(key: str, value: str):
    return lambda db: db.execute("INSERT INTO settings VALUES (?, ?)", (key, value))


async def settings(store: Store) -> dict[str, str]:
    return dict(await store.read(lambda db: db.execute("SELECT key, value FROM settings").fetchall()))


async def test_what_was_written_is_there_after_opening_again(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "state" / "device.sqlite")
    await store.set_setting("volume", "0.5")
    await store.set_setting("volume", "0.7")
    await store.close()

    store = Store.open(tmp_path / "state" / "device.sqlite")
    assert await store.setting("volume") == "0.7"
    assert await store.setting("no such thing") is None
    await store.close()


async def test_a_function_that_raises_leaves_nothing_behind(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "device.sqlite")

    def half(db: sqlite3.Connection) -> None:
        put("a", "1")(db)
        raise LookupError("the second half is missing")

    with pytest.raises(LookupError, match="second half"):
        await store.write(half)
    await store.write(put("b", "2"))
    assert await settings(store) == {"b": "2"}
    await store.close()


async def test_writes_are_carried_out_one_after_the_other(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "device.sqlite")
    await store.set_setting("n", "0")

    def count(db: sqlite3.Connection) -> None:
        (n,) = db.execute("SELECT value FROM settings WHERE key = 'n'").fetchone()
        db.execute("UPDATE settings SET value = ? WHERE key = 'n'", (str(int(n) + 1),))

    await asyncio.gather(*(store.write(count) for _ in range(50)))
    assert await store.setting("n") == "50"
    await store.close()


async def test_a_caller_that_is_cancelled_does_not_tear_its_transaction(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "device.sqlite")
    task = asyncio.create_task(store.write(put("a", "1")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await store.write(put("b", "2"))
    assert await settings(store) == {"a": "1", "b": "2"}
    await store.close()


async def test_a_transaction_whose_caller_is_cancelled_while_it_waits_is_carried_out_before_the_file_is_closed(
    tmp_path: Path,
) -> None:
    store = Store.open(tmp_path / "device.sqlite")
    began, go = threading.Event(), threading.Event()

    def hold(_db: sqlite3.Connection) -> None:
        began.set()
        go.wait(10)

    first, second = asyncio.create_task(store.write(hold)), asyncio.create_task(store.write(put("a", "1")))
    await asyncio.to_thread(began.wait, 10)
    for task in (first, second):
        task.cancel()
    closing = asyncio.create_task(store.close())
    await asyncio.gather(first, second, return_exceptions=True)
    go.set()
    await closing

    store = Store.open(tmp_path / "device.sqlite")
    assert await settings(store) == {"a": "1"}
    await store.close()


async def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "device.sqlite"
    store = Store.open(path)
    await store.set_setting("a", "1")
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700
    await store.close()
    path.chmod(0o644)  # written by an earlier version
    await Store.open(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


async def test_reads_cannot_write(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "device.sqlite")
    with pytest.raises(StoreError, match="readonly"):
        await store.read(put("a", "1"))
    await store.close()


async def test_a_closed_store_can_be_closed_again(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "device.sqlite")
    await store.close()
    await store.close()


async def test_the_last_sequence_number_is_known_at_opening(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "device.sqlite")
    assert store.last_seq() == 0
    await store.write(lambda db: db.execute("INSERT INTO journal VALUES (41, '', '{}')"))
    await store.close()
    store = Store.open(tmp_path / "device.sqlite")
    assert store.last_seq() == 41
    await store.close()


@pytest.mark.parametrize(
    "spoilt", [b"this is a text file, not a database\n" * 300, b"SQLite format 3\0" + b"\xff" * 9000]
)
def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path: Path, spoilt: bytes) -> None:
    path = tmp_path / "device.sqlite"
    path.write_bytes(spoilt)
    with pytest.raises(StoreError, match="damaged"):
        Store.open(path)
    assert path.read_bytes() == spoilt


async def test_a_store_with_a_page_overwritten_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "device.sqlite"
    store = Store.open(path)
    await store.write(
        lambda db: db.executemany("INSERT INTO journal VALUES (?, '', ?)", [(n, "x" * 900) for n in range(99)])
    )
    await store.close()
    content = bytearray(path.read_bytes())
    content[-8192:-4096] = os.urandom(4096)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        Store.open(path)
    assert path.read_bytes() == content


async def test_a_store_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "device.sqlite"
    await Store.open(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 999")
    db.close()
    content = path.read_bytes()
    with pytest.raises(StoreError, match="newer version"):
        Store.open(path)
    assert path.read_bytes() == content


def test_a_place_where_no_file_can_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="can't be opened"):
        Store.open(tmp_path / "file" / "device.sqlite")


CHILD = """
import asyncio, pathlib, sys, time
from device.store import Store

async def main():
    store = Store.open(pathlib.Path(sys.argv[1]))
    await store.set_setting("committed", "yes")
    def half(db):
        db.execute("INSERT INTO settings VALUES ('torn', 'yes')")
        print("in the middle", flush=True)
        time.sleep(60)
    await store.write(half)

asyncio.run(main())
"""


def killed_in_the_middle(path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"in the middle\n"
        child.send_signal(signal.SIGKILL)


async def test_a_kill_in_the_middle_of_a_transaction_loses_that_transaction_alone(tmp_path: Path) -> None:
    path = tmp_path / "device.sqlite"
    await asyncio.to_thread(killed_in_the_middle, path)
    store = Store.open(path)
    assert await settings(store) == {"committed": "yes"}
    await store.close()
