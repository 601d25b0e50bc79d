"""Who is asked, in which order, and who takes over: decided on providers that do as they are told."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from cloud_bridge.providers.faults import Failure, OutcomeUnknown, ProviderFailed
from cloud_bridge.providers.panel import Panel


class Member:
    """Does what `does` says, in turn; then it works."""

    idempotent = False

    def __init__(self, name: str, *does: Exception, price: float | None = None) -> None:
        self.name, self.price = name, price
        self.does: list[Exception] = list(does)
        self.asked = self.checked = 0

    async def check(self) -> str | None:
        self.checked += 1
        return str(self.does[0]) if self.does else None

    async def work(self) -> str:
        self.asked += 1
        if self.does:
            raise self.does.pop(0)
        return self.name


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def failed(code: Failure, *, after_s: float | None = None) -> ProviderFailed:
    return ProviderFailed(code, f"It is {code}.", retryable=True, retry_after_s=after_s)


class Asking:
    """A panel, and who was written down before being asked."""

    def __init__(self, *members: Member) -> None:
        self.clock, self.written = Clock(), list[str]()
        self.panel = Panel(members, now=self.clock)

    async def __call__(self, *, cheapest: bool = False, only: str | None = None) -> str:
        price: Callable[[Member], float | None] | None = (lambda member: member.price) if cheapest else None
        return await self.panel.ask(self.call, before=self.before, price=price, only=only)

    async def call(self, member: Member) -> str:
        assert self.written[-1] == member.name
        return await member.work()

    async def before(self, name: str) -> None:
        self.written.append(name)


DID_NOTHING = [failed("provider_down"), failed("not_configured")]
DID_SOMETHING = [failed("refused"), failed("bad_request"), failed("provider_error"), OutcomeUnknown()]


@pytest.mark.parametrize("trouble", DID_NOTHING, ids=lambda failed: failed.code)
async def test_the_next_takes_over_from_one_that_did_nothing_and_is_written_down_first(trouble: Exception) -> None:
    first, second = Member("first", trouble), Member("second")
    asking = Asking(first, second)
    assert await asking() == "second"
    assert (asking.written, first.asked, second.asked) == (["first", "second"], 1, 1)


@pytest.mark.parametrize("trouble", DID_SOMETHING, ids=str)
async def test_nobody_takes_over_from_one_that_did_something_or_may_have(trouble: Exception) -> None:
    first, second = Member("first", trouble), Member("second")
    with pytest.raises(type(trouble)):
        await Asking(first, second)()
    assert second.asked == 0


async def test_nobody_is_asked_before_it_is_written_down() -> None:
    member = Member("only")

    async def never_written(_name: str) -> None:
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - whatever the disk says
        await Panel([member]).ask(Member.work, before=never_written)
    assert member.asked == 0


async def test_while_one_rests_the_next_is_asked_and_after_that_the_first_again() -> None:
    first, second = Member("first", failed("provider_down", after_s=30)), Member("second")
    asking = Asking(first, second)
    assert [await asking(), await asking()] == ["second", "second"]
    assert first.asked == 1
    assert asking.panel.first == "second"
    asking.clock.now = 30.0
    assert await asking() == "first"
    assert asking.panel.first == "first"


async def test_when_all_rest_the_job_waits_for_the_first_that_may_be_asked_again() -> None:
    first = Member("first", failed("provider_down", after_s=30))
    asking = Asking(first, Member("second", failed("provider_down", after_s=20)))
    for wait_s in (20, 15):
        with pytest.raises(ProviderFailed) as caught:
            await asking()
        assert (caught.value.code, caught.value.retry_after_s) == ("provider_down", wait_s)
        asking.clock.now = 5.0
    assert first.asked == 1
    asking.clock.now = 20.0
    assert await asking() == "second"


async def test_a_job_waits_if_one_is_down_and_fails_if_none_can_ever_do_it() -> None:
    asking = Asking(Member("first", failed("not_configured")), Member("second", failed("provider_down")))
    with pytest.raises(ProviderFailed) as caught:
        await asking()
    assert caught.value.code == "provider_down"
    asking = Asking(Member("first", failed("not_configured")), Member("second", failed("not_configured")))
    with pytest.raises(ProviderFailed) as caught:
        await asking()
    assert caught.value.code == "not_configured"


async def test_the_cheapest_is_asked_first_and_one_without_a_price_last() -> None:
    members = [
        Member("unknown"),
        Member("dear", price=0.2),
        Member(
            "cheap",
            price=0.0,
        ),
    ]
    members[2].does.append(failed("provider_down"))
    asking = Asking(*members)
    assert await asking(cheapest=True) == "dear"
    assert asking.written == ["cheap", "dear"]


async def test_a_job_whose_answer_got_lost_is_nobody_else_s() -> None:
    first, second = Member("first"), Member("second", failed("provider_down"))
    asking = Asking(first, second)
    with pytest.raises(ProviderFailed):
        await asking(only="second")
    assert first.asked == 0
    with pytest.raises(OutcomeUnknown):
        await asking(only="one that was in the settings once")


async def test_answers_that_get_lost_running_open_the_breaker() -> None:
    asking = Asking(Member("first", *[OutcomeUnknown()] * 5), Member("second"))
    for _ in range(5):
        with pytest.raises(OutcomeUnknown):
            await asking()
    assert await asking() == "second"


async def test_a_cancelled_trial_leaves_room_for_another() -> None:
    member = Member("only", failed("provider_down"))
    asking = Asking(member)
    with pytest.raises(ProviderFailed):
        await asking()
    asking.clock.now = 1.0

    async def for_ever(_member: Member) -> str:
        await asyncio.Event().wait()
        return ""

    call: Awaitable[str] = asking.panel.ask(for_ever, before=asking.before)
    task = asyncio.ensure_future(call)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await asking() == "only"


async def test_it_says_how_everybody_is() -> None:
    asking = Asking(Member("first", failed("provider_down", after_s=9)), Member("second"))
    await asking()
    first, second = asking.panel.standing()
    assert (first.provider, first.state, first.rest_s, first.trouble) == ("first", "open", 9, "It is provider_down.")
    assert (second.provider, second.state, second.rest_s, second.trouble) == ("second", "closed", 0, "")


async def test_it_works_as_long_as_one_of_them_does() -> None:
    assert await Panel([Member("first", failed("provider_down")), Member("second")]).check() is None
    both = [Member("first", failed("provider_down")), Member("second", failed("not_configured"))]
    assert await Panel(both).check() == "It is provider_down."


async def test_one_that_was_not_there_may_be_asked_as_soon_as_it_is() -> None:
    not_there = failed("provider_down")
    not_there.unreachable = True
    member = Member("only", not_there, not_there)
    asking = Asking(member)
    told: list[float] = []
    asking.panel.on_back = lambda: told.append(asking.clock.now)
    with pytest.raises(ProviderFailed):
        await asking()
    assert await asking.panel.check() is not None
    member.does.clear()
    assert told == []
    assert await asking.panel.check() is None
    assert told == [0.0]
    assert await asking() == "only"


async def test_when_the_first_call_after_a_rest_works_those_who_wait_are_told() -> None:
    asking = Asking(Member("only", failed("provider_down"), failed("refused")))
    told: list[float] = []
    asking.panel.on_back = lambda: told.append(asking.clock.now)
    with pytest.raises(ProviderFailed):
        await asking()
    asking.clock.now = 1.0
    with pytest.raises(ProviderFailed):  # it has looked at it, so it works
        await asking()
    await asking()
    assert told == [1.0]


async def test_one_that_rests_is_not_even_asked_how_it_is() -> None:
    member = Member("only", failed("provider_down", after_s=30))
    asking = Asking(member)
    with pytest.raises(ProviderFailed):
        await asking()
    assert await asking.panel.check() == "It is provider_down."
    assert member.checked == 0
    asking.clock.now = 30.0
    assert await asking.panel.check() is None
    assert member.checked == 1
