"""nightjar bench drawing: its arithmetic, and that it draws while it is told to and not otherwise."""

import time

from edge_models.image.compositor import Compositor
from tools.bench.drawing import NOTHING, _Drawing, figures


def test_ratios_are_over_what_nothing_costs() -> None:
    found = figures({NOTHING: [100.0, 100.0, 200.0], "draft": [110.0, 120.0, 300.0]}, {"draft": [1.0]})
    assert found["stt_ms"][NOTHING] == {"median": 100.0, "p95": 200.0}
    assert found["ratio"] == {"draft": {"median": 1.2, "p95": 1.5}}
    assert found["loop_lag_ms"] == {"draft": {"median": 1.0, "p95": 1.0}}


def test_it_draws_while_it_is_on_and_not_when_it_is_off() -> None:
    drawing = _Drawing(Compositor())
    before = drawing.pictures
    with drawing.on():
        pass
    drawn = drawing.pictures
    assert drawn > before
    time.sleep(0.05)
    assert drawing.pictures == drawn
    drawing.close()
