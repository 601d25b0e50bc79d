"""docs/operating.md is true: it names every metric, and the sentences of incidents are the bridge's own."""

import re
from pathlib import Path

from cloud_bridge import health, incidents
from cloud_bridge.metrics import Metrics

TEXT = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")


def test_every_metric_is_named() -> None:
    metrics = Metrics()
    metrics.watch("jobs_open", "", lambda: 0)
    metrics.watch("broker_connected", "", lambda: 0)
    families = re.findall(r"^# TYPE nightjar_(\w+) \w+$", metrics.text().decode(), flags=re.MULTILINE)
    ours = {name for name in families if not name.endswith("_created")}
    named = set(re.findall(r"`(\w+)(?:\{[\w,]+\})?`", TEXT))
    assert len(ours) > 15
    assert ours - named == set()


def test_the_sentences_of_incidents_are_the_bridges() -> None:
    for sentence in (health.ONE_IS_AWAY, health.MANY_FAIL, health.SLOW, incidents.STOPPED, incidents.DIED):
        assert sentence in TEXT
