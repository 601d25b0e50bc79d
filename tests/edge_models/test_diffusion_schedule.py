"""The few steps of the models that people flash, against numbers worked out by hand."""

import math

import numpy as np
import pytest

from edge_models.diffusion.card import EulerConstants, FlowConstants, TrigFlowConstants
from edge_models.diffusion.schedule import Euler, Flow, TrigFlow, denoised
from edge_models.image.filters import Floats

TAUGHT = {"beta_start": 0.00085, "beta_end": 0.012, "train_steps": 1000}
EULER = EulerConstants(kind="euler", **TAUGHT)
ANCESTRAL = EulerConstants(kind="euler_ancestral", **TAUGHT)
SANA = TrigFlowConstants(kind="trigflow", sigma_data=0.5, start=1.5708, middle=1.3)
ONES = np.ones((1, 1, 2, 2), np.float32)


def test_the_times_are_the_last_of_even_strides() -> None:
    assert Euler(EULER, 1).times.tolist() == [999]
    assert Euler(EULER, 2).times.tolist() == [999, 499]
    assert Euler(EULER, 3).times.tolist() == [999, 666, 332]
    assert Euler(EULER, 4).times.tolist() == [999, 749, 499, 249]


def test_the_noise_levels_are_those_that_stable_diffusion_was_taught() -> None:
    # The square roots of the betas are even from sqrt(.00085) to sqrt(.012); a level is sqrt((1 - a) / a) of the
    # product a of all 1 - beta up to its time. 14.6146 is known as Stable Diffusion's highest, 0.0292 as its lowest.
    assert Euler(EULER, 1).levels == pytest.approx([14.6146, 0.0], abs=1e-4)
    assert Euler(EULER, 1000).levels[-2] == pytest.approx(0.0292, abs=1e-4)
    few = EulerConstants(kind="euler", beta_start=0.04, beta_end=0.36, train_steps=4)
    betas = np.array([0.2, 0.2 + 0.4 / 3, 0.2 + 0.8 / 3, 0.6]) ** 2
    kept = [0.96, 0.96 * (1 - betas[1]), 0.96 * (1 - betas[1]) * (1 - betas[2])]
    wanted = [math.sqrt((1 - a) / a) for a in (kept[2] * 0.64, kept[1])]
    assert Euler(few, 2).levels == pytest.approx([*wanted, 0.0])


def test_one_step_of_euler_takes_the_predicted_noise_away() -> None:
    schedule = Euler(EULER, 1)
    level = 14.6146
    x = schedule.begin(ONES)
    assert x == pytest.approx(level * ONES, rel=1e-5)
    latents, time = schedule.asked(x, 0)
    assert time == 999
    assert latents == pytest.approx(level / math.sqrt(level**2 + 1) * ONES, rel=1e-6)
    # All but a hundredth of what there is was noise: the hundredth is the picture.
    assert schedule.after(x, 0, ONES * np.float32(0.99), never) == pytest.approx(0.01 * level * ONES, rel=1e-3)


def test_between_two_ancestral_steps_the_level_is_made_of_what_is_left_and_fresh_noise() -> None:
    schedule = Euler(ANCESTRAL, 2)
    here, there, _ = schedule.levels
    left = schedule.after(np.zeros_like(ONES), 0, ONES, lambda: 0 * ONES)[0, 0, 0, 0] + here
    fresh = schedule.after(np.zeros_like(ONES), 0, 0 * ONES, lambda: ONES)[0, 0, 0, 0]
    assert math.hypot(left, fresh) == pytest.approx(there, rel=1e-5)
    assert fresh == pytest.approx(there * math.sqrt(here**2 - there**2) / here, rel=1e-5)
    # Without: straight down.
    plain = Euler(EULER, 2).after(np.zeros_like(ONES), 0, ONES, never)[0, 0, 0, 0]
    assert plain == pytest.approx(there - here, rel=1e-5)
    schedule.after(ONES, 1, ONES, never)  # the last step adds none


def test_sanas_angles_go_from_a_right_angle_to_nought() -> None:
    assert TrigFlow(SANA, 1).angles.tolist() == [1.5708, 0]
    assert TrigFlow(SANA, 2).angles.tolist() == [1.5708, 1.3, 0]
    assert TrigFlow(SANA, 4).angles == pytest.approx([1.5708, 1.1781, 0.7854, 0.3927, 0])


def test_sana_is_asked_as_a_straight_flow_and_answers_in_angles() -> None:
    eighth = TrigFlow(TrigFlowConstants(kind="trigflow", sigma_data=0.5, start=math.pi / 4, middle=0.1), 1)
    # At 45 degrees, half is noise; the mixture of halves is sqrt(1/2) long.
    latents, share = eighth.asked(ONES, 0)
    assert share == pytest.approx(0.5)
    assert latents == pytest.approx(math.sqrt(0.5) / 0.5 * ONES)
    # velocity = (0 * given + (1 - 1 + 1/2) p) / sqrt(1/2) / 2; the picture = (x - velocity) / sqrt(2) / 0.5
    velocity = 0.5 * 3 / math.sqrt(0.5) * 0.5
    clean = (1 - velocity) * math.sqrt(0.5) / 0.5
    assert eighth.after(ONES, 0, 3 * ONES, never) == pytest.approx(clean * ONES, rel=1e-5)


def test_between_two_steps_sana_goes_back_to_the_angle_with_fresh_noise() -> None:
    schedule = TrigFlow(SANA, 2)
    x, nothing = np.zeros_like(ONES), lambda: 0 * ONES
    with_noise = schedule.after(x, 0, 0 * ONES, lambda: ONES)
    assert with_noise == pytest.approx(math.sin(1.3) * 0.5 * ONES, rel=1e-6)
    clean = TrigFlow(SANA, 1).after(ONES, 0, ONES, never) * 0.5
    assert schedule.after(ONES, 0, ONES, nothing) == pytest.approx(math.cos(1.3) * clean, rel=1e-5)


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", [EULER, ANCESTRAL])
def test_who_predicts_the_noise_rightly_gets_the_picture(kind: EulerConstants, steps: int) -> None:
    schedule = Euler(kind, steps)
    picture = np.random.default_rng(1).standard_normal((1, 4, 8, 8), np.float32)
    random = np.random.default_rng(2)

    def denoise(latents: Floats, time: float) -> Floats:
        level = schedule.levels[schedule.times.tolist().index(time)]
        return ((latents * math.hypot(level, 1) - picture) / level).astype(np.float32)

    drawn = denoised(schedule, denoise, lambda: random.standard_normal(picture.shape, np.float32), lambda *_: True)
    assert drawn == pytest.approx(picture, abs=1e-4)


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_a_consistency_model_that_knows_the_picture_draws_it(steps: int) -> None:
    schedule = TrigFlow(SANA, steps)
    picture = np.random.default_rng(1).standard_normal((1, 4, 8, 8), np.float32)
    random = np.random.default_rng(2)

    def denoise(latents: Floats, share: float) -> Floats:
        # What a straight flow that ends in this picture predicts: noise less picture, from the mixture of both.
        mixture = latents / math.hypot(share, 1 - share) * math.hypot(share, 1 - share)
        noise = (mixture - (1 - share) * picture) / share
        return (noise - picture).astype(np.float32)

    drawn = denoised(schedule, denoise, lambda: random.standard_normal(picture.shape, np.float32), lambda *_: True)
    assert drawn == pytest.approx(picture, abs=1e-3)


def test_fluxs_times_are_even_unless_they_are_shifted_to_where_the_noise_is() -> None:
    assert Flow(FlowConstants(kind="flow", shift=1), 4).shares.tolist() == [1, 0.75, 0.5, 0.25, 0]
    # 3 s / (1 + 2 s)
    assert Flow(FlowConstants(kind="flow", shift=3), 4).shares == pytest.approx([1, 0.9, 0.75, 0.5, 0])
    assert Flow(FlowConstants(kind="flow", shift=1), 1).asked(ONES, 0)[1] == 1


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_who_knows_the_way_to_the_picture_gets_there_in_any_number_of_steps(steps: int) -> None:
    picture = np.random.default_rng(1).standard_normal((1, 4, 8, 8), np.float32)
    noise = np.random.default_rng(2).standard_normal(picture.shape, np.float32)
    flow = Flow(FlowConstants(kind="flow", shift=2), steps)
    assert denoised(flow, lambda *_: noise - picture, lambda: noise, lambda *_: True) == pytest.approx(
        picture, abs=1e-5
    )


def test_a_drawing_is_called_off_within_one_step() -> None:
    asked: list[float] = []

    def denoise(latents: Floats, time: float) -> Floats:
        asked.append(time)
        return latents

    for wanted in range(4):
        asked.clear()
        drawn = denoised(Euler(EULER, 4), denoise, lambda: ONES, lambda done, of, wanted=wanted: done < wanted)
        assert drawn is None
        assert len(asked) == wanted
    assert denoised(Euler(EULER, 4), denoise, lambda: ONES, lambda done, of: done < of) is None


def never() -> Floats:
    raise AssertionError("no noise is due here")
