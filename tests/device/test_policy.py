"""What may leave the device: one place decides, everything else needs its permission."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.audit import Audit
from device.config import Privacy
from device.modes import Modes
from device.policy import Data, Decision, Permission, Policy, Wish
from device.store import Store, StoreError
from edge_models.moderation.words import Words

WORDS = Words()
EVERYTHING = frozenset(Data)
TEXT = frozenset({Data.TEXT})
A_FOX = Wish("t", "picture.create", TEXT, TEXT, "a fox")
kinds = st.frozensets(st.sampled_from(Data))


def decide(wish: Wish = A_FOX, **privacy: Any) -> Decision:
    return Policy(Privacy(**privacy), words=WORDS).decide(wish)


def test_words_may_leave_unless_somebody_says_otherwise() -> None:
    decision = decide()
    assert decision.permission is not None
    assert decision.permission.covers(turn="t", data=Data.TEXT, words="a fox")
    assert (decision.reason, decision.said) == ("text may leave: [privacy] allow", "")


@pytest.mark.parametrize(
    ("privacy", "reason", "said"),
    [
        (
            {"allow": ()},
            "text may not leave: [privacy] allow",
            "I'll keep this one here: your words may not leave the device.",
        ),
        (
            {"intents": {"picture.create": ()}},
            "text may not leave: [privacy.intents] picture.create",
            "I'll keep this one here: your words may not leave the device.",
        ),
        (
            {"offline": True},
            "nothing may leave: [privacy] offline",
            "I'll keep this one here: nothing may leave the device.",
        ),
    ],
)
def test_the_owner_allows_less_and_the_reason_is_told(privacy: dict[str, Any], reason: str, said: str) -> None:
    decision = decide(**privacy)
    assert decision.permission is None
    assert (decision.reason, decision.said) == (reason, said)


def test_an_intent_goes_before_its_skill_and_that_before_everything() -> None:
    privacy = {"allow": (), "intents": {"picture": ("text",), "picture.edit": ()}}
    assert decide(**privacy).permission is not None
    assert decide(replace(A_FOX, intent="picture.edit"), **privacy).permission is None
    assert decide(replace(A_FOX, intent="search.web"), **privacy).permission is None


def test_photos_sound_and_places_stay_until_the_owner_lets_them_go() -> None:
    for kind in EVERYTHING - TEXT:
        wish = replace(A_FOX, data=frozenset({kind}), declared=EVERYTHING)
        assert decide(wish).permission is None
        assert decide(wish, allow=(kind,)).permission is not None


@given(data=kinds, declared=kinds, allow=kinds, offline=st.booleans())
def test_a_permission_never_goes_beyond_what_is_declared_and_allowed(
    data: frozenset[Data], declared: frozenset[Data], allow: frozenset[Data], offline: bool
) -> None:
    wish = Wish("t", "picture.create", data, declared, "a fox")
    decision = decide(wish, allow=allow, offline=offline)
    assert (decision.permission is not None) == (data <= declared & allow and not offline)
    assert bool(decision.because) == (decision.permission is None)
    if decision.permission:
        assert decision.permission.data == data


def test_only_the_policy_gives_permission() -> None:
    with pytest.raises(TypeError, match="Only the policy"):
        Permission("t", "picture.create", TEXT, "a fox", "because I say so", seal=object())
    with pytest.raises(TypeError):
        Permission("t", "picture.create", TEXT, "a fox", "because I say so")  # pyright: ignore[reportCallIssue]


def test_words_that_are_not_drawn_are_not_sent_either() -> None:
    decision = decide(replace(A_FOX, words="a naked lady"))
    assert (decision.permission, decision.reason) == (None, "words: sexual")


async def test_a_refusal_is_in_the_audit_log_with_what_was_said_and_why(store: Store) -> None:
    policy = Policy(Privacy(offline=True), audit=Audit(store, unix_time=lambda: 1000.0), words=WORDS)
    await policy.ask(A_FOX)
    rows = await store.read(lambda db: db.execute("SELECT * FROM refusals").fetchall())
    assert rows == [(1, 1000.0, "t", "picture.create", "a fox", "nothing may leave: [privacy] offline")]
    assert await store.read(lambda db: db.execute("SELECT * FROM audit").fetchall()) == []


async def test_a_permission_writes_nothing_before_something_leaves(store: Store) -> None:
    await Policy(audit=Audit(store), words=WORDS).ask(A_FOX)
    assert await store.read(lambda db: db.execute("SELECT * FROM audit").fetchall()) == []


async def test_modes_outlive_a_restart_and_hold_at_once(store: Store) -> None:
    changes: list[tuple[bool, bool]] = []
    modes = Modes(store, lambda: changes.append((modes.child, modes.private)))
    policy = Policy(modes=modes, words=WORDS)
    await modes.load()
    assert policy.decide(A_FOX).permission is not None
    await modes.set("private", on=True)
    await modes.set("child", on=True)
    assert policy.decide(A_FOX).reason == "nothing may leave: switched on by the household"
    assert policy.refusal("picture.create", "a soldier with a rifle") is not None
    assert changes == [(False, True), (True, True)]
    after = Modes(store)
    await after.load()
    assert (after.child, after.private) == (True, True)


async def test_a_mode_holds_even_on_a_disk_that_is_full(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(key: str, value: str) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(store, "set_setting", full)
    modes = Modes(store)
    with pytest.raises(StoreError):
        await modes.set("private", on=True)
    assert modes.private


async def test_an_audit_log_from_before_there_were_decisions_is_taken_over(tmp_path: Path, monkeypatch: Any) -> None:
    from device import store as module

    with monkeypatch.context() as before:
        before.setattr(module, "_MIGRATIONS", module._MIGRATIONS[:1])
        old = Store.open(tmp_path / "old.sqlite")
        values = (1.0, "t", "job", "image.create", "bridge:1883", "a fox")
        columns = "at, turn, job, what, destination, content"
        await old.write(lambda db: db.execute(f"INSERT INTO audit ({columns}) VALUES (?, ?, ?, ?, ?, ?)", values))
        await old.close()
    new = Store.open(tmp_path / "old.sqlite")
    rows = await new.read(lambda db: db.execute("SELECT content, reason FROM audit").fetchall())
    assert rows == [("a fox", "")]
    await new.close()


@pytest.mark.parametrize("intent", ["question.ask", "chat.answer"])
async def test_in_child_mode_questions_and_answers_are_looked_at_and_otherwise_not(store: Store, intent: str) -> None:
    modes = Modes(store, lambda: None)
    policy = Policy(modes=modes, audit=Audit(store), words=WORDS)
    assert policy.refusal(intent, "how is whisky made") is None
    await modes.set("child", on=True)
    refused = policy.refusal(intent, "how is whisky made")
    assert refused is not None
    assert refused.kind == "alcohol"
    assert policy.told(refused, intent) == "That's not for child mode. A grown-up can tell you more about it."
    assert policy.refusal(intent, "how are foxes born") is None
    assert policy.refusal(intent, "a mural by Banksy, in the style of Banksy") is None  # talked about, not imitated
    wish = Wish("t", intent, TEXT, TEXT, "how is whisky made")
    assert policy.decide(wish).permission is None
    await policy.refuse(refused, turn="t", intent=intent, words="how is whisky made")
    assert policy.latest is not None
    assert policy.latest.because == "that isn't for children"
