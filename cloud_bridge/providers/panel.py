"""All who can do one thing, in the order in which they are asked: the next takes over where one did nothing.

::

    first ──▶ an answer, or a no with a reason ──▶ the end
      │  ├──▶ nobody knows what it did ──▶ the end: whoever is asked now might bill it a second time
      │  └──▶ certainly did nothing: not there, too busy, no key that it takes
      ▼
    second …  (written down before it is asked, like the first)
      ▼
    all did nothing: the job waits until the first of them may be asked again

Nobody is asked at the same time as another, and nobody while its breaker is open.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Generic, Protocol, TypeVar

from cloud_bridge.providers.breaker import Breaker, State
from cloud_bridge.providers.faults import OutcomeUnknown, ProviderFailed
from cloud_bridge.witness import NOBODY, Witness


class Asked(Protocol):
    """Somebody on a panel."""

    @property
    def name(self) -> str:
        """Who it is, for results; no two have the same."""
        ...

    @property
    def idempotent(self) -> bool:
        """It takes the same order twice and bills it once."""
        ...

    async def check(self) -> str | None:
        """None when it works, else why not, in one sentence. Costs nothing."""
        ...


P = TypeVar("P", bound=Asked)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Standing:
    """How one of them is, for whoever runs the bridge."""

    provider: str
    state: State
    rest_s: float
    """Seconds until it may be asked again."""
    trouble: str
    """What it said last when it did not work, in one sentence; "" while it works."""


class Panel(Generic[P]):
    """At least one. A breaker each."""

    def __init__(
        self, members: Sequence[P], *, now: Callable[[], float] = monotonic, witness: Witness = NOBODY
    ) -> None:
        """`members`: in the order of the settings. `now`: seconds of a clock that doesn't go back."""
        self._members = {member.name: member for member in members}
        self._breakers = {name: Breaker() for name in self._members}
        self._trouble = dict.fromkeys(self._members, "")
        self._now, self._witness = now, witness
        self._unreachable = set[str]()
        """Those of them that rest because nobody was there."""
        self.on_back: Callable[[], None] = lambda: None
        """Told when one of them has come back from its rest: whoever waits for it need not wait any longer."""

    def __getitem__(self, name: str) -> P:
        """The member of that name, or KeyError."""
        return self._members[name]

    def __contains__(self, name: object) -> bool:
        return name in self._members

    @property
    def first(self) -> str:
        """Who would be asked now, if it went by their order."""
        now = self._now()
        ready = (name for name, breaker in self._breakers.items() if breaker.state(now) != "open")
        return next(ready, next(iter(self._members)))

    @property
    def names(self) -> str:
        """All of them, for sentences."""
        return " or ".join(self._members)

    @property
    def idempotent(self) -> bool:
        """All of them are."""
        return all(member.idempotent for member in self._members.values())

    def standing(self) -> list[Standing]:
        """How each of them is now, in the order of the settings."""
        now = self._now()
        return [
            Standing(name, breaker.state(now), breaker.rest_s(now), self._trouble[name])
            for name, breaker in self._breakers.items()
        ]

    async def check(self) -> str | None:
        """None when one of them works, else what is the matter with the first. Who wants to be left alone is."""
        first = None
        for name, member in self._members.items():
            open_now = self._breakers[name].state(self._now()) == "open"
            left_alone = open_now and name not in self._unreachable
            trouble = self._resting(name).text if left_alone else await member.check()
            if trouble is None:
                self._is_back(name)
                return None
            first = first or trouble
        return first

    def _is_back(self, name: str) -> None:
        if name in self._unreachable:
            self._unreachable.discard(name)
            self._breakers[name].back(self._now())
            self.on_back()

    async def ask(
        self,
        call: Callable[[P], Awaitable[T]],
        *,
        before: Callable[[str], Awaitable[None]],
        price: Callable[[P], float | None] | None = None,
        only: str | None = None,
    ) -> T:
        """What the first of them gives who does anything at all.

        `before` is told who is asked next, and nobody is asked before it returns. `price`: the cheapest first, those of
        whom nobody knows it last. `only`: nobody else, as it may have done the work already.
        Raises ProviderFailed, or OutcomeUnknown.
        """
        members = [member for member in self._members.values() if only in (None, member.name)]
        if not members:
            raise OutcomeUnknown
        if price is not None:
            cost = {member.name: price(member) for member in members}
            members.sort(key=lambda member: (cost[member.name] is None, cost[member.name] or 0.0))
        failures: list[ProviderFailed] = []
        for member in members:
            breaker = self._breakers[member.name]
            if not breaker.admit(self._now()):
                failures.append(self._resting(member.name))
                continue
            try:
                return await self._one(member, breaker, call, before)
            except ProviderFailed as failed:
                if not failed.nothing_done:
                    raise
                failures.append(failed)
        raise _together(failures)

    async def _one(
        self, member: P, breaker: Breaker, call: Callable[[P], Awaitable[T]], before: Callable[[str], Awaitable[None]]
    ) -> T:
        learnt, outcome, status = False, "cancelled", 0
        began = self._now()
        try:
            await before(member.name)
            answer = await call(member)
            learnt, outcome, status = True, "ok", 200
            self._works(member.name, breaker)
        except ProviderFailed as failed:
            learnt, outcome, status = True, failed.code, failed.status
            self._learn(member.name, breaker, failed)
            raise
        except OutcomeUnknown:
            learnt, outcome = True, "outcome_unknown"
            breaker.fault(self._now())
            self._trouble[member.name] = f"{member.name} did not answer."
            raise
        finally:
            if not learnt:
                breaker.nothing()
            self._witness.called(member.name, outcome, status, self._now() - began)
        return answer

    def _works(self, name: str, breaker: Breaker) -> None:
        came_back = breaker.state(self._now()) == "half-open"
        breaker.worked(self._now())
        self._trouble[name] = ""
        self._unreachable.discard(name)
        if came_back:
            self.on_back()

    def _learn(self, name: str, breaker: Breaker, failed: ProviderFailed) -> None:
        match failed.code:
            case "provider_down":
                breaker.down(self._now(), failed.retry_after_s)
                (self._unreachable.add if failed.unreachable else self._unreachable.discard)(name)
                failed.retry_after_s = breaker.rest_s(self._now())
            case "provider_error":
                breaker.fault(self._now())
            case "not_configured":
                breaker.nothing()  # it answers at once, and may be set right at any time
            case _:
                self._works(name, breaker)
                return
        self._trouble[name] = failed.text

    def _resting(self, name: str) -> ProviderFailed:
        text = self._trouble[name] or f"{name} can't be asked at the moment."
        rest_s = self._breakers[name].rest_s(self._now())
        return ProviderFailed("provider_down", text, retryable=True, retry_after_s=rest_s)


def _together(failures: Sequence[ProviderFailed]) -> ProviderFailed:
    """Why none of them did anything: the first's reason, and their shortest rest if one of them may do it later."""
    down = [failed for failed in failures if failed.code == "provider_down"]
    if not down:
        return failures[0]
    soonest_s = min(failed.retry_after_s or 0.0 for failed in down)
    return ProviderFailed("provider_down", down[0].text, retryable=True, retry_after_s=soonest_s)
