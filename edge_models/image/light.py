"""The light of a picture: colours of the sky, of what the light falls on and of its shadows, by time and weather."""

from dataclasses import dataclass, replace

from edge_models.image.colour import Rgb, hexadecimal, mix
from edge_models.image.layout import Layout
from edge_models.image.scene import TimeOfDay


@dataclass(frozen=True, slots=True)
class Light:
    """All of it in sRGB, 0 to 1."""

    zenith: Rgb
    middle: Rgb
    horizon: Rgb
    ambient: Rgb
    """What every surface is multiplied with."""
    figures: Rgb
    """The same for figures, which stay a little brighter than the land, so that one sees what they are."""
    key: Rgb
    """The colour of the sun's or moon's light on the edges that face it."""
    haze: Rgb
    """What far things fade into."""
    glow: Rgb
    """Around the sun or moon."""
    shadow: float
    """How dark a cast shadow is."""
    stars: float
    clouds: Rgb
    cover: float
    """How much of the sky is cloudy."""
    dark: bool


def _light(
    *, zenith: str, middle: str, horizon: str, ambient: str, key: str, glow: str, clouds: str, **rest: float
) -> Light:
    return Light(
        hexadecimal(zenith),
        hexadecimal(middle),
        hexadecimal(horizon),
        hexadecimal(ambient),
        mix(hexadecimal(ambient), (1.0, 1.0, 1.0), 0.5),
        hexadecimal(key),
        mix(hexadecimal(middle), hexadecimal(horizon), 0.75),
        hexadecimal(glow),
        rest.get("shadow", 0.4),
        rest.get("stars", 0.0),
        hexadecimal(clouds),
        rest.get("cover", 0.56),
        bool(rest.get("dark", 0)),
    )


_LIGHTS: dict[TimeOfDay, Light] = {
    "dawn": _light(
        zenith="#6f86c9", middle="#e3aebd", horizon="#ffe0b0", ambient="#f6dfe0", key="#ffd9a0", glow="#ffe2b0",
        clouds="#ffd0c4", shadow=0.32, stars=0.06,
    ),
    "day": _light(
        zenith="#3d8fe2", middle="#85c1f2", horizon="#dff1fb", ambient="#ffffff", key="#fff4d2", glow="#fff8dc",
        clouds="#ffffff", shadow=0.36,
    ),
    "sunset": _light(
        zenith="#43347a", middle="#d8607a", horizon="#ffbf63", ambient="#ffd3b0", key="#ffb060", glow="#ffd27a",
        clouds="#f58a72", shadow=0.42, stars=0.1, cover=0.5,
    ),
    "night": _light(
        zenith="#070d2a", middle="#152556", horizon="#3b5490", ambient="#6f83b8", key="#cfdcff", glow="#dfe8ff",
        clouds="#33457c", shadow=0.5, stars=1, dark=1, cover=0.3,
    ),
}  # fmt: skip


_INDOORS: dict[TimeOfDay, Rgb] = {
    "dawn": (0.97, 0.9, 0.86),
    "day": (1.0, 1.0, 1.0),
    "sunset": (1.0, 0.86, 0.72),
    "night": (0.72, 0.62, 0.56),
}


def light_for(layout: Layout) -> Light:
    """The light of a layout's time, weather and place."""
    light = _LIGHTS[layout.light]
    dim = {"rain": 0.55, "storm": 0.8, "fog": 0.5, "clouds": 0.5, "snow": 0.4, "wind": 0.12}.get(
        layout.weather or "", 0.0
    )
    if dim:
        grey = {False: (0.62, 0.66, 0.71), True: (0.12, 0.15, 0.23)}[light.dark]
        heavy = mix(grey, (0.0, 0.0, 0.0), 0.35 if layout.weather == "storm" else 0.0)
        dull = 0.5 if layout.weather == "storm" else 0.76
        light = replace(
            light,
            zenith=mix(light.zenith, mix(heavy, (0, 0, 0), 0.12), dim),
            middle=mix(light.middle, heavy, dim),
            horizon=mix(light.horizon, mix(heavy, (1, 1, 1), 0.25 if not light.dark else 0.04), dim * 0.8),
            haze=mix(light.haze, mix(heavy, (1, 1, 1), 0.2 if not light.dark else 0.04), dim * 0.8),
            ambient=mix(
                light.ambient,
                (light.ambient[0] * dull, light.ambient[1] * (dull + 0.03), light.ambient[2] * (dull + 0.1)),
                dim,
            ),
            clouds=mix(light.clouds, heavy, dim * 0.9),
            figures=mix(light.figures, (light.figures[0] * 0.84, light.figures[1] * 0.87, light.figures[2] * 0.9), dim),
            shadow=light.shadow * (1 - 0.6 * dim),
            stars=light.stars * (1 - dim),
            cover=min(0.95, light.cover + dim * 0.9),
        )
    if layout.weather == "clear":
        light = replace(light, cover=0.08)
    match layout.place.ground:
        case "seabed":
            deep = 0.35 if light.dark else 1.0
            light = replace(
                light,
                zenith=(0.22 * deep, 0.66 * deep, 0.78 * deep),
                middle=(0.08 * deep, 0.42 * deep, 0.62 * deep),
                horizon=(0.05 * deep, 0.27 * deep, 0.45 * deep),
                haze=(0.06 * deep, 0.32 * deep, 0.5 * deep),
                ambient=(0.72, 0.92, 1.0) if not light.dark else (0.4, 0.58, 0.8),
                figures=(0.86, 0.97, 1.0) if not light.dark else (0.56, 0.74, 0.92),
                stars=0.0,
                cover=0.0,
            )
        case "void":
            light = replace(
                light, zenith=(0.02, 0.02, 0.06), middle=(0.04, 0.03, 0.1), horizon=(0.07, 0.04, 0.15), stars=1.6,
                cover=0.0, ambient=(0.94, 0.94, 1.0), figures=(0.96, 0.96, 1.0), dark=True,
                glow=(0.8, 0.85, 1.0), shadow=0.5,
            )  # fmt: skip
        case "moon" if layout.place.colour.startswith("#b6"):
            light = replace(
                light, zenith=(0.01, 0.01, 0.03), middle=(0.03, 0.03, 0.07), horizon=(0.07, 0.07, 0.12), stars=1.5,
                cover=0.0, haze=(0.1, 0.1, 0.16), ambient=(0.95, 0.95, 1.0), figures=(0.96, 0.96, 1.0), shadow=0.6,
            )  # fmt: skip
        case "moon":
            share = 0.3 if light.dark else 0.85
            light = replace(
                light,
                zenith=mix(light.zenith, (0.55, 0.33, 0.24), share),
                middle=mix(light.middle, (0.8, 0.52, 0.36), share),
                horizon=mix(light.horizon, (0.95, 0.76, 0.58), share),
                haze=mix(light.haze, (0.9, 0.66, 0.48), share),
                cover=0.1,
            )
        case _:
            pass
    if layout.place.indoors is not None:
        ambient = _INDOORS[layout.light]
        light = replace(
            light,
            ambient=ambient,
            figures=mix(ambient, (1.0, 1.0, 1.0), 0.45),
            key=(1.0, 0.88, 0.66),
            shadow=0.36,
            stars=0.0,
            cover=0.0,
        )
    return light
