"""The memory plan: never more than may be used, and what is worth it stays."""

from itertools import pairwise

import pytest

from edge_models.diffusion.plan import Need, TooLittleMemory, plan
from edge_models.diffusion.wiring import PartName

NEEDS: dict[PartName, Need] = {
    "text_encoder": Need(700, 20),
    "denoiser": Need(1700, 400),
    "decoder": Need(100, 600),
}


def test_with_room_for_all_of_it_all_of_it_stays() -> None:
    made = plan(NEEDS, 10_000)
    assert made.kept == NEEDS.keys()
    assert made.peak_bytes == 700 + 1700 + 100 + 600
    assert plan(NEEDS, made.peak_bytes) == made


def test_with_room_for_one_the_encoder_is_freed_before_the_denoiser_is_loaded() -> None:
    made = plan(NEEDS, 2100)
    assert made.kept == set()
    assert made.peak_bytes == 2100


def test_with_room_between_the_largest_that_fits_beside_the_others_stays() -> None:
    assert plan(NEEDS, 2300).kept == {"decoder"}
    # The denoiser alone: while the encoder runs, 700 + 20 + 1700, while the decoder does, 100 + 600 + 1700.
    assert plan(NEEDS, 2420).kept == {"denoiser"}
    assert plan(NEEDS, 2419).kept == {"decoder"}
    assert plan(NEEDS, 2520).kept == {"denoiser", "decoder"}


def test_more_memory_never_keeps_less() -> None:
    weights = [
        sum(NEEDS[name].weights_bytes for name in plan(NEEDS, may_use).kept) for may_use in range(2100, 3300, 10)
    ]
    assert all(before <= after for before, after in pairwise(weights))
    assert weights[0] == 0
    assert weights[-1] == 2500


@pytest.mark.parametrize("may_use", range(2100, 3300, 100))
def test_no_step_of_the_plan_takes_more_than_it_may(may_use: int) -> None:
    made = plan(NEEDS, may_use)
    for name, need in NEEDS.items():
        beside = sum(NEEDS[other].weights_bytes for other in made.kept - {name})
        assert beside + need.weights_bytes + need.working_bytes <= made.peak_bytes <= may_use


def test_too_little_for_one_part_is_one_sentence() -> None:
    with pytest.raises(TooLittleMemory, match=r"^The picture model's denoiser needs 2\.10 GB .* may use 1\.50.*\.$"):
        plan(
            {name: Need(need.weights_bytes * 10**6, need.working_bytes * 10**6) for name, need in NEEDS.items()},
            15 * 10**8,
        )
