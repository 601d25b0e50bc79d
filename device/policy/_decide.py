"""Whether something may leave the device: asked here and nowhere else.

::

    skill declares        owner allows             household says         words
    text, photo     ──▶   [privacy] allow    ──▶   "keep everything  ──▶  not cruel, not in    ──▶  Permission
                          [privacy.intents]         on the device"        a living artist's name     │
                                                                                                     ▼
                                                                                            Offload.submit(…)
"""

from collections.abc import Iterable
from dataclasses import InitVar, dataclass, field

from device.audit import Audit
from device.config import Privacy
from device.data import Data
from device.modes import Modes
from device.phrases import Phrases
from edge_models.moderation.words import ARTIST, Refused, Words

PICTURES = "picture."
"""How the intents begin whose words are drawn."""
NOT_DRAWN = frozenset({"picture.delete", "picture.restore", "picture.undo", "picture.redo"})
"""But for these: whatever is in a picture, it can be deleted."""
TALK = ("question.", "chat.")
"""How the intents begin whose words are questions and answers: only in child mode they are looked at."""
_SEAL = object()


@dataclass(frozen=True, slots=True)
class Wish:
    """What a skill would like to send away."""

    turn: str
    intent: str
    data: frozenset[Data]
    declared: frozenset[Data]
    """What the skill has said that it may ever send."""
    words: str
    """What was said or typed, as it would leave."""


@dataclass(frozen=True, slots=True)
class Permission:
    """The policy's word that data of these kinds may leave in this turn. Only the policy makes one."""

    turn: str
    intent: str
    data: frozenset[Data]
    words: str
    """The words that may leave: these and no others."""
    reason: str
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        """Raises TypeError for one that the policy has not made."""
        if seal is not _SEAL:
            raise TypeError("Only the policy gives permission.")

    def covers(self, *, turn: str, data: Data, words: str) -> bool:
        """Whether it was given for this turn, this kind of data and these words."""
        return (self.turn, self.words) == (turn, words) and data in self.data


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether it may leave."""

    permission: Permission | None
    """None: it may not."""
    reason: str
    """For the audit log: which setting or rule."""
    because: str = ""
    """Why not, as the end of a sentence: `nothing may leave the device`; "" where it may."""
    said: str = ""
    """What is told to the person when it may not."""


@dataclass(slots=True)
class Policy:
    """One a device. Without anything, it allows what the settings' defaults allow."""

    privacy: Privacy = field(default_factory=Privacy)
    modes: Modes | None = None
    audit: Audit | None = None
    """Where refusals are written down."""
    words: Words = field(default_factory=Words)
    phrases: Phrases = field(default_factory=Phrases)
    latest: Decision | None = None
    """The last decision, for whoever asks why."""

    @property
    def child(self) -> bool:
        """Whether child mode is on."""
        return self.modes is not None and self.modes.child

    @property
    def private(self) -> bool:
        """Whether nothing leaves the device at all, whatever skill asks."""
        return self.privacy.offline or (self.modes is not None and self.modes.private)

    def refusal(self, intent: str, words: str) -> Refused | None:
        """Why `words` are not drawn, or not talked about with a child; None when they may be."""
        if intent.startswith(TALK):
            return self._unfit(words) if self.child else None
        if not intent.startswith(PICTURES) or intent in NOT_DRAWN:
            return None
        return self.words.refused(words, child=self.child)

    def _unfit(self, words: str) -> Refused | None:
        """Why a child doesn't hear this; a living artist may be talked about."""
        refused = self.words.refused(words, child=True)
        return None if refused is None or refused.kind == ARTIST else refused

    def told(self, refused: Refused, intent: str) -> str:
        """The answer to what is not drawn, or not talked about."""
        if intent.startswith(TALK):
            return self.phrases("policy-not-told")
        return self.phrases("policy-not-drawn", kind=refused.kind)

    def decide(self, wish: Wish) -> Decision:
        """Decide. Nothing is written and nothing is said."""
        if not wish.data <= wish.declared:
            undeclared = _listed(wish.data - wish.declared)
            return self._held(f"the skill never declared {undeclared}", self.phrases("policy-not-meant-to"))
        if refused := self.refusal(wish.intent, wish.words):
            return self._held(f"words: {refused.kind}", self.phrases("policy-no-such-words"))
        if self.private:
            where = "[privacy] offline" if self.privacy.offline else "switched on by the household"
            return self._held(f"nothing may leave: {where}", self.phrases("policy-nothing-leaves"))
        allowed, setting = self._allowed(wish.intent)
        if held := wish.data - allowed:
            kinds = [self.phrases("policy-data", kind=kind) for kind in Data if kind in held]
            return self._held(
                f"{_listed(held)} may not leave: {setting}", self.phrases("policy-data-stays", kinds=kinds)
            )
        reason = f"{_listed(wish.data)} may leave: {setting}"
        return Decision(Permission(wish.turn, wish.intent, wish.data, wish.words, reason, seal=_SEAL), reason)

    async def ask(self, wish: Wish) -> Decision:
        """Decide, and write down what is refused. Raises StoreError; then nothing may leave either."""
        decision = self.latest = self.decide(wish)
        if decision.permission is None and self.audit is not None:
            await self.audit.refused(turn=wish.turn, intent=wish.intent, words=wish.words, reason=decision.reason)
        return decision

    async def refuse(self, refused: Refused, *, turn: str, intent: str, words: str) -> None:
        """Write down that something is not even made, or not said. Raises StoreError."""
        because = self.phrases("policy-not-told-here" if intent.startswith(TALK) else "policy-not-drawn-here")
        self.latest = self._held(f"words: {refused.kind}", because)
        if self.audit is not None:
            await self.audit.refused(turn=turn, intent=intent, words=words, reason=self.latest.reason)

    def _held(self, reason: str, because: str) -> Decision:
        return Decision(None, reason, because, said=self.phrases("policy-stays", because=because))

    def kept_here(self, intents: Iterable[str]) -> frozenset[str]:
        """Those of `intents` for which not even words may leave."""
        return frozenset(each for each in intents if self.private or Data.TEXT not in self._allowed(each)[0])

    def may_leave(self) -> frozenset[Data]:
        """The kinds of data that may leave for anything at all."""
        if self.private:
            return frozenset()
        return self.privacy.allow.union(*self.privacy.intents.values())

    def _allowed(self, intent: str) -> tuple[frozenset[Data], str]:
        """What may leave for an intent, and which setting says so: its own, its skill's (`picture`), everybody's."""
        for name in (intent, intent.partition(".")[0]):
            if name in self.privacy.intents:
                return self.privacy.intents[name], f"[privacy.intents] {name}"
        return self.privacy.allow, "[privacy] allow"


def _listed(kinds: frozenset[Data]) -> str:
    return ", ".join(sorted(kinds)) or "nothing"
