"""The work on pictures: somebody of a panel makes or changes one, the media keep it."""

from collections.abc import Awaitable, Callable

from cloud_bridge.delivery import Delivery
from cloud_bridge.entry import Entry
from cloud_bridge.ledger import Ledger
from cloud_bridge.meanwhile import Meanwhile
from cloud_bridge.media import Media
from cloud_bridge.picture import Picture
from cloud_bridge.protocol import Final, ImageCreate, ImageEdit, InputRef, Job
from cloud_bridge.providers.faults import ProviderFailed
from cloud_bridge.providers.openai_images import InputFile, Inputs, Made, OpenAIImages
from cloud_bridge.providers.panel import Panel
from cloud_bridge.providers.settings import Policy
from cloud_bridge.safety.refused import not_changed, not_shown
from cloud_bridge.waiting import Kind
from cloud_bridge.written import until_written

NOBODY = {
    "image": "This bridge is not set up to make pictures.",
    "edit": "This bridge is not set up to change pictures.",
}
MOST_INPUT_BYTES = 128 * 1024 * 1024
"""All pictures of an edit together: so much is in memory at once."""
TOO_MUCH = "These pictures are too large to be changed together."
MISSING = "A picture that this needs is not here any more: it has to be sent again."


Shown = Callable[[ImageCreate | ImageEdit, bytes], Awaitable[str | None]]


async def _whatever_it_is(_request: ImageCreate | ImageEdit, _data: bytes) -> None:
    return None


Signed = Callable[[Made, str, Inputs | None], Awaitable[Picture]]
"""Of what was made, by the provider of that name, from these pictures where there are some."""


async def _as_it_is(made: Made, _provider: str, _inputs: Inputs | None) -> Picture:
    return made.picture


class Pictures:
    """Making them, or changing them: one kind of job."""

    first_guess_s = 10.0
    patient = True

    def __init__(
        self,
        *,
        kind: Kind = "image",
        panel: Panel[OpenAIImages] | None,
        ledger: Ledger,
        media: Media,
        delivery: Delivery,
        policy: Policy = "order",
        whose: Callable[[str], str | None] = lambda _device: None,
        shown: Shown = _whatever_it_is,
        signed: Signed = _as_it_is,
    ) -> None:
        """`panel`: None when there is nobody. `policy`: who of it is asked first. `whose`: a device's pseudonym.

        `shown`: why a picture of a job is not shown, None when it may be. `signed`: the picture as it is handed over.
        """
        self.kind: Kind = kind
        self._panel, self._policy, self._whose = panel, policy, whose
        self._shown, self._signed = shown, signed
        self._ledger, self._media, self._delivery = ledger, media, delivery

    @property
    def first(self) -> str | None:
        """Who would be asked now."""
        return self._panel.first if self._panel else None

    def idempotent(self, provider: str | None) -> bool:
        """Whether a call of that provider's that was cut off may be made again; None: nobody knows whose it was."""
        panel = self._panel
        if panel is None:
            return False
        return panel.idempotent if provider is None else provider in panel and panel[provider].idempotent

    def lost(self, provider: str | None) -> str:
        """What the person is told when nobody knows whether it was done."""
        who = provider or (self._panel.names if self._panel else "the provider")
        return f"The answer of {who} got lost: the picture may have been made, and billed."

    async def make(self, entry: Entry, request: Job) -> Final:
        """The Final."""
        assert isinstance(request, ImageCreate | ImageEdit)
        panel = self._panel
        if panel is None:
            raise ProviderFailed("not_configured", NOBODY[self.kind])
        inputs = await self._inputs(request, entry.device) if isinstance(request, ImageEdit) else None
        for each in inputs.pictures if inputs else ():
            if kind := await self._shown(request, each.data):
                raise not_changed(kind)

        async def call(provider: OpenAIImages) -> tuple[OpenAIImages, Made]:
            return provider, await self._call(provider, entry, request, inputs)

        async def before(name: str) -> None:
            if name != entry.provider:  # as the claim wrote it
                await until_written(lambda: self._ledger.calls(entry, name))

        provider, made = await panel.ask(
            call,
            before=before,
            price=(lambda each: each.price(request)) if self._policy == "cheapest" else None,
            only=entry.provider if entry.calls > 1 else None,  # it may have made it already
        )
        if kind := await self._shown(request, made.picture.data):
            raise not_shown(kind, made.usage)
        picture = await self._signed(made, provider.name, inputs)
        return Final(
            job=request.job,
            engine=made.engine,
            provider=provider.name,
            artifact=await until_written(lambda: self._media.store(picture)),
            revised_prompt=made.revised_prompt,
            usage=made.usage,
        )

    async def _call(
        self, provider: OpenAIImages, entry: Entry, request: ImageCreate | ImageEdit, inputs: Inputs | None
    ) -> Made:
        async def fit(picture: Picture) -> bool:
            return await self._shown(request, picture.data) is None

        async with Meanwhile(
            entry, engine=provider.engine, media=self._media, delivery=self._delivery, fit=fit
        ) as meanwhile:
            progress, partial, whose = meanwhile.progress, meanwhile.partial, self._whose(entry.device)
            if isinstance(request, ImageCreate):
                return await provider.make(
                    request, key=entry.key, whose=whose, on_progress=progress, on_partial=partial
                )
            assert inputs is not None
            return await provider.edit(
                request, inputs, key=entry.key, whose=whose, on_progress=progress, on_partial=partial
            )

    async def _inputs(self, request: ImageEdit, device: str) -> Inputs:
        """Raises ProviderFailed when one of them is not in the store, or all of them are too much."""
        if sum(ref.size_bytes for ref in request.pictures) > MOST_INPUT_BYTES:
            raise ProviderFailed("bad_request", TOO_MUCH)
        pictures = [await self._input(ref, device) for ref in request.inputs]
        mask = await self._input(request.mask, device) if request.mask else None
        markup = await self._input(request.markup, device) if request.markup else None
        return Inputs(pictures, mask, markup)

    async def _input(self, ref: InputRef, device: str) -> InputFile:
        data = await self._media.read(ref, device=device)
        if data is None:
            raise ProviderFailed("input_missing", MISSING, retryable=True)
        return InputFile(data, ref.media_type)
