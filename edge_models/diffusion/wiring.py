"""What the parts of each family take and give, and whether those of a card fit together.

Shapes are written as words: a number is itself, a name is the same number wherever it stands in the family, and a sum
of names is the sum of what they stand for.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

Family = Literal["sd-turbo", "sdxl-turbo", "sana-sprint", "flux-schnell"]
PartName = Literal["text_encoder", "text_encoder_2", "denoiser", "decoder"]
Shape = Annotated[tuple[Annotated[int, Field(ge=1, le=1_000_000)], ...], Field(max_length=4)]
Shapes = Annotated[Mapping[Annotated[str, Field(max_length=40)], Shape], Field(max_length=8)]
"""By the name of an input or output."""

_Ends = tuple[Mapping[str, str], Mapping[str, str]]
"""Inputs and outputs."""
_DECODER: _Ends = ({"latents": "1 channels rows columns"}, {"picture": "1 3 height width"})
_FAMILIES: Mapping[Family, Mapping[PartName, _Ends]] = {
    "sd-turbo": {
        "text_encoder": ({"ids": "1 read"}, {"hidden": "1 read text"}),
        "denoiser": (
            {"latents": "1 channels rows columns", "timestep": "1", "text": "1 kept text"},
            {"prediction": "1 channels rows columns"},
        ),
        "decoder": _DECODER,
    },
    "sdxl-turbo": {
        "text_encoder": ({"ids": "1 read"}, {"hidden": "1 read text"}),
        "text_encoder_2": ({"ids": "1 read", "end": "1"}, {"hidden": "1 read text_2", "pooled": "1 whole"}),
        "denoiser": (
            {
                "latents": "1 channels rows columns",
                "timestep": "1",
                "text": "1 kept text+text_2",
                "pooled": "1 whole",
            },
            {"prediction": "1 channels rows columns"},
        ),
        "decoder": _DECODER,
    },
    "flux-schnell": {
        "text_encoder": ({"ids": "1 words", "end": "1"}, {"pooled": "1 whole"}),
        "text_encoder_2": ({"ids": "1 read"}, {"hidden": "1 read text"}),
        "denoiser": (
            {"latents": "1 channels rows columns", "timestep": "1", "text": "1 kept text", "pooled": "1 whole"},
            {"prediction": "1 channels rows columns"},
        ),
        "decoder": _DECODER,
    },
    "sana-sprint": {
        "text_encoder": ({"ids": "1 read", "mask": "1 read"}, {"hidden": "1 read text"}),
        "denoiser": (
            {"latents": "1 channels rows columns", "timestep": "1", "text": "1 kept text", "mask": "1 kept"},
            {"prediction": "1 channels rows columns"},
        ),
        "decoder": _DECODER,
    },
}


def part_names(family: Family) -> tuple[PartName, ...]:
    """The parts of a family, in the order in which a picture needs them."""
    return tuple(_FAMILIES[family])


def misfit(family: Family, parts: Mapping[PartName, tuple[Shapes, Shapes]], *, known: Mapping[str, int]) -> str | None:
    """Say in a few words what is wrong with the inputs and outputs of `parts`; None where they fit together.

    `known`: the names that are known from elsewhere.
    """
    wanted = _FAMILIES[family]
    if parts.keys() != wanted.keys():
        return f"its parts are {', '.join(sorted(parts))} and should be {', '.join(sorted(wanted))}"
    bound = dict(known)
    for name, ends in wanted.items():
        for shapes, template, direction in zip(parts[name], ends, ("takes", "gives"), strict=True):
            if shapes.keys() != template.keys():
                return f"its {name} {direction} {', '.join(shapes)} and should have {', '.join(template)}"
            for end, words in template.items():
                if not _fits(shapes[end], words.split(), bound):
                    return f"the {end} that its {name} {direction} is {shapes[end]} and should be ({words})"
    return None


def _fits(shape: tuple[int, ...], words: list[str], bound: dict[str, int]) -> bool:
    """Whether a shape is what `words` say; names that stand for nothing yet are bound to what the shape has."""
    if len(shape) != len(words):
        return False
    for size, word in zip(shape, words, strict=True):
        if word.isdigit():
            wanted = int(word)
        elif "+" in word:
            wanted = sum(bound[name] for name in word.split("+"))
        else:
            wanted = bound.setdefault(word, size)
        if size != wanted:
            return False
    return True
