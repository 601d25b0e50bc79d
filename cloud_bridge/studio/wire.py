"""The studio's side of OpenAI's image interface: requests as typed objects, errors and events as they go on the wire.

https://platform.openai.com/docs/api-reference/images. Beyond it: `seed`, `progress` and the Idempotency-Key header.
"""

import base64
import json
import secrets
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

MODEL = "nightjar-studio-1"
AUTO_SIZE = "1024x1024"
MAX_SEED = 2**31

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


def parse_generation(body: object) -> Generation:
    """Raises Refused."""
    try:
        request = Generation.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        param = str(first["loc"][0]) if first["loc"] else None
        raise Refused(400, "invalid_value", f"{param or 'The request'}: {first['msg']}.", param=param) from None
    if request.model not in (None, MODEL):
        raise Refused(404, "model_not_found", f"There is one model here: {MODEL}.", param="model")
    return request


def new_seed() -> int:
    """For a request that names none."""
    return secrets.randbelow(MAX_SEED)


def described(request: Generation) -> dict[str, Any]:
    """What answers and events say about the pictures."""
    width, height = request.pixels
    return {
        "size": f"{width}x{height}",
        "quality": "high",
        "background": "opaque",
        "output_format": request.output_format,
    }


# Nothing here counts tokens, but the client library's types want to know.
NO_USAGE = {
    "input_tokens": 0,
    "input_tokens_details": {"text_tokens": 0, "image_tokens": 0},
    "output_tokens": 0,
    "total_tokens": 0,
}


def encoded(data: bytes) -> str:
    """A picture as it goes into JSON."""
    return base64.b64encode(data).decode()


def event(body: dict[str, Any]) -> bytes:
    """One server-sent event, named by its `type`."""
    return f"event: {body['type']}\ndata: {json.dumps(body)}\n\n".encode()
