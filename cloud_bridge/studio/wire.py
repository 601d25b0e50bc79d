"""The studio's side of OpenAI's image interface: requests as typed objects, errors and events as they go on the wire.

https://platform.openai.com/docs/api-reference/images. Beyond it: `seed`, `progress` and the Idempotency-Key header.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

MODEL = "nightjar-studio-1"
AUTO_SIZE = "1024x1024"
MAX_SEED = 2**31
MIN_SIDE, MAX_SIDE = 64, 2048
"""Pixels, of sizes that are asked for."""

Format = Literal["png", "jpeg", "webp"]


class Refused(Exception):
    """A request that ends in an error; the message is one plain sentence."""

    def __init__(
        self, status: int, code: str, message: str, *, param: str | None = None, retry_after_s: int = 0
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.param = status, code, message, param
        self.headers = {"Retry-After": str(retry_after_s)} if retry_after_s else {}

    def body(self) -> dict[str, Any]:
        """The JSON that says so."""
        kind = "server_error" if self.status >= 500 else "invalid_request_error"
        if self.status == 429:
            kind = "rate_limit_error"
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}


class Generation(BaseModel):
    """`POST /v1/images/generations`. What is not listed here is ignored, as it changes nothing about our pictures."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    prompt: Annotated[str, Field(min_length=1, max_length=4000)]
    model: str | None = None
    n: Annotated[int, Field(ge=1, le=4)] = 1
    size: Literal["auto", "1024x1024", "1536x1024", "1024x1536", "2048x2048"] = "auto"
    quality: Literal["auto", "low", "medium", "high"] = "auto"
    """There is one quality here; the others are taken to mean it."""
    output_format: Format = "png"
    output_compression: Annotated[int, Field(ge=0, le=100)] = 90
    """For JPEG and WebP: the encoder's quality."""
    stream: bool = False
    partial_images: Annotated[int, Field(ge=0, le=3)] = 0
    seed: Annotated[int, Field(ge=0, lt=MAX_SEED)] | None = None
    """Beyond OpenAI: the same prompt, size and seed give the same picture. The n-th picture has seed + n."""
    progress: bool = False
    """Beyond OpenAI: with `stream`, also send `nightjar.progress` events with a `fraction`."""

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height."""
        width, height = (AUTO_SIZE if self.size == "auto" else self.size).split("x")
        return int(width), int(height)


class Edit(BaseModel):
    """`POST /v1/images/edits`: the fields of the form, and which pictures came with it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    prompt: Annotated[str, Field(min_length=1, max_length=32_000)]
    model: str | None = None
    n: Annotated[int, Field(ge=1, le=10)] = 1
    size: Annotated[str, Field(pattern=r"^(auto|[0-9]{2,4}x[0-9]{2,4})$")] = "auto"
    """`auto`: that of the first picture, or as large as the words ask."""
    quality: Literal["auto", "low", "medium", "high", "xhigh", "max", "standard"] = "auto"
    """There is one quality here; the others are taken to mean it."""
    background: Literal["auto", "opaque", "transparent"] = "auto"
    """`transparent`: what is behind the thing that stands out is cut away; `opaque`: on white."""
    input_fidelity: Literal["low", "high"] = "high"
    """Pictures are always kept to: the two are taken to mean the same."""
    output_format: Format = "png"
    output_compression: Annotated[int, Field(ge=0, le=100)] = 90
    """For JPEG and WebP: the encoder's quality. Only PNG keeps every pixel that wasn't changed as it was."""
    stream: bool = False
    partial_images: Annotated[int, Field(ge=0, le=3)] = 0
    seed: Annotated[int, Field(ge=0, lt=MAX_SEED)] | None = None
    """Beyond OpenAI, as in `Generation`."""
    progress: bool = False
    """Beyond OpenAI, as in `Generation`."""
    images: tuple[str, ...] = ()
    mask: str | None = None
    markup: str | None = None
    """The SHA-256 of what was uploaded: the same key with other pictures is another request."""

    @model_validator(mode="after")
    def _can_be_made(self) -> Self:
        if self.background == "transparent" and self.output_format == "jpeg":
            raise ValueError("a JPEG has no transparent background")
        if self.size != "auto":
            width, height = self.wanted or (0, 0)
            if min(width, height) < MIN_SIDE or max(width, height) > MAX_SIDE:
                raise ValueError(f"sizes go from {MIN_SIDE} to {MAX_SIDE} a side")
            if max(width, height) > 3 * min(width, height):
                raise ValueError("sizes go from 1:3 to 3:1")
        return self

    @property
    def wanted(self) -> tuple[int, int] | None:
        """Width and height, where they were said."""
        if self.size == "auto":
            return None
        width, height = self.size.split("x")
        return int(width), int(height)


_Request = TypeVar("_Request", Generation, Edit)


def parse_generation(body: object) -> Generation:
    """Raises Refused."""
    return _parsed(Generation, body)


def parse_edit(fields: Mapping[str, str], *, images: tuple[str, ...], mask: str | None, markup: str | None) -> Edit:
    """Empty fields are as if they weren't there. Raises Refused."""
    body: dict[str, Any] = {name: value for name, value in fields.items() if value != ""}
    if not images:
        raise Refused(400, "missing_required_parameter", "There is no picture to change.", param="image")
    if mask is not None and markup is not None:
        raise Refused(400, "invalid_value", "A mask and a markup can't be used together.", param="markup")
    return _parsed(Edit, body | {"images": images, "mask": mask, "markup": markup})


def _parsed(kind: type[_Request], body: object) -> _Request:
    try:
        request = kind.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        param = str(first["loc"][0]) if first["loc"] else None
        says = first["msg"].removeprefix("Value error, ")
        raise Refused(400, "invalid_value", f"{param or 'The request'}: {says}.", param=param) from None
    if request.model not in (None, MODEL):
        raise Refused(404, "model_not_found", f"There is one model here: {MODEL}.", param="model")
    return request


def new_seed() -> int:
    """For a request that names none."""
    return secrets.randbelow(MAX_SEED)


def described(request: Generation | Edit, size: tuple[int, int], *, transparent: bool = False) -> dict[str, Any]:
    """What answers and events say about the pictures."""
    return {
        "size": f"{size[0]}x{size[1]}",
        "quality": "high",
        "background": "transparent" if transparent else "opaque",
        "output_format": request.output_format,
    }


def usage(joules: float | None) -> dict[str, Any]:
    """Nothing here counts tokens, but the client library's types want to know. Beyond OpenAI: `energy_j`."""
    nothing = {
        "input_tokens": 0,
        "input_tokens_details": {"text_tokens": 0, "image_tokens": 0},
        "output_tokens": 0,
        "total_tokens": 0,
    }
    return nothing if joules is None else nothing | {"energy_j": round(joules, 3)}


def encoded(data: bytes) -> str:
    """A picture as it goes into JSON."""
    return base64.b64encode(data).decode()


def event(body: dict[str, Any]) -> bytes:
    """One server-sent event, named by its `type`."""
    return f"event: {body['type']}\ndata: {json.dumps(body)}\n\n".encode()
