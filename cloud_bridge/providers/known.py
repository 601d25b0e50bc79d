"""What we know of OpenAI's models: what they charge, and what they understand beyond what all do.

Prices are US dollars per million tokens, standard tier, as read in public documents in November 2026: the pages of
`gpt-image-2.6-sunburst`, `gpt-image-1-mini`, `gpt-5-mini` and `gpt-5-nano` at developers.openai.com/api/docs/models;
for the two of `gpt-image-2.5` guides of September 2026 that quote OpenAI's price list, which name no price of cached
tokens, so nothing is taken off for those. Prices change: what bridge.toml says goes first. What a model costs that is
not here is unknown.

What they understand is from the reference of `POST /images/edits`: `markup` with GPT Image 2.5 and later, both values
of `input_fidelity` with 1.5 alone.
"""

import re
from dataclasses import dataclass

from cloud_bridge.providers.settings import Account, Extension, Price, Provider

_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True)
class Known:
    """About one model."""

    price: Price | None = None
    extensions: frozenset[Extension] = frozenset()


NOTHING = Known()
_MARKUP: frozenset[Extension] = frozenset({"markup"})
_IMAGE_2_5 = Known(Price(input_per_million=5, image_input_per_million=8, output_per_million=30), _MARKUP)
MODELS = {
    "gpt-image-2.6-sunburst": Known(
        Price(
            input_per_million=5,
            cached_input_per_million=1.25,
            image_input_per_million=8,
            cached_image_input_per_million=2,
            output_per_million=30,
        ),
        _MARKUP,
    ),
    "gpt-image-2.6-flare": Known(None, _MARKUP),
    "gpt-image-2.5-sunburst": _IMAGE_2_5,
    "gpt-image-2.5-flare": _IMAGE_2_5,
    "gpt-image-1.5": Known(None, frozenset({"fidelity"})),
    "gpt-image-1-mini": Known(
        Price(
            input_per_million=2,
            cached_input_per_million=0.2,
            image_input_per_million=2.5,
            cached_image_input_per_million=0.25,
            output_per_million=8,
            per_picture={
                "1024x1024 low": 0.005,
                "1024x1536 low": 0.006,
                "1536x1024 low": 0.006,
                "1024x1024 medium": 0.011,
                "1024x1536 medium": 0.015,
                "1536x1024 medium": 0.015,
                "1024x1024 high": 0.036,
                "1024x1536 high": 0.052,
                "1536x1024 high": 0.052,
            },
        )
    ),
    "gpt-5-mini": Known(Price(input_per_million=0.25, cached_input_per_million=0.025, output_per_million=2)),
    "gpt-5-nano": Known(Price(input_per_million=0.05, cached_input_per_million=0.005, output_per_million=0.4)),
}
OPENAI = "https://api.openai.com/"


def price_of(account: Account, model: str) -> Price | None:
    """What the settings say, else what we know of OpenAI's own models; None: unknown."""
    given = account.prices.get(model)
    return given if given is not None or not account.base_url.startswith(OPENAI) else _known(model).price


def extensions_of(provider: Provider) -> frozenset[Extension]:
    """What may be sent beyond what everybody understands."""
    return _known(provider.model).extensions if provider.extensions is None else provider.extensions


def _known(model: str) -> Known:
    return MODELS.get(_SNAPSHOT.sub("", model), NOTHING)
