"""The state machine allows what its table allows."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from device.conversation import ALLOWED, Conversation, State


@given(st.lists(st.sampled_from(list(State)), max_size=30))
def test_whatever_is_asked_only_allowed_changes_happen_and_each_is_told_once(wishes):
    told: list[State] = []
    conversation = Conversation(told.append)
    for wish in wishes:
        before = conversation.state
        went = conversation.go(wish)
        assert went == (wish in ALLOWED[before])
        assert conversation.state is (wish if went else before)
    steps = [State.IDLE, *told]
    assert all(after in ALLOWED[before] and after is not before for before, after in pairwise(steps))


def test_the_wake_word_is_heard_in_every_state():
    assert all(State.LISTENING in following for following in ALLOWED.values())


def test_nobody_who_speaks_is_talked_over():
    assert State.SPEAKING not in ALLOWED[State.LISTENING]


def test_the_end_of_one_turn_is_not_the_end_of_another():
    conversation = Conversation()
    conversation.begin("typed")
    conversation.begin("spoken")
    conversation.go(State.THINKING)
    conversation.finish("typed")
    assert conversation.state is State.THINKING
    conversation.finish("spoken")
    assert conversation.state is State.IDLE


def test_the_end_of_a_turn_does_not_end_the_listening():
    conversation = Conversation()
    conversation.begin("typed")
    conversation.go(State.LISTENING)
    conversation.finish("typed")
    assert conversation.state is State.LISTENING


def test_it_is_quiet_only_when_nothing_waits():
    conversation = Conversation()
    assert conversation.quiet
    conversation.begin("typed")
    assert conversation.state is State.IDLE
    assert not conversation.quiet
    conversation.finish("typed")
    assert conversation.quiet
