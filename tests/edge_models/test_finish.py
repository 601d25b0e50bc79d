"""The final: real steps towards a picture, every kind of subject, and an end when it is called off."""

from random import Random
from typing import get_args

import numpy as np
import pytest
from PIL import Image

from edge_models.image.compositor import Compositor
from edge_models.image.finish import Cancelled, finish
from edge_models.image.layout import lay_out
from edge_models.image.scene import Relation, RelationKind, Scene, Subject, TimeOfDay
from edge_models.image.style import FLAT_STYLES, STYLES
from edge_models.image.vocabulary import vocabulary

NIGHT_AND_DAY: tuple[TimeOfDay, ...] = ("day", "night")
FOX = Scene(subjects=(Subject(noun="fox", colour="red"), Subject(noun="moon", adjectives=("full",))))


class Watch:
    """What a caller of finish sees."""

    def __init__(self, cancel_at: float = 2.0) -> None:
        self.progress: list[float] = []
        self.partials: list[Image.Image] = []
        self.cancel_at = cancel_at

    def draw(
        self, scene: Scene, *, seed: int = 1, size: tuple[int, int] = (192, 192), partials: int = 0
    ) -> Image.Image:
        return finish(
            scene,
            seed=seed,
            width=size[0],
            height=size[1],
            partials=partials,
            on_progress=self.progress.append,
            on_partial=self.partials.append,
            cancelled=lambda: bool(self.progress) and self.progress[-1] >= self.cancel_at,
        )


@pytest.mark.parametrize("size", [(256, 256), (384, 256), (256, 384)])
def test_a_final_has_the_size_asked_for(size: tuple[int, int]):
    picture = Watch().draw(FOX, size=size)
    assert picture.size == size
    assert picture.mode == "RGB"


def test_the_same_scene_seed_and_size_give_the_same_pixels_and_another_seed_others():
    assert Watch().draw(FOX, seed=4).tobytes() == Watch().draw(FOX, seed=4).tobytes()
    assert Watch().draw(FOX, seed=4).tobytes() != Watch().draw(FOX, seed=5).tobytes()


@pytest.mark.parametrize("wanted", [0, 1, 2, 3])
@pytest.mark.parametrize("style", [None, "watercolour"])
def test_partial_pictures_are_real_steps_towards_the_final(wanted: int, style: str | None):
    watch = Watch()
    final = np.asarray(watch.draw(FOX.model_copy(update={"style": style}), partials=wanted), np.float32)
    assert len(watch.partials) == wanted
    away = [np.abs(np.asarray(partial, np.float32) - final).mean() for partial in watch.partials]
    assert all(distance > 0.5 for distance in away)
    assert all(partial.size == (192, 192) for partial in watch.partials)
    if len(away) > 1:
        assert away[-1] < away[0]


def test_progress_grows_from_nothing_to_all():
    watch = Watch()
    watch.draw(FOX)
    assert watch.progress == sorted(watch.progress)
    assert watch.progress[0] < 0.1
    assert watch.progress[-1] == 1.0


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6])
def test_a_cancelled_picture_stops_soon(share: float):
    watch = Watch(cancel_at=share)
    with pytest.raises(Cancelled):
        watch.draw(Scene(subjects=(Subject(noun="dog", count=6),)))
    assert watch.progress[-1] < share + 0.2


def test_the_final_is_the_draft_grown_up():
    for scene in (FOX, Scene(subjects=(Subject(noun="boat"),), time="sunset"), Scene(place="desert")):
        draft = np.asarray(Compositor().draft(scene, seed=3).resize((48, 48)), np.float32)
        final = np.asarray(Watch().draw(scene, seed=3, size=(256, 256)).resize((48, 48)), np.float32)
        other = np.asarray(Compositor().draft(Scene(place="space"), seed=3).resize((48, 48)), np.float32)
        alike = np.corrcoef(draft.ravel(), final.ravel())[0, 1]
        assert alike > 0.75
        assert alike > np.corrcoef(draft.ravel(), other.ravel())[0, 1] + 0.2


def test_the_final_has_detail_that_an_enlarged_draft_lacks():
    scene = Scene(subjects=(Subject(noun="bear"),), place="meadow")
    final = np.asarray(Watch().draw(scene, size=(768, 768)).convert("L"), np.float32)
    draft = np.asarray(Compositor().draft(scene, seed=1).resize((768, 768)).convert("L"), np.float32)
    assert np.abs(np.diff(final, axis=1)).mean() > 1.5 * np.abs(np.diff(draft, axis=1)).mean()


def test_the_lit_side_of_a_figure_faces_the_sun():
    for seed in range(6):
        scene = Scene(subjects=(Subject(noun="ball", colour="grey"), Subject(noun="sun")), place="meadow", time="day")
        layout = lay_out(scene, seed=seed)
        ball = next(placed for placed in layout.placed if placed.subject == 0)
        picture = np.asarray(Watch().draw(scene, seed=seed, size=(320, 320)).convert("L"), np.float32)
        row = round((ball.base - ball.height / 2) * 320)
        band = slice(row - 6, row + 6)
        reach = 0.36 * ball.width
        left = picture[band, round((ball.x - reach) * 320) - 3 : round((ball.x - reach) * 320) + 3].mean()
        right = picture[band, round((ball.x + reach) * 320) - 3 : round((ball.x + reach) * 320) + 3].mean()
        assert (left > right) == (layout.sun[0] < ball.x)


def test_night_is_darker_than_day():
    day, night = (
        np.asarray(Watch().draw(Scene(subjects=(Subject(noun="dog"),), time=time)), np.float32).mean()
        for time in NIGHT_AND_DAY
    )
    assert night < 0.5 * day


def test_an_empty_scene_gives_a_landscape():
    assert np.asarray(Watch().draw(Scene()), np.float32).std() > 20


@pytest.mark.parametrize("place", sorted(vocabulary().places))
@pytest.mark.parametrize("time", ["day", "night"])
def test_every_place_can_be_finished(place: str, time: TimeOfDay):
    scene = Scene(subjects=(Subject(noun="dog"), Subject(noun="boat")), place=place, time=time)
    assert np.asarray(Watch().draw(scene, size=(96, 96)), np.float32).std() > 5


@pytest.mark.parametrize("weather", sorted(vocabulary().weathers))
def test_every_weather_can_be_finished(weather: str):
    scene = Scene(subjects=(Subject(noun="dog"),), weather=weather)
    plain = Watch().draw(Scene(subjects=(Subject(noun="dog"),)))
    assert Watch().draw(scene).tobytes() != plain.tobytes()


@pytest.mark.parametrize("style", sorted(vocabulary().styles))
def test_every_style_can_be_finished(style: str):
    assert style in STYLES or style in FLAT_STYLES
    scene = Scene(subjects=(Subject(noun="cat"), Subject(noun="sun")), style=style)
    plain = Watch().draw(scene.model_copy(update={"style": None}))
    assert np.abs(np.asarray(Watch().draw(scene), np.float32) - np.asarray(plain, np.float32)).mean() > 1


@pytest.mark.parametrize("kind", sorted({entry.kind for entry in vocabulary().subjects.values()}))
def test_subjects_of_every_kind_can_be_finished(kind: str):
    nouns = [key for key, entry in vocabulary().subjects.items() if entry.kind == kind]
    for first in range(0, len(nouns), 8):
        subjects = tuple(Subject(noun=noun) for noun in nouns[first : first + 8])
        assert Watch().draw(Scene(subjects=subjects), size=(96, 96)).size == (96, 96)


def anything(seed: int) -> Scene:
    """A scene that nobody would ask for, but somebody could."""
    pick, words = Random(seed), vocabulary()
    subjects = tuple(
        Subject(
            noun=pick.choice(list(words.subjects)),
            count=pick.choice([1, 1, 1, 2, 5, 12]),
            colour=pick.choice([None, *words.colours]),
            size=pick.choice(list(words.sizes)),
            adjectives=tuple(pick.sample(list(words.adjectives), pick.randint(0, 2))),
        )
        for _ in range(pick.randint(0, 8))
    )
    relations = tuple(
        Relation(of=pick.randrange(8), kind=pick.choice(get_args(RelationKind)), to=pick.randrange(8))
        for _ in range(pick.randint(0, 6))
    )
    return Scene(
        subjects=subjects,
        relations=relations,
        place=pick.choice([None, *words.places]),
        weather=pick.choice([None, *words.weathers]),
        time=pick.choice([None, *words.times]),
        style=pick.choice([None, None, None, *words.styles]),
    )


@pytest.mark.parametrize("seed", range(40))
def test_any_scene_can_be_drawn_at_any_size(seed: int):
    scene = anything(seed)
    size = [(64, 64), (160, 90), (64, 256)][seed % 3]
    assert Compositor().draft(scene, seed=-seed).size == (512, 512)
    assert Watch().draw(scene, seed=-seed, size=size, partials=3).size == size
