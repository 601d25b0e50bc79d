"""One budget for the board: who is loaded, who gives way, and what never does."""

import threading
from pathlib import Path
from typing import cast

import pytest

from edge_models.memory import BoardMemory, Look
from edge_models.residency import Need, Place, Rank, Residency, TooLittleMemory, plan

GB = 1_000_000_000


class PlayedMemory:
    """A board of 8 GB; what models take of it is seen as soon as they are loaded."""

    def __init__(self) -> None:
        self.others = 2 * GB
        self.loaded: dict[str, int] = {}
        self.pressure = 0.0

    def look(self) -> Look:
        return Look(8 * GB, 8 * GB - self.others - sum(self.loaded.values()), self.pressure)


class Board:
    """The budget, a clock that each use moves by one second, and models that are really loaded and freed."""

    def __init__(self, cap_bytes: int | None = None) -> None:
        self.memory = PlayedMemory()
        self.at_s = 0.0
        self.residency = Residency(cast("BoardMemory", self.memory), cap_bytes=cap_bytes, now=self._tick)
        self.freed: list[str] = []

    def _tick(self) -> float:
        self.at_s += 1
        return self.at_s

    def place(self, name: str, rank: Rank, size_bytes: int) -> Place:
        def free() -> None:
            self.freed.append(name)
            del self.memory.loaded[name]

        return self.residency.place(name, rank, size_bytes, free=free)

    def use(self, place: Place) -> None:
        with place.in_use():
            self.memory.loaded.setdefault(place.name, place.size_bytes)


def test_what_is_idle_gives_way_the_least_important_first() -> None:
    board = Board()
    draft = board.place("draft", Rank.DRAFT, 1 * GB)
    language = board.place("language", Rank.LANGUAGE, 2 * GB)
    strong = board.place("strong", Rank.STRONG_PICTURE, 2 * GB)
    for place in (strong, draft, language):
        board.use(place)
    assert board.residency.resident == ("draft", "language", "strong")
    board.use(board.place("another", Rank.STRONG_PICTURE, 2 * GB))
    assert board.freed == ["strong"]
    board.use(strong)
    assert board.freed == ["strong", "another"]


def test_of_equals_the_one_that_was_used_longest_ago_goes() -> None:
    board = Board()
    encoder = board.place("encoder", Rank.STRONG_PICTURE, 2 * GB)
    painter = board.place("painter", Rank.STRONG_PICTURE, 2 * GB)
    for place in (encoder, painter, encoder):
        board.use(place)
    board.use(board.place("decoder", Rank.STRONG_PICTURE, 2 * GB))
    assert board.freed == ["painter"]


def test_nothing_that_speech_needs_gives_way_and_nothing_is_freed_in_vain() -> None:
    board = Board()
    board.memory.loaded["speech"] = 4 * GB
    board.residency.take("speech", 4 * GB)
    draft = board.place("draft", Rank.DRAFT, 1 * GB)
    board.use(draft)
    with (
        pytest.raises(
            TooLittleMemory, match=r"^There's too little memory for a picture: it needs 3\.1 GB, 1\.6 GB are free\.$"
        ),
        board.place("a picture", Rank.STRONG_PICTURE, 3_100_000_000).in_use(),
    ):
        raise AssertionError
    assert board.freed == []
    assert set(board.residency.resident) == {"speech", "draft"}


def test_what_is_in_use_gives_way_to_nobody() -> None:
    board = Board()
    painter = board.place("painter", Rank.STRONG_PICTURE, 4 * GB)
    language = board.place("language", Rank.LANGUAGE, 4 * GB)
    with painter.in_use():
        board.memory.loaded["painter"] = 4 * GB
        with pytest.raises(TooLittleMemory):
            board.use(language)
    board.use(language)
    assert board.freed == ["painter"]


def test_a_model_of_several_parts_learns_how_much_it_could_have() -> None:
    board = Board()
    draft, language = board.place("draft", Rank.DRAFT, 1 * GB), board.place("language", Rank.LANGUAGE, 2 * GB)
    before = board.residency.could_have()
    board.use(draft)
    board.use(language)
    assert board.residency.could_have() == before
    with language.in_use():
        assert board.residency.could_have() == before - 2 * GB
    board.memory.others = 8 * GB
    assert board.residency.could_have() == 0


def test_what_is_still_being_loaded_counts_before_it_can_be_seen() -> None:
    board = Board()
    with board.place("one", Rank.LANGUAGE, 4 * GB).in_use(), pytest.raises(TooLittleMemory):
        board.use(board.place("other", Rank.LANGUAGE, 4 * GB))


def test_a_mapped_file_takes_its_room_though_the_kernel_calls_it_available() -> None:
    board = Board()
    mapped = board.residency.place("mapped", Rank.LANGUAGE, 4 * GB, mapped=True, free=lambda: None)
    with mapped.in_use():
        pass
    with mapped.in_use(), pytest.raises(TooLittleMemory):
        board.use(board.place("other", Rank.STRONG_PICTURE, 2 * GB))


def test_the_owners_limit_holds_though_the_board_has_more() -> None:
    board = Board(cap_bytes=1 * GB)
    board.use(board.place("small", Rank.DRAFT, 600_000_000))
    board.use(board.place("other", Rank.LANGUAGE, 600_000_000))
    assert board.freed == ["small"]
    with pytest.raises(TooLittleMemory, match=r"needs 1\.1 GB, 1\.0 GB are free"):
        board.use(board.place("large", Rank.DRAFT, 1_100_000_000))


def test_when_the_board_is_short_of_memory_the_idle_go_one_by_one_and_nothing_is_loaded() -> None:
    board = Board()
    for name, rank in (("draft", Rank.DRAFT), ("language", Rank.LANGUAGE)):
        board.use(board.place(name, rank, 1 * GB))
    assert board.residency.relieve() is None
    board.memory.pressure = 30.0
    with pytest.raises(TooLittleMemory, match="other programs are short of it"):
        board.use(board.place("painter", Rank.STRONG_PICTURE, 1 * GB))
    assert [board.residency.relieve() for _ in range(3)] == ["language", "draft", None]


def test_what_could_not_be_loaded_gives_its_room_back() -> None:
    board = Board()
    broken = board.place("broken", Rank.LANGUAGE, 4 * GB)
    with broken.in_use():
        broken.empty()
    assert board.residency.resident == ()
    board.use(board.place("other", Rank.LANGUAGE, 4 * GB))
    assert board.freed == []


def test_nobody_is_freed_while_a_thread_uses_it() -> None:
    board = Board()
    draft = board.place("draft", Rank.DRAFT, 1 * GB)
    began, end = threading.Event(), threading.Event()

    def draw() -> None:
        with draft.in_use():
            board.memory.loaded["draft"] = 1 * GB
            began.set()
            end.wait(10)

    thread = threading.Thread(target=draw)
    thread.start()
    assert began.wait(10)
    board.memory.pressure = 50.0
    assert board.residency.relieve() is None
    end.set()
    thread.join(10)
    assert board.residency.relieve() == "draft"


def test_the_plan_says_what_stays_what_comes_and_goes_and_what_never_fits() -> None:
    needs = [
        Need("recogniser", Rank.SPEECH, 1 * GB),
        Need("language", Rank.LANGUAGE, 2 * GB),
        Need("draft", Rank.DRAFT, 1 * GB),
        Need("picture", Rank.STRONG_PICTURE, 6 * GB),
    ]
    assert plan(needs, 10 * GB) == {
        "recogniser": "always",
        "language": "once loaded",
        "draft": "once loaded",
        "picture": "once loaded",
    }
    assert plan(needs, 7 * GB) == {
        "recogniser": "always",
        "language": "on demand",
        "draft": "on demand",
        "picture": "on demand",
    }
    assert plan(needs, 3 * GB)["picture"] == "never"
    assert plan(needs, 500_000_000)["recogniser"] == "never"


def test_a_board_that_is_read_from_files_decides_the_same(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text("MemTotal: 4000000 kB\nMemAvailable: 1000000 kB\n")
    residency = Residency(BoardMemory(tmp_path))
    place = residency.place("the language model", Rank.LANGUAGE, 2 * GB, free=lambda: None)
    with pytest.raises(TooLittleMemory, match=r"it needs 2\.0 GB, 756 MB are free"), place.in_use():
        raise AssertionError
