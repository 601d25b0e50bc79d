"""The bridge's settings: `bridge.toml`. The defaults are for OpenAI and a broker on this machine."""

import ipaddress
import os
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cloud_bridge.protocol import DEVICE_NAME, Name


class ConfigError(Exception):
    """The settings can't be used; the text is one plain sentence."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Broker(_Section):
    """The MQTT 5 broker."""

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    username: str | None = None
    password: str | None = Field(default=None, repr=False)
    password_env: str | None = None
    """The name of an environment variable that holds the password; `password` goes before it."""
    tls: bool = False
    ca_file: Path | None = None

    def secret(self) -> str | None:
        """The password, or None when none is set."""
        return self.password or (os.environ.get(self.password_env) if self.password_env else None) or None


class Media(_Section):
    """Where devices fetch pictures."""

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8791
    """0: any free port."""
    public_url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")] | None = None
    """What devices put before `/media/…`, where a proxy stands in front; default: host and port."""
    link_valid_s: Annotated[float, Field(ge=1, le=7 * 24 * 3600)] = 3600


class Status(_Section):
    """Where whoever runs the bridge looks at it: metrics, readiness and the status page."""

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8792
    """0: any free port."""
    token: Annotated[str, Field(min_length=16)] | None = Field(default=None, repr=False)
    token_env: str | None = None
    """The name of an environment variable that holds the token; `token` goes before it. With a token, everybody has
    to show it: `Authorization: Bearer …`, or as the password where a browser asks for one."""

    def secret(self) -> str | None:
        """The token, or None when none is set."""
        return self.token or (os.environ.get(self.token_env) if self.token_env else None) or None


class Price(_Section):
    """What a provider charges for a million tokens, in US dollars."""

    input_per_million: Annotated[float, Field(ge=0)]
    output_per_million: Annotated[float, Field(ge=0)]


class _Account(_Section):
    """At somebody who speaks OpenAI's interface."""

    name: Name = "OpenAI"
    """Names the provider in results."""
    base_url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")] = "https://api.openai.com/v1"
    api_key: str | None = Field(default=None, repr=False)
    api_key_env: str | None = "OPENAI_API_KEY"
    """The name of an environment variable that holds the key; `api_key` goes before it."""
    prices: dict[str, Price] = {}
    """By model; without an entry what something cost is unknown."""

    def key(self) -> str | None:
        """The API key, or None when none is set."""
        return self.api_key or (os.environ.get(self.api_key_env) if self.api_key_env else None) or None


class Chat(_Account):
    """Who answers questions."""

    model: Name
    timeout_s: Annotated[float, Field(gt=0, le=120)] = 20
    """For a whole answer. Nobody waits longer for one."""
    most_tokens: Annotated[int, Field(ge=16, le=4000)] = 600
    tokens_field: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    """What the provider calls the bound of an answer's length; older servers know `max_tokens` alone."""


class Search(_Section):
    """Where things are looked up."""

    kind: Literal["mediawiki", "searxng"] = "mediawiki"
    """`mediawiki`: the API of Wikipedia, or of any wiki like it. `searxng`: the JSON of a SearXNG instance."""
    url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")] = "https://{language}.wikipedia.org/w/api.php"
    """For `searxng`, the instance's `/search`. `{language}` is that of the question, as `en`."""
    name: Name = "Wikipedia"
    """What made an answer that is a search's alone; of a wiki also the name of its pages' site."""
    results: Annotated[int, Field(ge=1, le=8)] = 4
    timeout_s: Annotated[float, Field(gt=0, le=30)] = 5
    contact: Annotated[str, Field(max_length=200, pattern=r"^[\x20-\x7e]*$")] = ""
    """An address of yours for the User-Agent, which Wikipedia asks for."""


class Provider(_Account):
    """Who makes the pictures."""

    kind: Literal["openai-images"] = "openai-images"
    model: Name = "gpt-image-2.5-flare"
    engine: Name | None = None
    """What the page says made the picture; default: the model's name."""
    sizes: Annotated[tuple[Annotated[str, Field(pattern=r"^[1-9]\d{2,3}x[1-9]\d{2,3}$")], ...], Field(min_length=1)] = (
        "1024x1024",
        "1536x1024",
        "1024x1536",
    )
    """What the provider makes, width x height; the one that fits the wish best is asked for."""
    quality: Literal["auto", "low", "medium", "high"] = "auto"
    partial_images: Annotated[int, Field(ge=0, le=3)] = 2
    """At most so many intermediate pictures are asked for; with some providers each costs."""
    timeout_s: Annotated[float, Field(gt=0, le=3600)] = 300
    idempotent: bool = False
    """The provider answers a repeated Idempotency-Key with the same picture and without a second bill, so a call that
    was cut off is made again. Otherwise such a job ends as `outcome_unknown`."""
    extensions: frozenset[Literal["seed", "idempotency", "progress"]] = frozenset()
    """What the provider understands beyond the OpenAI interface. `idempotency`: the Idempotency-Key header."""


class BridgeConfig(_Section):
    """Everything that can be set."""

    name: Annotated[str, Field(pattern=DEVICE_NAME)] = "main"
    state: Path
    """The directory of ledger, pictures and the secret of the links."""
    broker: Broker = Broker()
    media: Media = Media()
    status: Status = Status()
    provider: Provider = Provider()
    chat: Chat | None = None
    """None: questions are answered by what is found alone, where there is a search."""
    search: Search | None = None
    concurrency: Annotated[int, Field(ge=1, le=64)] = 2
    """Calls to the provider of pictures at the same time."""
    answers_at_once: Annotated[int, Field(ge=1, le=64)] = 4
    """Questions that are answered at the same time."""
    repeat_s: Annotated[float, Field(ge=1, le=3600)] = 180
    """How often a result that the device has not acknowledged is sent again."""
    stop_within_s: Annotated[float, Field(ge=0, le=600)] = 60
    """How long calls that are under way may take when the bridge is asked to stop."""


def load_config(path: Path | None, *, state: Path) -> BridgeConfig:
    """Read `path`; None gives the defaults. `state` is the state directory where the file names none.

    Raises ConfigError.
    """
    raw: dict[str, object] = {}
    if path is not None:
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ConfigError(f"There is no {path}.") from None
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{path} can't be read: {error}.") from None
    try:
        config = BridgeConfig.model_validate({"state": state} | raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path or 'The settings'}: {where}: {first['msg']}.") from None
    check(config)
    return config


def check(config: BridgeConfig) -> None:
    """Refuse what would open the bridge to strangers, or can't work. Raises ConfigError."""
    if not is_loopback(config.media.host) and config.broker.username is None:
        raise ConfigError(
            "Pictures would be served beyond this machine while the broker asks for no user name: set broker.username."
        )
    if not is_loopback(config.status.host) and config.status.secret() is None:
        raise ConfigError("The bridge's status would be shown beyond this machine to everybody: set status.token.")
    if config.provider.idempotent and "idempotency" not in config.provider.extensions:
        raise ConfigError('provider.idempotent needs "idempotency" among provider.extensions.')
    accounts: dict[str, _Account | None] = {"provider": config.provider, "chat": config.chat}
    for section, account in accounts.items():
        if account is not None and account.key() is None:
            variable = account.api_key_env
            how = f"set ${variable} or {section}.api_key" if variable else f"set {section}.api_key"
            raise ConfigError(f"There is no key for {account.name}: {how}.")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a listener at `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
