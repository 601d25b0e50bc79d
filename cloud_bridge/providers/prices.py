"""What something cost, from what the provider says it used and from the price table: exact to the micro-dollar.

A price per million tokens is the price of one token in micro-dollars, so nothing is divided before the sum is rounded.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from cloud_bridge.protocol import Usage
from cloud_bridge.providers.settings import Price

MOST_TOKENS = 10**9
"""No answer uses more; a larger count is a slip of the provider's and counts as none."""
MOST_JOULES = 1e9


@dataclass(frozen=True, slots=True)
class Counts:
    """Tokens, as a provider counted them: None where it did not."""

    read: int | None
    """All that it read: words and pictures, cached or not."""
    written: int | None
    pictures: int = 0
    """Of those read, the tokens of input pictures."""
    cached: int = 0
    """Of the words, those that it had read shortly before."""
    cached_pictures: int = 0


def counts_of_picture(usage: object) -> Counts:
    """From the `usage` of an image answer, which nobody has checked."""
    details = _field(usage, "input_tokens_details")
    cached = _field(details, "cached_tokens_details")
    return Counts(
        read=_count(_field(usage, "input_tokens")),
        written=_count(_field(usage, "output_tokens")),
        pictures=_count(_field(details, "image_tokens")) or 0,
        cached=_count(_field(cached, "text_tokens")) or 0,
        cached_pictures=_count(_field(cached, "image_tokens")) or 0,
    )


def counts_of_chat(usage: object) -> Counts:
    """From the `usage` of a chat's last chunk, which nobody has checked."""
    return Counts(
        read=_count(_field(usage, "prompt_tokens")),
        written=_count(_field(usage, "completion_tokens")),
        cached=_count(_field(_field(usage, "prompt_tokens_details"), "cached_tokens")) or 0,
    )


def energy(usage: object) -> float | None:
    """Joules, from a provider that measures them."""
    joules = _field(usage, "energy_j")
    return float(joules) if isinstance(joules, int | float) and 0 <= joules <= MOST_JOULES else None


def used(
    counts: Counts, price: Price | None, *, size: str = "", quality: str = "auto", joules: float | None = None
) -> Usage:
    """What was used and what that costs. `size` and `quality`: of the picture, for prices by the picture."""
    micros = None
    if price is not None:
        micros = _by_tokens(counts, price)
        if micros is None and (dollars := price.of_picture(size, quality)) is not None:
            micros = Decimal(str(dollars)) * 1_000_000
    return Usage(
        input_tokens=counts.read or 0,
        output_tokens=counts.written or 0,
        energy_j=joules,
        cost_usd=None if micros is None else float(micros.quantize(Decimal(1), ROUND_HALF_UP) / 1_000_000),
    )


def _by_tokens(counts: Counts, price: Price) -> Decimal | None:
    """Micro-dollars; None where tokens were not counted, or have no price."""
    if not counts.written or price.input_per_million is None or price.output_per_million is None:
        return None
    read = counts.read or 0
    pictures = min(counts.pictures, read)
    words = read - pictures
    cached, cached_pictures = min(counts.cached, words), min(counts.cached_pictures, pictures)
    word = price.input_per_million
    picture = word if price.image_input_per_million is None else price.image_input_per_million
    seen_word = word if price.cached_input_per_million is None else price.cached_input_per_million
    seen_picture = picture if price.cached_image_input_per_million is None else price.cached_image_input_per_million
    parts = (
        (words - cached, word),
        (cached, seen_word),
        (pictures - cached_pictures, picture),
        (cached_pictures, seen_picture),
        (counts.written, price.output_per_million),
    )
    return sum((count * Decimal(str(each)) for count, each in parts), Decimal(0))


def _field(thing: object, name: str) -> object:
    """A field of an answer: of an object where the client knows its type, of a mapping where it doesn't."""
    return thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)


def _count(count: object) -> int | None:
    return count if type(count) is int and 0 <= count <= MOST_TOKENS else None
