"""The settings of those whom the bridge asks, in `bridge.toml`: accounts, their keys, and what they charge."""

import os
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cloud_bridge.protocol import Name

Does = Literal["generate", "edit"]
Policy = Literal["order", "cheapest"]
Quality = Literal["auto", "low", "medium", "high", "xhigh", "max"]
Extension = Literal["seed", "idempotency", "progress", "markup", "fidelity", "any_size"]
Key = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[\x21-\x7e]+$")]
Dollars = Annotated[float, Field(ge=0, le=1_000_000)]
PictureKind = Annotated[str, Field(pattern=r"^[1-9]\d{2,3}x[1-9]\d{2,3}( (low|medium|high|xhigh|max))?$")]


class Section(BaseModel):
    """A part of the settings: what isn't known in it is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Price(Section):
    """What a provider charges, in US dollars."""

    input_per_million: Dollars | None = None
    """For a million tokens of words."""
    cached_input_per_million: Dollars | None = None
    """For those that it had read shortly before; None: like others."""
    image_input_per_million: Dollars | None = None
    """For a million tokens of input pictures; None: like words."""
    cached_image_input_per_million: Dollars | None = None
    output_per_million: Dollars | None = None
    per_picture: Dollars | dict[PictureKind, Dollars] | None = None
    """For one picture, whatever it is; or by what it is: `1024x1024 high`, or `1024x1024` for all qualities. It counts
    where the provider does not count tokens, and the policy `cheapest` goes by it."""

    def of_picture(self, size: str, quality: str) -> float | None:
        """What one picture costs, before it is made; None when nobody knows."""
        if isinstance(self.per_picture, dict):
            return self.per_picture.get(f"{size} {quality}", self.per_picture.get(size))
        return self.per_picture


class Account(Section):
    """At somebody who speaks OpenAI's interface."""

    name: Name = "OpenAI"
    """Names the provider in results."""
    base_url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")] = "https://api.openai.com/v1"
    api_key: str | None = Field(default=None, repr=False)
    api_key_env: str | None = "OPENAI_API_KEY"
    """The name of an environment variable that holds the key; used where no other setting gives one."""
    api_keys: Annotated[tuple[Key, ...], Field(max_length=16)] = Field(default=(), repr=False)
    """Further keys. One that is refused, or whose account has no money left, is put aside and the next is used."""
    api_key_envs: Annotated[tuple[str, ...], Field(max_length=16)] = ()
    """Names of environment variables that hold further keys."""
    prices: dict[str, Price] = {}
    """By model. Without an entry those that we know count (`known.py`); otherwise what something cost is unknown."""
    identifier: Literal["safety_identifier", "user", "none"] = "safety_identifier"
    """The field for the pseudonym of who asks (`cloud_bridge.safety.identifiers`); older servers know `user` alone."""

    def identifying(self, whose: str | None) -> dict[str, str]:
        """The field of a request that says who asks, by a pseudonym."""
        return {} if whose is None or self.identifier == "none" else {self.identifier: whose}

    def keys(self) -> tuple[str, ...]:
        """The API keys in the order in which they are used; none when none is set."""
        named = [self.api_key, *self.api_keys, *(os.environ.get(name) for name in self.api_key_envs)]
        keys = tuple(dict.fromkeys(key for key in named if key))
        if keys or self.api_key_env is None:
            return keys
        return tuple(key for key in (os.environ.get(self.api_key_env),) if key)

    def key(self) -> str | None:
        """The first API key, or None when none is set."""
        return next(iter(self.keys()), None)


class Chat(Account):
    """Who answers questions."""

    model: Name
    timeout_s: Annotated[float, Field(gt=0, le=120)] = 20
    """For a whole answer. Nobody waits longer for one."""
    most_tokens: Annotated[int, Field(ge=16, le=4000)] = 600
    tokens_field: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    """What the provider calls the bound of an answer's length; older servers know `max_tokens` alone."""


class Provider(Account):
    """Who makes and changes pictures."""

    kind: Literal["openai-images"] = "openai-images"
    model: Name = "gpt-image-2.5-flare"
    capabilities: Annotated[frozenset[Does], Field(min_length=1)] = frozenset({"generate", "edit"})
    engine: Name | None = None
    """What the page says made the picture; default: the model's name."""
    sizes: Annotated[tuple[Annotated[str, Field(pattern=r"^[1-9]\d{2,3}x[1-9]\d{2,3}$")], ...], Field(min_length=1)] = (
        "1024x1024",
        "1536x1024",
        "1024x1536",
    )
    """What the provider makes, width x height; the one that fits the wish best is asked for."""
    quality: Quality = "auto"
    background: Literal["auto", "opaque", "transparent"] = "auto"
    output_format: Literal["png", "jpeg", "webp"] = "png"
    output_compression: Annotated[int, Field(ge=0, le=100)] | None = None
    """For JPEG and WebP; None: as the provider likes."""
    moderation: Literal["auto", "low"] = "auto"
    """How strictly the provider looks at what is asked for; `low` is less."""
    partial_images: Annotated[int, Field(ge=0, le=3)] = 2
    """At most so many intermediate pictures are asked for; with some providers each costs."""
    timeout_s: Annotated[float, Field(gt=0, le=3600)] = 300
    idempotent: bool = False
    """The provider answers a repeated Idempotency-Key with the same picture and without a second bill, so a call that
    was cut off is made again. Otherwise such a job ends as `outcome_unknown`."""
    extensions: frozenset[Extension] | None = None
    """What the provider understands beyond what all do. `idempotency`: the Idempotency-Key header; `markup`: strokes
    drawn over a picture, as a field of their own; `fidelity`: `input_fidelity`; `any_size`: a changed picture as large
    as it is wished, to the pixel. None: what we know of the model."""
