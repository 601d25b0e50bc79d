"""Pictures from anything that speaks OpenAI's image interface, through OpenAI's own client with its retries off.

https://developers.openai.com/api/reference/resources/images: `POST /images/generations` as JSON, `/images/edits` as a
form with files; an answer as JSON or as server-sent events `….partial_image` and `….completed`, pictures as base64.
What a provider understands beyond that (`seed`, the Idempotency-Key header, `nightjar.progress` events, `markup`,
`input_fidelity`) is sent only where the settings say so, or where we know the model.

What a person drew over the first picture goes into the field `markup` where the provider has one and there is no mask,
which can't be combined with it; otherwise it is one more input picture, and a sentence in the prompt says what it is.
"""

import asyncio
import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cloud_bridge.picture import NotAPicture, Picture, look_at
from cloud_bridge.protocol import MOST_INPUTS, ImageCreate, ImageEdit, Usage
from cloud_bridge.providers.faults import OutcomeUnknown, ProviderFailed, plain
from cloud_bridge.providers.known import extensions_of, price_of
from cloud_bridge.providers.openai_door import Door
from cloud_bridge.providers.prices import counts_of_picture, energy, used
from cloud_bridge.providers.settings import Does, Provider

AGAINST_RULES = "{who} does not make this picture: it goes against its rules."
MARKUP_SAYS = (
    "The last picture was drawn over the first one by hand, to show what is meant and where."
    " Its strokes are not part of the result."
)
MOST_PARTIALS = 10
"""More partial pictures than that are not looked at."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a provider delivered."""

    picture: Picture
    engine: str
    revised_prompt: str | None
    usage: Usage


@dataclass(frozen=True, slots=True)
class InputFile:
    """A picture that is sent along."""

    data: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """What an edit starts from."""

    pictures: Sequence[InputFile]
    mask: InputFile | None = None
    markup: InputFile | None = None


class OpenAIImages:
    """One provider."""

    def __init__(self, settings: Provider) -> None:
        self._settings = settings
        self._extensions = extensions_of(settings)
        self._price = price_of(settings, settings.model)
        self._door = Door(settings, against_rules=AGAINST_RULES)

    @property
    def name(self) -> str:
        """Who it is, for results."""
        return self._settings.name

    @property
    def engine(self) -> str:
        """What makes the pictures, as the page names it."""
        return self._settings.engine or self._settings.model

    @property
    def idempotent(self) -> bool:
        """It takes the same order twice and bills it once."""
        return self._settings.idempotent

    def can(self, what: Does) -> bool:
        """Whether it is asked for that."""
        return what in self._settings.capabilities

    def price(self, request: ImageCreate | ImageEdit) -> float | None:
        """US dollars that this picture costs about, before it is made; None when nobody knows."""
        size = self._size(request.width, request.height)
        return None if self._price is None else self._price.of_picture(size, self._settings.quality)

    async def close(self) -> None:
        """Close its connections."""
        await self._door.close()

    async def check(self) -> str | None:
        """None when it can be reached and takes our key, else why not, in one sentence. Costs nothing."""
        return await self._door.check()

    async def make(
        self,
        request: ImageCreate,
        *,
        key: str,
        whose: str | None = None,
        on_progress: Callable[[float], None],
        on_partial: Callable[[int, Picture], None],
    ) -> Made:
        """Ask for the picture, once. `key` is the same whenever the same job asks, `whose` a pseudonym of who does.

        Raises ProviderFailed, or OutcomeUnknown; a cancellation closes the connection.
        """
        common = self._common(request, key, whose)
        if self._settings.moderation != "auto":
            common["moderation"] = self._settings.moderation
        return await self._door.ask(
            lambda client: self._answer(client.images.generate, common, request, on_progress, on_partial)
        )

    async def edit(
        self,
        request: ImageEdit,
        inputs: Inputs,
        *,
        key: str,
        whose: str | None = None,
        on_progress: Callable[[float], None],
        on_partial: Callable[[int, Picture], None],
    ) -> Made:
        """Ask for the changed picture, once; otherwise like `make`."""
        common = self._common(request, key, whose) | self._files(request, inputs)
        common["size"] = self._size_of_edit(request)
        if "fidelity" in self._extensions:
            common["input_fidelity"] = request.fidelity
        return await self._door.ask(
            lambda client: self._answer(client.images.edit, common, request, on_progress, on_partial)
        )

    def _common(self, request: ImageCreate | ImageEdit, key: str, whose: str | None) -> dict[str, Any]:
        settings, extensions = self._settings, self._extensions
        body: dict[str, Any] = {"seed": request.seed} if "seed" in extensions else {}
        if "progress" in extensions:
            body["progress"] = True
        common: dict[str, Any] = {
            "prompt": request.prompt,
            "model": settings.model,
            "n": 1,
            "size": self._size(request.width, request.height),
            "extra_body": body or None,
            "extra_headers": {"Idempotency-Key": key} if "idempotency" in extensions else None,
        }
        ordinary = {"quality": "auto", "background": "auto", "output_format": "png", "output_compression": None}
        return (
            common
            | settings.identifying(whose)
            | {name: wanted for name, usual in ordinary.items() if (wanted := getattr(settings, name)) != usual}
        )

    def _files(self, request: ImageEdit, inputs: Inputs) -> dict[str, Any]:
        """The pictures as files of the form, and the prompt where it has to say something about one of them."""
        files = [_file(f"picture-{number}", each) for number, each in enumerate(inputs.pictures, 1)]
        form: dict[str, Any] = {}
        if inputs.mask is not None:
            form["mask"] = _file("mask", inputs.mask)
        if inputs.markup is not None:
            if "markup" in self._extensions and inputs.mask is None:
                form["markup"] = _file("markup", inputs.markup)
            else:
                files.append(_file("drawn-over-it", inputs.markup))
                form["prompt"] = f"{request.prompt}\n\n{MARKUP_SAYS}"
        if len(files) > MOST_INPUTS:
            raise ProviderFailed(
                "bad_request", f"{self.name} takes {MOST_INPUTS} pictures; the drawing is one of them."
            )
        form["image"] = files if len(files) > 1 else files[0]
        return form

    async def _answer(
        self,
        ask: Callable[..., Any],
        common: dict[str, Any],
        request: ImageCreate | ImageEdit,
        on_progress: Callable[[float], None],
        on_partial: Callable[[int, Picture], None],
    ) -> Made:
        partials = min(request.partial_images, self._settings.partial_images)
        size = self._size(request.width, request.height)
        if not partials and "progress" not in self._extensions:
            answer = await ask(**common)
            if isinstance(answer, str):  # that was no JSON: somebody in between has answered
                raise OutcomeUnknown
            pictures = _field(answer, "data")
            if not isinstance(pictures, list) or not pictures:
                raise ProviderFailed("provider_error", f"{self.name} answered without a picture.")
            first = pictures[0]
            return await self._made(_field(first, "b64_json"), answer, _field(first, "revised_prompt"), size)
        seen = 0
        async with await ask(**common, stream=True, partial_images=partials) as stream:
            async for event in stream:
                kind = _field(event, "type")
                if kind == "nightjar.progress" and isinstance(fraction := _field(event, "fraction"), float | int):
                    on_progress(min(max(float(fraction), 0.0), 1.0))
                elif _ends(kind, "partial_image") and seen < MOST_PARTIALS:
                    seen += 1
                    await _partial(event, on_partial)
                elif _ends(kind, "completed"):
                    return await self._made(_field(event, "b64_json"), event, _field(event, "revised_prompt"), size)
        raise OutcomeUnknown

    async def _made(self, b64: object, answer: object, revised_prompt: object, size: str) -> Made:
        try:
            picture = await _decode(b64)
        except NotAPicture as error:
            raise ProviderFailed("provider_error", f"{self.name} sent something unusable. {error}") from None
        revised = plain(revised_prompt, 8000) if isinstance(revised_prompt, str) else None
        said = _field(answer, "quality")
        quality = said if isinstance(said, str) and self._settings.quality == "auto" else self._settings.quality
        spent = _field(answer, "usage")
        counts = counts_of_picture(spent)
        usage = used(counts, self._price, size=size, quality=quality, joules=energy(spent))
        return Made(picture, self.engine, revised, usage)

    def _size_of_edit(self, request: ImageEdit) -> str:
        """`auto` keeps the size of the first picture, as far as the provider can."""
        first = request.inputs[0]
        if (request.width, request.height) == (first.width, first.height):
            return "auto"
        if "any_size" in self._extensions:
            return f"{request.width}x{request.height}"
        return self._size(request.width, request.height)

    def _size(self, width: int, height: int) -> str:
        """The provider's size nearest in shape, and of those the smallest that is large enough."""

        def fit(size: str) -> tuple[float, bool, int]:
            w, h = map(int, size.split("x"))
            small = w < width or h < height
            return round(abs(w / h - width / height), 2), small, -w * h if small else w * h

        return min(self._settings.sizes, key=fit)


def _ends(kind: object, name: str) -> bool:
    """Whether it is that event of either interface: they differ in what stands before the point."""
    return kind in (f"image_generation.{name}", f"image_edit.{name}")


def _file(name: str, file: InputFile) -> tuple[str, bytes, str]:
    return f"{name}.{file.media_type.removeprefix('image/')}", file.data, file.media_type


async def _partial(event: object, on_partial: Callable[[int, Picture], None]) -> None:
    index = _field(event, "partial_image_index")
    try:
        picture = await _decode(_field(event, "b64_json"))
    except NotAPicture:
        return  # the final one counts
    on_partial(min(max(index, 0), 9) if isinstance(index, int) else 0, picture)


def _field(thing: object, name: str) -> Any:
    """A field of an answer, which the client does not validate and may not know."""
    return getattr(thing, name, None)


async def _decode(b64: object) -> Picture:
    if not isinstance(b64, str):
        raise NotAPicture("There is no picture in the answer.")
    return await asyncio.to_thread(_decode_now, b64)


def _decode_now(b64: str) -> Picture:
    try:
        data = base64.b64decode(b64, validate=True)
    except (binascii.Error, ValueError):
        raise NotAPicture("The picture is not base64.") from None
    return look_at(data)
