"""Two witnesses as one."""

from cloud_bridge.witness import Witness, both


class Heard(Witness):
    """Takes note of what is stored."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def stored(self, size_bytes: int) -> None:
        self.told.append(size_bytes)


class HeardMore(Heard):
    """And of what is refused."""

    def refused(self, why: str) -> None:
        self.told.append(why)


def test_both_hear_what_both_take_note_of() -> None:
    one, other, third = Heard(), HeardMore(), Heard()
    both(both(one, other), third).stored(7)
    assert one.told == other.told == third.told == [7]


def test_what_one_takes_no_note_of_is_told_the_other() -> None:
    one, other = Heard(), HeardMore()
    for pair in (both(one, other), both(other, one), both(both(one, other), Witness())):
        pair.refused("set_aside")
        pair.sent(1)
    assert one.told == []
    assert other.told == ["set_aside"] * 3
