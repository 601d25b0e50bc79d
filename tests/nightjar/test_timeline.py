"""The timeline that people read."""

from device.events import Draft, Happened, JobProgress, Muted, Reply, WakeWord
from nightjar.timeline import Timeline


def test_it_prints_what_matters_with_both_times():
    lines: list[str] = []
    timeline = Timeline(lines.append)
    timeline(Happened(1, "t", 1234.0, None, WakeWord("alexa", 0.876)))
    timeline(Happened(2, "t", 2000.0, 250.0, Draft("Nightjar compositor", 81.7)))
    timeline(Happened(3, "t", 2100.0, 350.0, JobProgress("j", 0.5)))
    heading, wake, draft = lines
    assert "since end of speech" in heading
    assert "1,234 ms" in wake
    assert '"alexa" (0.88)' in wake
    assert "+250 ms" in draft
    assert "Nightjar compositor, 82 ms of work" in draft


def test_a_muted_microphone_is_told_without_times():
    lines: list[str] = []
    Timeline(lines.append)(Happened(1, "", 0.0, None, Muted(muted=True)))
    assert lines[-1].split() == ["microphone", "muted"]


def test_a_timer_that_is_done_begins_a_turn_of_its_own():
    lines: list[str] = []
    Timeline(lines.append)(Happened(1, "t", 12.0, None, Reply("Your pasta timer is done.")))
    assert lines[-1].split()[:2] == ["12", "ms"]
