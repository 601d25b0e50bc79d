"""Weather in a picture that is there already: its light, and what our own pictures let fall in front of all."""

from collections.abc import Iterator

import numpy as np

from edge_models.image.colour import from_lab, to_lab
from edge_models.image.filters import Floats
from edge_models.image.frame import Frame
from edge_models.image.layout import lay_out
from edge_models.image.light import light_for
from edge_models.image.retouch.find import sky_of
from edge_models.image.retouch.relight import hour_of, where
from edge_models.image.retouch.wish import Weather
from edge_models.image.retouch.work import Impossible, Work
from edge_models.image.scene import Scene
from edge_models.image.sky import paint_sky
from edge_models.image.weather import paint_falling, paint_in_sky, paint_mist

_LOOKS: dict[str, tuple[float, float, float]] = {
    "rain": (0.86, 0.62, -0.012),
    "storm": (0.66, 0.5, -0.02),
    "snow": (1.04, 0.62, -0.012),
    "fog": (1.0, 0.7, 0.0),
    "wind": (1.0, 1.0, 0.0),
    "rainbow": (1.0, 1.0, 0.0),
    "clouds": (0.9, 0.75, -0.006),
    "clear": (1.06, 1.12, 0.006),
}
"""What it does to lightness, to chroma, and to how warm the picture is."""


def weather(work: Work, wish: Weather) -> Iterator[Floats]:
    """The picture in that weather; first its light, then what falls. Raises Impossible for a rainbow without a sky."""
    matte, sky = where(work), sky_of(work.rgb)
    if wish.weather == "rainbow" and not sky.any():
        raise Impossible("not_supported", "I see no sky in this picture for a rainbow.")
    picture = np.array(_in_its_light(work.rgb, *_LOOKS[wish.weather]), np.float32)
    frame = Frame(*work.size)
    layout = lay_out(Scene(weather=wish.weather, time=hour_of(work.rgb)), seed=work.seed)
    light = light_for(layout)
    if sky.any():
        above = picture.copy()
        if wish.weather in ("rain", "storm", "snow", "clouds", "clear"):
            above = 0.25 * above + 0.75 * np.clip(paint_sky(frame, layout, light, fine=True), 0, 1)
        paint_in_sky(above, frame, layout, light)
        picture += (above - picture) * sky[..., None]
    yield work.changed(np.clip(picture, 0, 1), matte)
    paint_mist(picture, frame, layout, light, near=False)
    paint_mist(picture, frame, layout, light, near=True)
    paint_falling(picture, frame, layout, light, fine=True)
    yield work.changed(np.clip(picture, 0, 1), matte)


def _in_its_light(rgb: Floats, light: float, colour: float, warm: float) -> Floats:
    lab = to_lab(rgb)
    lab[..., 0] = np.clip(lab[..., 0] * light, 0, 1)
    lab[..., 1:] *= colour
    lab[..., 2] += warm
    return from_lab(lab)
