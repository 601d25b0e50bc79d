"""The circuit breaker, moved through its states by hand."""

from cloud_bridge.providers.breaker import FAULTS, RESTS_S, Breaker


def test_it_lets_everybody_in_until_the_provider_says_no() -> None:
    breaker = Breaker()
    assert all(breaker.admit(0.0) for _ in range(3))
    breaker.down(10.0)
    assert (breaker.state(10.5), breaker.admit(10.5), breaker.rest_s(10.25)) == ("open", False, 0.75)


def test_after_its_rest_one_may_try_and_the_others_wait_for_how_that_went() -> None:
    breaker = Breaker()
    breaker.down(0.0)
    assert breaker.state(1.0) == "half-open"
    assert [breaker.admit(1.0), breaker.admit(1.0)] == [True, False]
    breaker.worked(1.0)
    assert (breaker.state(1.0), breaker.admit(1.0), breaker.admit(1.0)) == ("closed", True, True)


def test_a_trial_that_fails_makes_the_next_rest_twice_as_long_up_to_a_minute() -> None:
    breaker, now, rests = Breaker(), 0.0, []
    for _ in range(8):
        assert breaker.admit(now)
        breaker.down(now)
        rests.append(breaker.rest_s(now))
        now += rests[-1]
    assert rests == [1, 2, 4, 8, 16, 32, 60, 60]
    assert breaker.admit(now)
    breaker.worked(now)
    breaker.down(now)
    assert breaker.rest_s(now) == RESTS_S[0]


def test_calls_that_learn_the_same_at_the_same_time_count_once() -> None:
    breaker = Breaker()
    for _ in range(3):
        breaker.down(0.0)
    assert breaker.rest_s(0.0) == 1


def test_a_rest_that_the_provider_asks_for_is_kept() -> None:
    breaker = Breaker()
    breaker.down(0.0, 17.0)
    breaker.down(1.0, 3.0)
    assert breaker.rest_s(1.0) == 16.0


def test_faults_running_open_it_and_one_that_works_in_between_does_not_let_them_add_up() -> None:
    breaker = Breaker()
    for _ in range(FAULTS - 1):
        breaker.fault(0.0)
    breaker.worked(0.0)
    for _ in range(FAULTS - 1):
        breaker.fault(0.0)
    assert breaker.state(0.0) == "closed"
    breaker.fault(0.0)
    assert breaker.state(0.0) == "open"


def test_a_fault_in_the_trial_opens_it_at_once() -> None:
    breaker = Breaker()
    breaker.down(0.0)
    assert breaker.admit(1.0)
    breaker.fault(1.0)
    assert (breaker.state(1.0), breaker.rest_s(1.0)) == ("open", 2.0)


def test_a_call_that_was_begun_before_the_rest_does_not_end_it() -> None:
    breaker = Breaker()
    breaker.down(0.0, 30.0)
    breaker.worked(1.0)
    assert (breaker.state(1.0), breaker.rest_s(1.0)) == ("open", 29.0)


def test_a_trial_that_is_given_up_leaves_room_for_another() -> None:
    breaker = Breaker()
    breaker.down(0.0)
    assert breaker.admit(1.0)
    breaker.nothing()
    assert (breaker.state(1.0), breaker.admit(1.0)) == ("half-open", True)


def test_one_that_is_there_again_need_not_rest_any_longer() -> None:
    breaker = Breaker()
    breaker.down(0.0)
    breaker.down(1.0)
    breaker.back(1.5)
    assert breaker.state(1.5) == "half-open"
    breaker = Breaker()
    breaker.back(0.0)
    assert breaker.state(0.0) == "closed"
