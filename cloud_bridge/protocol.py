"""The messages that device and bridge exchange over MQTT 5 (QoS 1, JSON), and their topics.

Both ends import this module and it imports nothing but the standard library and pydantic. Whatever arrives is parsed
here once, with bounds; inside, nothing is checked again. A body is at most `MAX_BODY_BYTES`.

A job's life, as the device sees it::

    jobs     ──▶  Upload…  (PUT over HTTP)              each input picture, before the job that needs it
    results  ◀──  UploadTo…

    jobs     ──▶  ImageCreate | ImageEdit         Cancel
    results  ◀──  Accepted  Progress…  Partial…   Final | Failed      (exactly one of the two ends a job)
    acks     ──▶                                  Ack                 (after the result is stored on the device)

    jobs     ──▶  Chat | Search                   Cancel
    results  ◀──  Accepted  AnswerPiece…          Answer | Failed
    acks     ──▶                                  Ack

Everything may arrive twice. The bridge repeats Accepted, and what ends the job, when it sees the same job again, and
what ends it until that is acknowledged. An AnswerPiece is sent once: who misses one waits for the Answer.
"""

from typing import Annotated, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

MAX_BODY_BYTES = 64 * 1024
TOPIC_ROOT = "nightjar/v1"
DEVICE_NAME = r"^[a-z0-9][a-z0-9-]{0,62}$"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Fraction = Annotated[float, Field(ge=0, le=1)]
Sentence = Annotated[str, Field(max_length=500)]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Pixels = Annotated[int, Field(ge=64, le=4096)]
UnixSeconds = Annotated[float, Field(ge=0, le=4_102_444_800)]
FailureCode = Literal[
    "cancelled",
    "expired",
    "outcome_unknown",
    "refused",
    "provider_down",
    "provider_error",
    "not_configured",
    "bad_request",
    "nothing_found",
    "input_missing",
    "over_budget",
    "too_busy",
]
"""`input_missing`: an input picture was not uploaded, or is gone; upload it and send the job again. `over_budget`: the
device or its household has spent what it may. `too_busy`: the bridge takes no more jobs for now; nothing was begun."""
Capability = Literal["up", "down", "absent"]
"""Whether the bridge can do something now; `absent`: it isn't set up for it."""
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
"""ISO 639-1."""
MediaType = Literal["image/png", "image/jpeg", "image/webp"]
PictureBytes = Annotated[int, Field(gt=0, le=64 * 1024 * 1024)]
Conversation = Annotated[str, Field(max_length=64, pattern=r"^[\x21-\x7e]*$")]
"""Jobs of one conversation are done in the order in which they were asked for; "": of none."""
TraceParent = Annotated[str, Field(pattern=r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")]
"""W3C trace context: the turn on the device that this is part of."""
MOST_INPUTS = 16
Question = Annotated[str, Field(min_length=1, max_length=1000)]
AnswerText = Annotated[str, Field(max_length=4000)]


class ProtocolError(ValueError):
    """A message that is not of this protocol; the text is one plain sentence."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class _Job(_Message):
    """What every job says."""

    job: UUID
    """UUIDv7, made by the device."""
    turn: Annotated[str, Field(max_length=64)]
    conversation: Conversation = ""
    trace: TraceParent | None = None
    created_at: UnixSeconds
    expires_at: UnixSeconds
    """The bridge doesn't start the job later than this. It counts `expires_at - created_at` seconds from when it took
    the job on, as clocks differ. For somebody who waits for an answer, some seconds away."""
    child: bool = False
    """Children use the device: what comes back is to be fit for them."""


class _Picturing(_Job):
    prompt: Annotated[str, Field(min_length=1, max_length=4000)]
    width: Pixels = 1024
    height: Pixels = 1024
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Used by providers that know seeds (our studio does), so that draft and final agree."""
    partial_images: Annotated[int, Field(ge=0, le=3)] = 2


class ImageCreate(_Picturing):
    """Make a picture from words."""

    type: Literal["image.create"] = "image.create"


class InputRef(_Message):
    """A picture of the device's that a job needs; it was uploaded under its hash before."""

    sha256: Sha256
    size_bytes: PictureBytes
    media_type: MediaType
    width: Pixels
    height: Pixels


class ImageEdit(_Picturing):
    """Change pictures, or make one of several. As wide and high as the first of them: its size is kept."""

    type: Literal["image.edit"] = "image.edit"
    inputs: Annotated[tuple[InputRef, ...], Field(min_length=1, max_length=MOST_INPUTS)]
    """The first is the one that is changed; the others are what else it is put together from."""
    mask: InputRef | None = None
    """PNG with transparency, as large as the first input: nothing changes but where it is transparent."""
    markup: InputRef | None = None
    """PNG with transparency, as large as the first input: what a person drew over it to show what is meant."""
    fidelity: Literal["low", "high"] = "high"
    """How closely the inputs are kept to."""

    @property
    def pictures(self) -> tuple[InputRef, ...]:
        """All that must have been uploaded."""
        return (*self.inputs, *(ref for ref in (self.mask, self.markup) if ref is not None))


class Upload(_Message):
    """Ask where a picture is to be uploaded."""

    type: Literal["upload"] = "upload"
    job: UUID
    """The job that will need it."""
    sha256: Sha256
    size_bytes: PictureBytes
    media_type: MediaType


class Exchange(_Message):
    """A question that was answered before: what "it" in the next one may mean."""

    question: Question
    answer: AnswerText


class _Asking(_Job):
    question: Question
    context: Annotated[tuple[Exchange, ...], Field(max_length=4)] = ()
    """What was asked just before, the oldest first."""
    language: Language = "en"
    """Of the answer."""


class Chat(_Asking):
    """Answer a question, in a few sentences that will be spoken."""

    type: Literal["chat"] = "chat"
    sources: bool = True
    """Look it up first, and say what the answer comes from."""


class Search(_Asking):
    """Look something up: the best words of what is found are the answer."""

    type: Literal["search"] = "search"


class Cancel(_Message):
    """Don't make it after all. The job ends as `failed` with code `cancelled` unless it is already done."""

    type: Literal["cancel"] = "cancel"
    job: UUID


class Renew(_Message):
    """The link of a result has expired: send the Final again with a new one."""

    type: Literal["renew"] = "renew"
    job: UUID


class ArtifactRef(_Message):
    """Where a picture can be fetched, and how to know that it is the right one."""

    sha256: Sha256
    size_bytes: PictureBytes
    media_type: MediaType
    width: Pixels
    height: Pixels
    url: Annotated[str, Field(max_length=2000, pattern=r"^https?://")]
    """Signed; answers 403 after `expires_at`."""
    expires_at: UnixSeconds


class UploadTo(_Message):
    """Where the picture is to be PUT, as it is, with its media type as the Content-Type."""

    type: Literal["upload.to"] = "upload.to"
    job: UUID
    sha256: Sha256
    url: Annotated[str, Field(max_length=2000, pattern=r"^https?://")] | None = None
    """Signed, for this picture alone; answers 403 after `expires_at`. None: this device has uploaded it already."""
    expires_at: UnixSeconds


class Accepted(_Message):
    """The job is in the ledger: from here on it ends exactly once."""

    type: Literal["accepted"] = "accepted"
    job: UUID
    position: Annotated[int, Field(ge=0)]
    """Jobs before this one."""
    wait_s: Annotated[float, Field(ge=0)]
    """Expected seconds until it starts."""


class Progress(_Message):
    """Still at it."""

    type: Literal["progress"] = "progress"
    job: UUID
    fraction: Fraction


class Partial(_Message):
    """A real intermediate picture."""

    type: Literal["partial"] = "partial"
    job: UUID
    index: Annotated[int, Field(ge=0, le=9)]
    engine: Name
    artifact: ArtifactRef


class Usage(_Message):
    """What the provider says it cost."""

    input_tokens: Annotated[int, Field(ge=0)] = 0
    output_tokens: Annotated[int, Field(ge=0)] = 0
    cost_usd: Annotated[float, Field(ge=0)] | None = None
    """From the bridge's price table; None where the table has no price."""
    energy_j: Annotated[float, Field(ge=0)] | None = None
    """Joules, where whoever made it measures them."""


class Final(_Message):
    """The finished picture. Ends the job."""

    type: Literal["final"] = "final"
    job: UUID
    engine: Name
    """What made it, in words for the page: `Nightjar studio (vector art)`, `gpt-image-2.5-flare`."""
    provider: Name
    artifact: ArtifactRef
    revised_prompt: Annotated[str, Field(max_length=8000)] | None = None
    usage: Usage = Usage()


class Source(_Message):
    """What an answer comes from. Its words are a stranger's."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    url: Annotated[str, Field(max_length=2000, pattern=r"^https?://[^\s<>\"]+$")]
    site: Name
    """As it is spoken: `Wikipedia`, `nature.com`."""
    snippet: Annotated[str, Field(max_length=500)] = ""


class AnswerPiece(_Message):
    """The next words of an answer that is being made."""

    type: Literal["answer.piece"] = "answer.piece"
    job: UUID
    index: Annotated[int, Field(ge=0, le=10_000)]
    """Counts up by one from 0; the texts in this order are the answer so far."""
    text: AnswerText


class Answer(_Message):
    """The whole answer. Ends the job."""

    type: Literal["answer"] = "answer"
    job: UUID
    engine: Name
    """What made it: a model's name, or the search."""
    provider: Name
    text: Annotated[AnswerText, Field(min_length=1)]
    """Words to be spoken; `[1]` behind a sentence is the first of `sources`."""
    sources: Annotated[tuple[Source, ...], Field(max_length=8)] = ()
    usage: Usage = Usage()


class Failed(_Message):
    """No picture, or no answer. Ends the job."""

    type: Literal["failed"] = "failed"
    job: UUID
    code: FailureCode
    text: Sentence
    """One plain sentence for the person who asked."""
    category: Annotated[str, Field(max_length=40, pattern=r"^[a-z_]+$")] | None = None
    """Why the bridge itself has refused it: `self_harm`, `sexual`, …; None where it has not."""
    retryable: bool = False
    retry_after_s: Annotated[float, Field(ge=0)] | None = None
    """Asking again sooner is of no use."""


class Ack(_Message):
    """The device has stored the end of this job; the bridge need not repeat it."""

    type: Literal["ack"] = "ack"
    job: UUID


class DeviceStatus(_Message):
    """Retained; the last will says offline."""

    type: Literal["device.status"] = "device.status"
    online: bool


class BridgeStatus(_Message):
    """Retained; the last will says that nothing is available."""

    type: Literal["bridge.status"] = "bridge.status"
    online: bool
    image: Literal["up", "down"] = "down"
    edit: Capability = "absent"
    """Whether pictures are changed."""
    chat: Capability = "absent"
    """Whether questions are answered."""
    search: Capability = "absent"
    """Whether things are looked up."""
    queue: Annotated[int, Field(ge=0)] = 0
    wait_s: Annotated[float, Field(ge=0)] = 0.0


T = TypeVar("T")
Job = ImageCreate | ImageEdit | Chat | Search
JobMessage = Job | Upload | Cancel | Renew
ResultMessage = UploadTo | Accepted | Progress | Partial | Final | AnswerPiece | Answer | Failed
_JOBS: TypeAdapter[JobMessage] = TypeAdapter(Annotated[JobMessage, Field(discriminator="type")])
_RESULTS: TypeAdapter[ResultMessage] = TypeAdapter(Annotated[ResultMessage, Field(discriminator="type")])
_ACKS: TypeAdapter[Ack] = TypeAdapter(Ack)
_BRIDGE_STATUS: TypeAdapter[BridgeStatus] = TypeAdapter(BridgeStatus)


def _parse(adapter: TypeAdapter[T], body: bytes) -> T:
    if len(body) > MAX_BODY_BYTES:
        raise ProtocolError(f"The message has {len(body)} bytes; at most {MAX_BODY_BYTES} are allowed.")
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the message"
        # This one alone quotes what came, and what came may be anybody's words.
        what = "There is no such type" if first["type"] == "union_tag_invalid" else first["msg"]
        raise ProtocolError(f"Not a message of this protocol: {where}: {what}.") from None


def parse_job(body: bytes) -> JobMessage:
    """A message from the `jobs` topic, or ProtocolError."""
    return _parse(_JOBS, body)


def parse_result(body: bytes) -> ResultMessage:
    """A message from the `results` topic, or ProtocolError."""
    return _parse(_RESULTS, body)


def parse_ack(body: bytes) -> Ack:
    """A message from the `acks` topic, or ProtocolError."""
    return _parse(_ACKS, body)


def parse_bridge_status(body: bytes) -> BridgeStatus:
    """A message from a bridge's `status` topic, or ProtocolError."""
    return _parse(_BRIDGE_STATUS, body)


def encode(message: BaseModel) -> bytes:
    """The message as it goes on the wire."""
    return message.model_dump_json(exclude_none=True).encode()


def device_topic(device: str, leaf: Literal["jobs", "results", "acks", "status", "updates"]) -> str:
    """`nightjar/v1/devices/{device}/{leaf}`; `+` as the device is a filter for all."""
    return f"{TOPIC_ROOT}/devices/{device}/{leaf}"


def bridge_topic(bridge: str, leaf: Literal["status"] = "status") -> str:
    """`nightjar/v1/bridges/{bridge}/status`."""
    return f"{TOPIC_ROOT}/bridges/{bridge}/{leaf}"


def device_of(topic: str) -> str:
    """The device that a topic names. The broker's access list makes sure that it is the sender."""
    parts = topic.split("/")
    if len(parts) != 5 or parts[:3] != ["nightjar", "v1", "devices"]:
        raise ProtocolError(f"{topic[:100]!r} is not a device's topic.")
    return parts[3]
