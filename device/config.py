"""The device's settings: `config.toml` in the home directory, each with a default that works."""

import tomllib
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import ErrorDetails

from cloud_bridge.protocol import DEVICE_NAME
from device.data import Data
from device.enrolled import broker_section, enrolment_place
from edge_models.catalogue import MODEL_NAME


class ConfigError(Exception):
    """The settings can't be used; the text is one plain sentence."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _as_known(phrase: str) -> str:
    return " ".join(phrase.lower().split())


Phrase = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), AfterValidator(_as_known)
]
"""A wake phrase as people write it, known in lower case with single spaces."""


def _at_home(url: str) -> str:
    """The address, if it is one of this machine or of the private network; else ValueError."""
    host = urlsplit(url).hostname or ""
    try:
        near = ip_address(host).is_private
    except ValueError:
        near = host == "localhost" or host.endswith((".local", ".lan", ".home.arpa"))
    if url and (not near or urlsplit(url).scheme not in ("http", "https")):
        raise ValueError("must be an http address of this machine or of the private network")
    return url


PERSON = r"^\w[\w .'-]{1,39}$"
Name = Annotated[str, Field(pattern=PERSON)]
ROOM = r"^(\w[\w .'-]{0,39})?$"
INTENT = r"^[a-z][a-z_]{0,39}(\.[a-z][a-z_]{0,39})?$"
LIGHT = r"^([\w@+-][\w:.@+-]{0,63})?$"
SERVER = r"^[a-z][a-z0-9_-]{0,30}$"
TOOL = r"^[\w./-]{1,128}$"
_MUST_BE = {
    SERVER: "takes small letters, digits, _ and -, 31 at most",
    TOOL: "takes a tool's name as nightjar tools list shows it",
    PERSON: "takes 2 to 40 letters, digits, spaces and . ' -",
    ROOM: "takes up to 40 letters, digits, spaces and . ' -",
    INTENT: "takes a skill or an intent: picture, or picture.edit",
    MODEL_NAME: "takes the name of a folder in exported: lower case, digits, dots and dashes",
    LIGHT: "takes a light as nightjar doctor lists them",
    DEVICE_NAME: "takes small letters, digits and hyphens, 63 at most",
}
"""What the patterns mean, for people."""


class Wake(_Section):
    """Wake words."""

    phrases: Annotated[tuple[Phrase, ...], Field(min_length=1, max_length=8)] = ("hey jarvis",)
    engine: Literal["micro", "openwakeword"] = "micro"
    """`micro` (microWakeWord) or `openwakeword` (its phrase models are not for commercial use)."""
    thresholds: Mapping[Phrase, Annotated[float, Field(gt=0, lt=1)]] = {}
    """The scores that phrases must exceed, where the engine's own aren't to be: lower wakes more easily."""
    second_opinion: bool = False
    """Ask openWakeWord too before `micro` wakes; `nightjar models pull openwakeword` installs it."""
    only_voices: Annotated[tuple[Name, ...], Field(max_length=8)] = ()
    """Whose commands are carried out (`nightjar wake enroll --voice NAME`); nobody named: anybody's."""


LANGUAGES: Mapping[str, Mapping[str, str]] = {
    "en": {"stt": "whisper-tiny-en", "tts": "piper-en-us-joe"},
    "ar": {"stt": "whisper-base", "tts": "espeak-ng"},
}
"""What is spoken, by its ISO 639-1 code, to what it is heard and answered with unless the settings say otherwise."""


def _spoken_here(language: str) -> str:
    if language not in LANGUAGES:
        raise ValueError(f"must be one of {', '.join(LANGUAGES)}")
    return language


class Speech(_Section):
    """Recognition and voice: names of the model catalogue; where they are left out, those of the language."""

    language: Annotated[str, AfterValidator(_spoken_here)] = "en"
    stt: str = ""
    tts: str = ""
    """Or `espeak-ng`, which speaks any language, as a machine does."""
    gpu: bool = False
    """Recognise on the board's GPU, with a CTranslate2 that was built for it; never run."""
    names: Annotated[tuple[Name, ...], Field(max_length=100)] = ()
    """What the household calls its people, rooms and things, as it is written: what sounds like one is heard as it."""

    @model_validator(mode="before")
    @classmethod
    def _of_the_language(cls, given: dict[str, object]) -> dict[str, object]:
        return {**LANGUAGES.get(str(given.get("language", "en")), {}), **given}


class Audio(_Section):
    """The sound card: names or numbers as `nightjar doctor` lists them; None: the system's default."""

    microphone: str | int | None = None
    speaker: str | int | None = None
    echo_cancellation: bool = True
    """False for a microphone array that takes the loudspeaker's sound out by itself."""


class Pictures(_Section):
    """What is drawn here."""

    draft: Literal["compositor", "model"] | None = None
    """Who draws drafts; None: the trained model where it has passed its gate and is installed, else the compositor."""
    finish: Annotated[str, Field(pattern=MODEL_NAME)] | None = None
    """The exported model in `exported` that finishes pictures on the device; None: the bridge does."""


class Models(_Section):
    """The models, all of them together, and the program that runs them."""

    memory_mb: Annotated[int, Field(ge=256, le=1_000_000)] | None = None
    """Megabytes that they may take; None: the board's memory, but for what is left to everything else."""


class Lights(_Section):
    """The light on the board."""

    name: Annotated[str, Field(pattern=LIGHT)] = ""
    """As `nightjar doctor` lists them; "": none."""


class Broker(_Section):
    """Where the bridge is reached; `host = ""` keeps the device to itself.

    Where config.toml has no such section, it is what a bridge said that let the device in (`nightjar enrol`).
    """

    host: str = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    username: str | None = None
    password: str | None = None
    tls: bool = False
    ca_file: Path | None = None
    cert_file: Path | None = None
    """The device's certificate for the broker, PEM."""
    key_file: Path | None = None
    """None: the key is in `cert_file`."""
    device: Annotated[str, Field(pattern=DEVICE_NAME)] | None = None
    """What the bridge calls this device; None: by its `name`."""
    bridge: Annotated[str, Field(pattern=DEVICE_NAME)] = "main"
    """The bridge's name, whose status the device watches."""
    media_hosts: tuple[str, ...] = ()
    """Hosts from which pictures may be fetched beside `host`; with `tls`, over https alone."""


class McpSentences(_Section):
    """How people ask for one of a server's tools."""

    sentences: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=500)], ...], Field(min_length=1)]
    """hassil's templates: `(play|put on) {song}`."""
    tool: Annotated[str, Field(pattern=TOOL)]
    arguments: Mapping[str, str | int | float | bool] = {}
    """What the tool is called with; `{song}` in it is what was said in that place of the sentence."""
    lists: Mapping[str, Annotated[tuple[str, ...], Field(min_length=1, max_length=1000)]] = {}
    """What may be said in such a place, where it isn't anything."""


class Mcp(_Section):
    """A server of tools: a program of this machine, or an address."""

    command: tuple[str, ...] = ()
    """The program and its arguments."""
    env: Mapping[str, str] = {}
    """What it finds in its environment beside PATH and HOME."""
    url: str = ""
    """Streamable HTTP, as `https://home.example.org/api/mcp`. What is said to it leaves the device."""
    token: str | None = None
    """Sent to `url` as a bearer token."""
    say: Annotated[tuple[McpSentences, ...], Field(max_length=100)] = ()
    unasked: Annotated[tuple[str, ...], Field(max_length=200)] = ()
    """Tools that may act without asking each time."""

    @model_validator(mode="after")
    def _one_way(self) -> "Mcp":
        if bool(self.command) == bool(self.url):
            raise ValueError("a server needs a command or a url, and not both")
        if self.url and not self.url.startswith(("http://", "https://")):
            raise ValueError("url must begin with http:// or https://")
        return self


class LanguageModel(_Section):
    """What is asked when nothing else understands: a server in this house, or a model on this board; default: none."""

    url: Annotated[str, AfterValidator(_at_home)] = ""
    """A server that speaks OpenAI's chat completions, `http://127.0.0.1:8080/v1`. Nowhere else: what is said doesn't
    leave the house for being understood."""
    model: Annotated[str, Field(max_length=100)] = "default"
    """What the server calls it."""
    key: str = ""
    local: str = ""
    """A language model of the catalogue, the owner's too: a GGUF file, run on this board."""
    answers: bool = True
    """Whether it may answer in words; otherwise it can only call skills."""
    timeout_s: Annotated[float, Field(gt=0, le=30)] = 8.0

    @model_validator(mode="after")
    def _one_model(self) -> "LanguageModel":
        if self.url and self.local:
            raise ValueError("takes url or local, not both")
        return self


class Privacy(_Section):
    """What may leave the device: of what a skill declares, what is allowed here."""

    allow: frozenset[Data] = frozenset({Data.TEXT})
    """Kinds of data: text, audio, photo, location."""
    intents: Mapping[Annotated[str, Field(pattern=INTENT)], frozenset[Data]] = {}
    """The same for one skill (`picture`) or one intent (`picture.edit`) instead."""
    offline: bool = False
    """Nothing leaves, ever, and nobody can change it by voice."""
    adults: Annotated[tuple[Name, ...], Field(max_length=8)] = ()
    """Whose voices (`nightjar wake enroll --voice NAME`) may turn child mode off; nobody named: no voice may."""


class Companion(_Section):
    """The phone page."""

    port: Annotated[int, Field(ge=0, le=65535)] = 8765
    """0: any free port."""
    pairing: bool = False
    """Listen on the network and let in phones that were paired; otherwise the page is for this machine alone."""
    host: str | None = None
    """The name or address that phones use for this device, with pairing; default: this machine's own address."""


class DeviceConfig(_Section):
    """Everything that can be set."""

    name: Annotated[str, Field(pattern=DEVICE_NAME)] = "nightjar"
    room: Annotated[str, Field(pattern=ROOM)] = ""
    """Where it stands; "": it is called like the device."""
    wake: Wake = Wake()
    speech: Speech = Speech()
    audio: Audio = Audio()
    pictures: Pictures = Pictures()
    models: Models = Models()
    lights: Lights = Lights()
    broker: Broker = Broker()
    privacy: Privacy = Privacy()
    companion: Companion = Companion()
    mcp: Annotated[Mapping[Annotated[str, Field(pattern=SERVER)], Mcp], Field(max_length=20)] = {}
    language_model: LanguageModel = LanguageModel()


def load_config(home: Path) -> DeviceConfig:
    """Read `home/config.toml`; a missing file gives the defaults. Raises ConfigError."""
    path = home / "config.toml"
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raw = {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} can't be read: {error}.") from None
    try:
        raw.setdefault("broker", broker_section(home) or {})
    except (OSError, ValueError):
        raise ConfigError(f"{enrolment_place(home)} can't be read: enrol this device again, or delete it.") from None
    try:
        return DeviceConfig.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {where}: {_in_words(first)}.") from None


def _in_words(error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden":
        return "there is no such setting"
    pattern = str(error.get("ctx", {}).get("pattern", ""))
    return _MUST_BE.get(pattern, error["msg"].removeprefix("Value error, "))


def with_language(config: DeviceConfig, language: str | None) -> DeviceConfig:
    """The same settings in another language, with its models; None changes nothing. Raises ConfigError."""
    if language is None:
        return config
    try:
        speech = Speech.model_validate({"language": language, "names": config.speech.names})
    except ValidationError as error:
        raise ConfigError(f"The language: {_in_words(error.errors(include_url=False)[0])}.") from None
    return config.model_copy(update={"speech": speech})


def with_wake_phrases(config: DeviceConfig, phrases: list[str] | None) -> DeviceConfig:
    """The same settings with other wake phrases; None changes nothing. Raises ConfigError."""
    if phrases is None:
        return config
    try:
        wake = Wake.model_validate({**config.wake.model_dump(), "phrases": tuple(phrases)})
    except ValidationError as error:
        raise ConfigError(f"The wake phrases: {_in_words(error.errors(include_url=False)[0])}.") from None
    return config.model_copy(update={"wake": wake})
