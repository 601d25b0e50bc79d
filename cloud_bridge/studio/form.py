"""A multipart form as it comes in: fields and files, each with its bound, files hashed and laid on the disk."""

import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from aiohttp import BodyPartReader, web

from cloud_bridge.studio.wire import Refused

MOST_PICTURES = 16
MAX_PICTURE_BYTES = 50 * 1024 * 1024
MAX_FIELD_BYTES = 128 * 1024
MOST_FIELDS = 40
_KEPT_IN_MEMORY = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of the form."""

    sha256: str
    file: BinaryIO
    """Read from its beginning; on the disk unless it is small."""


@dataclass(slots=True)
class Form:
    """All of it."""

    fields: dict[str, str] = field(default_factory=dict)
    images: list[Upload] = field(default_factory=list)
    mask: Upload | None = None
    markup: Upload | None = None

    def close(self) -> None:
        """Give the files' room back."""
        for upload in (*self.images, self.mask, self.markup):
            if upload is not None:
                upload.file.close()


@asynccontextmanager
async def read_form(request: web.Request) -> AsyncIterator[Form]:
    """The form, for as long as it is needed. Raises Refused for anything but a form of this kind."""
    if request.content_type != "multipart/form-data":
        raise Refused(400, "invalid_request", "The request must be multipart/form-data.")
    form = Form()
    try:
        await _read(request, form)
        yield form
    finally:
        form.close()


async def _read(request: web.Request, form: Form) -> None:
    try:
        parts = 0
        async for part in await request.multipart():
            parts += 1
            if not isinstance(part, BodyPartReader) or not part.name:
                raise Refused(400, "invalid_request", "The form has a part without a name, or a form within the form.")
            if parts > MOST_FIELDS:
                raise Refused(400, "invalid_request", f"The form has more than {MOST_FIELDS} parts.")
            await _take(part, part.name, form)
    except (ValueError, AssertionError, LookupError):
        # aiohttp says so in these ways when the form breaks off or its parts are not delimited.
        raise Refused(400, "invalid_request", "The request is not a complete multipart form.") from None


async def _take(part: BodyPartReader, name: str, form: Form) -> None:
    bare = name.partition("[")[0]
    if bare == "image":
        if len(form.images) == MOST_PICTURES:
            raise Refused(400, "too_many_images", f"At most {MOST_PICTURES} pictures can be sent.", param="image")
        form.images.append(await _laid_down(part, "image"))
    elif name in ("mask", "markup"):
        if getattr(form, name) is not None:
            raise Refused(400, "invalid_request", f"There can be one {name} only.", param=name)
        setattr(form, name, await _laid_down(part, name))
    else:
        form.fields[name] = await _text(part, name)


async def _text(part: BodyPartReader, name: str) -> str:
    data = bytearray()
    while chunk := await part.read_chunk():
        data += chunk
        if len(data) > MAX_FIELD_BYTES:
            raise Refused(400, "invalid_value", f"{name[:60]} is too long.", param=name[:60])
    with suppress(UnicodeDecodeError):
        return data.decode("utf-8")
    raise Refused(400, "invalid_value", f"{name[:60]} is not text.", param=name[:60])


async def _laid_down(part: BodyPartReader, name: str) -> Upload:
    file = tempfile.SpooledTemporaryFile(_KEPT_IN_MEMORY)  # noqa: SIM115 - the form closes it
    digest, size = hashlib.sha256(), 0
    try:
        while chunk := await part.read_chunk(64 * 1024):
            size += len(chunk)
            if size >= MAX_PICTURE_BYTES:
                text = f"The {name} is too large: pictures must be smaller than {MAX_PICTURE_BYTES // 1024 // 1024} MB."
                raise Refused(400, "file_too_large", text, param=name)
            digest.update(chunk)
            file.write(chunk)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return Upload(digest.hexdigest(), file)  # pyright: ignore[reportArgumentType] - it is one
