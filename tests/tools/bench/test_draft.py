"""nightjar bench draft: what its figures are of."""

import numpy as np
import pytest

from edge_models.image.draft_model import CODEC, FOLDER
from edge_models.image.patches import load_codec
from edge_models.models import ModelStore
from tools.bench import draft_parts, draft_steps
from tools.bench.draft import PROMPTS


@pytest.mark.models
def test_each_variant_says_how_long_a_draft_takes_and_what_of_it(
    models: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draft_parts, "THREADS", (1,))
    variants = draft_parts.parts_by_variant(models.root, PROMPTS[:1])
    assert set(variants) == {
        f"{precision} {steps} steps 1 threads" for precision in ("int8", "fp32") for steps in (2, 4)
    }
    for figures in variants.values():
        parts = [figures[part] for part in draft_parts.PARTS]
        assert figures["median"] == pytest.approx(sum(parts), abs=0.5)
        assert min(parts) > 0


def test_the_ratio_is_of_times_that_were_taken_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft_steps, "ROUNDS", 2)
    monkeypatch.setattr(draft_steps, "find_spec", lambda _name: None)
    figures = draft_steps.steps_by_runtime(PROMPTS[0], dims=load_codec(FOLDER / CODEC).dims)
    taken = figures["step_cpu_ms"]
    assert set(taken) == {"int8", "fp32"}
    assert figures["int8_over_fp32"] == pytest.approx(taken["fp32"] / taken["int8"], rel=0.02)
    assert set(figures) == {"step_cpu_ms", "int8_over_fp32"}


def test_the_same_file_is_computed_in_single_precision_and_comes_to_the_same() -> None:
    feed = draft_steps.feeds_of(PROMPTS[0], dims=load_codec(FOLDER / CODEC).dims)[0]
    narrow, wide = (
        np.asarray(draft_steps.open_network(wide=wide).run(None, dict(feed))[0], np.float32) for wide in (False, True)
    )
    assert 1e-6 < np.abs(narrow - wide).mean() / np.abs(wide).mean() < 0.1
