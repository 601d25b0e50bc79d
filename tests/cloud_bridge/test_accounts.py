"""What may be spent, what is held for open jobs, and what was spent."""

import sqlite3
from datetime import UTC, datetime
from itertools import count

import pytest

from cloud_bridge.accounts import Accounts, Budget, Spent, Terms, spending, terms_from
from cloud_bridge.ledger_schema import TABLE
from cloud_bridge.protocol import Failed, Usage

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC).timestamp()
JOBS = (f"01935d0e-0000-7000-8000-{number:012x}" for number in count())


class House:
    """A ledger's table, its accounts, and a clock."""

    def __init__(self, **terms: Terms) -> None:
        self.database = sqlite3.connect(":memory:", isolation_level=None)
        self.database.executescript(TABLE)
        self.now, self.terms = NOON, terms
        self.begin()

    def begin(self) -> None:
        """The bridge starts."""
        self.accounts = Accounts(terms=lambda device: self.terms.get(device, Terms()), now=lambda: self.now)
        self.accounts.begin(self.database)

    def ask(self, device: str) -> str | Failed:
        """A job's number, or why it isn't taken on."""
        job = next(JOBS)
        self.database.execute(
            "INSERT INTO jobs (device, job, body_sha256, body, state, expires_at, accepted_at)"
            " VALUES (?, ?, '', '', 'queued', 0, ?)",
            (device, job, self.now),
        )
        no = self.accounts.objection(self.database, device=device, job=job, kind="image")
        if no is not None:
            self.database.execute("DELETE FROM jobs WHERE job = ?", (job,))
        return no or job

    def end(
        self,
        device: str,
        job: str,
        *,
        usd: float | None = None,
        state: str = "stored",
        called: bool = True,
        tokens: int = 0,
    ) -> None:
        usage = None if usd is None and not tokens else Usage(output_tokens=tokens, cost_usd=usd)
        cost = None if usd is None else round(usd * 1e6)
        self.database.execute("UPDATE jobs SET state = ?, cost_microusd = ? WHERE job = ?", (state, cost, job))
        self.accounts.ended(
            self.database, device=device, job=job, kind="image", state=state, called=called, usage=usage
        )

    def make(self, device: str, *, usd: float) -> None:
        """A whole job."""
        job = self.ask(device)
        assert isinstance(job, str)
        self.end(device, job, usd=usd)

    def refusal(self, device: str) -> Failed:
        no = self.ask(device)
        assert isinstance(no, Failed)
        return no


def a_day(usd: float) -> Terms:
    return Terms(budget=Budget(device_usd_a_day=usd))


def test_without_a_budget_everything_is_taken_on_and_written_down() -> None:
    house = House()
    for _ in range(3):
        house.make("kitchen", usd=0.04)
    assert list(spending(house.database)) == [Spent("device kitchen", "2026-11-26", 3, 0, 0.12)]


def test_a_device_that_has_used_up_its_day_is_told_until_when() -> None:
    house = House(kitchen=a_day(0.10))
    house.make("kitchen", usd=0.04)
    house.make("kitchen", usd=0.04)
    no = house.refusal("kitchen")
    assert (no.code, no.retryable, no.retry_after_s) == ("over_budget", True, 12 * 3600)
    house.now += 12 * 3600
    house.make("kitchen", usd=0.04)


def test_jobs_that_are_open_count_with_what_such_jobs_have_cost() -> None:
    house = House(kitchen=a_day(0.10))
    house.make("kitchen", usd=0.04)
    assert isinstance(house.ask("kitchen"), str)
    assert isinstance(house.ask("kitchen"), Failed)


def test_a_job_that_cost_nothing_gives_back_what_was_held_for_it() -> None:
    house = House(kitchen=a_day(0.10))
    house.make("kitchen", usd=0.06)
    house.terms["kitchen"] = a_day(0.13)
    job = house.ask("kitchen")
    assert isinstance(job, str)
    assert isinstance(house.ask("kitchen"), Failed)
    house.end("kitchen", job, state="failed")
    assert isinstance(house.ask("kitchen"), str)


@pytest.mark.parametrize("state", ["outcome_unknown", "cancelled"])
def test_where_nobody_knows_whether_it_was_billed_it_counts_as_billed(state: str) -> None:
    house = House()
    house.make("kitchen", usd=0.04)
    job = house.ask("kitchen")
    assert isinstance(job, str)
    house.end("kitchen", job, state=state)
    assert [spent.usd for spent in spending(house.database)] == [0.08]


def test_a_job_that_is_called_off_before_its_call_costs_nothing() -> None:
    house = House()
    house.make("kitchen", usd=0.04)
    job = house.ask("kitchen")
    assert isinstance(job, str)
    house.end("kitchen", job, state="cancelled", called=False)
    assert [spent.usd for spent in spending(house.database)] == [0.04]


def test_devices_of_a_household_share_its_month() -> None:
    shared = Terms("smith", Budget(household_usd_a_month=0.10))
    house = House(kitchen=shared, attic=shared, neighbour=Terms("jones", shared.budget))
    house.make("kitchen", usd=0.05)
    house.make("attic", usd=0.05)
    no = house.refusal("attic")
    assert no.text == "This household has used up what it may spend in a month."
    assert no.retry_after_s == 4.5 * 24 * 3600
    house.make("neighbour", usd=0.05)
    assert Spent("household smith", "2026-11", 2, 0, 0.1) in spending(house.database)


def test_jobs_are_counted_where_nobody_knows_their_price() -> None:
    house = House(kitchen=Terms(budget=Budget(device_jobs_a_day=2)))
    for _ in range(2):
        job = house.ask("kitchen")
        assert isinstance(job, str)
        house.end("kitchen", job, tokens=100)
    assert house.refusal("kitchen").text == "This device has asked for as much as it may in a day."
    assert [spent.tokens for spent in spending(house.database)] == [200]


def test_after_a_crash_open_jobs_are_held_again_and_what_was_spent_is_known() -> None:
    house = House(kitchen=a_day(0.10))
    house.make("kitchen", usd=0.04)
    job = house.ask("kitchen")
    assert isinstance(job, str)
    house.begin()
    assert isinstance(house.ask("kitchen"), Failed)
    house.end("kitchen", job, usd=0.04)
    assert [(spent.jobs, spent.usd) for spent in spending(house.database)] == [(2, 0.08)]


def test_a_transaction_that_is_carried_out_twice_holds_once() -> None:
    house = House(kitchen=Terms(budget=Budget(device_jobs_a_day=2)))
    job = house.ask("kitchen")
    assert isinstance(job, str)
    assert house.accounts.objection(house.database, device="kitchen", job=job, kind="image") is None
    assert isinstance(house.ask("kitchen"), str)


def test_a_job_over_midnight_is_paid_by_the_day_on_which_it_was_asked_for() -> None:
    house = House()
    job = house.ask("kitchen")
    assert isinstance(job, str)
    house.now += 24 * 3600
    house.end("kitchen", job, usd=0.04)
    assert [spent.period for spent in spending(house.database)] == ["2026-11-26"]


@pytest.mark.parametrize(("device", "expected"), [("kitchen", 1.0), ("attic", 5.0), ("stranger", 1.0)])
def test_a_device_has_the_budget_of_its_class(device: str, expected: float) -> None:
    classes = {"standard": Budget(device_usd_a_day=1.0), "studio": Budget(device_usd_a_day=5.0)}
    of = {"kitchen": ("smith", "standard"), "attic": ("smith", "studio")}
    assert terms_from(classes, of.get)(device).budget.device_usd_a_day == expected
