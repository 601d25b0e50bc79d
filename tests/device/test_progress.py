"""Whether turns are through."""

from device.events import Artifact, Failed, Happened, JobQueued, TurnFinished
from device.progress import Progress


def feed(progress, *events):
    for turn, event in events:
        progress(Happened(1, turn, 0.0, None, event))


def final(name):
    return Artifact(name, name, "final", "an engine", f"/{name}.png", 1, 1)


def test_a_turn_is_settled_when_its_reply_is_spoken_and_its_picture_is_there():
    progress = Progress()
    feed(progress, ("a", JobQueued("j", "image")), ("a", TurnFinished({})))
    assert (progress.finished, progress.settled) == (1, False)
    feed(progress, ("a", final("p")))
    assert progress.settled
    assert [picture.picture for picture in progress.finals] == ["p"]


def test_what_an_earlier_run_left_behind_settles_nothing():
    progress = Progress()
    feed(progress, ("old", final("old")), ("old", Failed("expired", "Too late.", job="x")))
    feed(progress, ("a", JobQueued("j", "image")), ("a", TurnFinished({})), ("old", final("older")))
    assert not progress.settled
    assert progress.finals == []


def test_a_job_that_failed_is_settled_too():
    progress = Progress("a")
    feed(progress, ("a", JobQueued("j", "image")), ("b", TurnFinished({})), ("a", TurnFinished({})))
    feed(progress, ("a", Failed("refused", "No.", job="j")))
    assert progress.settled
    assert progress.finished == 1
