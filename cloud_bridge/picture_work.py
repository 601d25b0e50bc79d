"""The work on pictures: the provider makes one, the media keep it."""

from cloud_bridge.delivery import Delivery
from cloud_bridge.ledger import Entry, Kind
from cloud_bridge.meanwhile import Meanwhile
from cloud_bridge.media import Media
from cloud_bridge.protocol import Final, ImageCreate, ImageEdit, encode, parse_job
from cloud_bridge.providers.openai_door import ProviderFailed
from cloud_bridge.providers.openai_images import OpenAIImages
from cloud_bridge.written import until_written


class Pictures:
    """One provider's."""

    kind: Kind = "image"
    first_guess_s = 10.0
    patient = True

    def __init__(self, *, provider: OpenAIImages, media: Media, delivery: Delivery, idempotent: bool) -> None:
        """`idempotent`: the provider takes the same order twice and bills it once."""
        self.idempotent = idempotent
        self.lost = f"The answer of {provider.name} got lost: the picture may have been made, and billed."
        self._provider, self._media, self._delivery = provider, media, delivery

    async def make(self, entry: Entry) -> bytes:
        """The Final."""
        request = parse_job(entry.body)
        if isinstance(request, ImageEdit):
            raise ProviderFailed("not_configured", "This bridge can't change pictures yet.")
        assert isinstance(request, ImageCreate)
        provider = self._provider
        async with Meanwhile(entry, engine=provider.engine, media=self._media, delivery=self._delivery) as meanwhile:
            made = await provider.make(
                request, key=entry.key, on_progress=meanwhile.progress, on_partial=meanwhile.partial
            )
        final = Final(
            job=request.job,
            engine=made.engine,
            provider=provider.name,
            artifact=await until_written(lambda: self._media.store(made.picture)),
            revised_prompt=made.revised_prompt,
            usage=made.usage,
        )
        return encode(final)
