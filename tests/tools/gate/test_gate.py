"""The gate: two rules on pictures that are right by construction, a judge on drawings that it never learnt from."""

import numpy as np
import pytest
from PIL import Image

from edge_models.image.compositor import Compositor
from edge_models.image.layout import lay_out
from edge_models.image.parse import parse_prompt
from edge_models.image.scene import Scene, Subject
from edge_models.image.vocabulary import vocabulary
from tools.gate.judge import Judge
from tools.gate.measure import claims, composed, fit_for_claims, singles
from tools.gate.rules import COLOURS, PLACES, colour_seen, place_seen
from tools.gate.sheet import contact_sheet


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


def compositions(count: int) -> list[tuple[Scene, Image.Image, int]]:
    random = np.random.default_rng(3)
    nouns = fit_for_claims()
    found = []
    for seed in range(count):
        noun, colour, place = (words[random.integers(len(words))] for words in (nouns, COLOURS, PLACES))
        scene = Scene(subjects=(Subject(noun=noun, colour=colour),), place=place, time="day")
        found.append((scene, Compositor().draft(scene, seed=seed), seed))
    return found


def test_the_rules_are_right_about_pictures_whose_colour_and_place_are_known() -> None:
    colours, places = [], []
    for scene, picture, seed in compositions(60):
        layout = lay_out(scene, seed=seed)
        index = next(nth for nth, placed in enumerate(layout.placed) if placed.subject == 0)
        colours.append(colour_seen(picture, layout, index) == scene.subjects[0].colour)
        places.append(place_seen(picture, layout) == scene.place)
    assert np.mean(colours) >= 0.93
    assert np.mean(places) >= 0.95


def test_a_fox_in_another_colour_is_not_taken_for_the_one_asked_for() -> None:
    asked = Scene(subjects=(Subject(noun="fox", colour="red"),), place="desert", time="day")
    layout = lay_out(asked, seed=2)
    index = next(nth for nth, placed in enumerate(layout.placed) if placed.subject == 0)
    for colour in ("green", "blue", "white", "black"):
        other = asked.model_copy(update={"subjects": (Subject(noun="fox", colour=colour),)})
        assert colour_seen(Compositor().draft(other, seed=2), layout, index) == colour


def test_another_place_is_not_taken_for_the_one_asked_for() -> None:
    for place in ("beach", "kitchen", "space", "snow"):
        scene = Scene(subjects=(Subject(noun="fox"),), place=place, time="day")
        assert place_seen(Compositor().draft(scene, seed=2), lay_out(scene, seed=2)) == place


def test_the_judge_claims_many_subjects_all_of_the_vocabulary(judge: Judge) -> None:
    assert len(claims()) >= 60
    assert set(claims()) <= set(vocabulary().subjects)
    assert set(claims()) <= set(judge.subjects)


def test_the_judge_knows_what_it_claims_in_drawings_that_it_never_saw(judge: Judge) -> None:
    right = singles(Compositor(), judge, claims(), count=40, seed=31)
    assert np.mean([named for _, named in right]) >= 0.9


def test_a_composition_is_right_only_when_all_three_are(judge: Judge) -> None:
    class WrongPlace(Compositor):
        engine = "always at the beach"

        def draft(self, scene: Scene, *, seed: int, backdrop: Image.Image | None = None) -> Image.Image:
            return super().draft(scene.model_copy(update={"place": "beach"}), seed=seed, backdrop=backdrop)

    shown = composed(WrongPlace(), judge, claims(), count=12, seed=4)
    assert not any(one.composed for one in shown if "on a beach" not in one.prompt)
    assert all(parse_prompt(one.prompt).time == "day" for one in shown)


def test_a_contact_sheet_has_each_engine_beside_the_other() -> None:
    sheet = contact_sheet((Compositor(), Compositor()), ("a red fox", "a blue cat", "a castle"), side=32, across=2)
    assert sheet.size == (2 * 64 + 6, 2 * 32 + 6)
    assert (np.asarray(sheet)[:32, :32] == np.asarray(sheet)[:32, 32:64]).all()
