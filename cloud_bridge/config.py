"""The bridge's settings: `bridge.toml`. The defaults are for OpenAI and a broker on this machine."""

import ipaddress
import os
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from cloud_bridge.accounts import Budget
from cloud_bridge.protocol import DEVICE_NAME, Name
from cloud_bridge.providers.known import extensions_of
from cloud_bridge.providers.settings import Account, Chat, Policy, Price, Provider
from cloud_bridge.providers.settings import Section as _Section

__all__ = [
    "BridgeConfig",
    "Broker",
    "Chat",
    "ConfigError",
    "Media",
    "Price",
    "Provider",
    "Search",
    "check",
    "is_loopback",
    "load_config",
]


class ConfigError(Exception):
    """The settings can't be used; the text is one plain sentence."""


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
    """Who vouches for the broker; None: the bridge's own authority where the bridge shows a certificate of it, else the
    system's."""
    cert_file: Path | None = None
    """The bridge's certificate for the broker; None: without a user name, one of its own authority."""
    key_file: Path | None = None
    """None: the key is in `cert_file`."""

    @property
    def by_certificate(self) -> bool:
        """Whether the broker knows the bridge by its certificate."""
        return self.tls and (self.cert_file is not None or self.username is None)

    @property
    def by_own_certificate(self) -> bool:
        """Whether that is one of the bridge's own authority."""
        return self.by_certificate and self.cert_file is None

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


class Tls(_Section):
    """Pictures and enrolment by HTTPS."""

    hosts: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=253)], ...], Field(max_length=8)] = ()
    """Names and addresses under which devices know the bridge; default: those of the broker."""
    cert_file: Path | None = None
    """A certificate of yours for them; None: the bridge's own authority signs one."""
    key_file: Path | None = None
    """None: the key is in `cert_file`."""


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


class Safety(_Section):
    """What is looked at before a provider is asked, and after."""

    text: Literal["on", "off"] = "on"
    """Prompts, questions and answers, by lists of words."""
    pictures: Literal["auto", "on", "off"] = "auto"
    """Those that are changed and those that are made, by a model; `auto`: where it is installed."""
    models: Path | None = None
    """Where models are installed; default: where this machine's are."""
    level: Literal["standard", "child"] = "standard"
    """`child`: for every device, whatever it says of itself."""


class Tracing(_Section):
    """Where traces are sent. Needs the extra `telemetry`."""

    endpoint: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")]
    """An OTLP/HTTP collector's address for traces, as `http://127.0.0.1:4318/v1/traces`. Headers that it needs are read
    from $OTEL_EXPORTER_OTLP_HEADERS."""
    ratio: Annotated[float, Field(ge=0, le=1)] = 0.05
    """The share of traces that is kept."""


class Provenance(_Section):
    """Finished pictures are signed: by the C2PA standard, with who made them. Needs nightjar[provenance]."""

    certificate: Path
    """PEM: the signer's certificate, then those up to the authority's."""
    key: Path
    """PEM: the signer's private key."""
    algorithms: frozenset[Name] = frozenset({"Nightjar studio"})
    """Names of providers that draw without a trained model."""
    required: bool = False
    """A picture that can't be signed is not handed over; otherwise it comes unsigned."""


class Queue(_Section):
    """Jobs that wait. With more than that, those who have asked for the most are turned away first."""

    most_waiting: Annotated[int, Field(ge=1, le=1_000_000)] = 20_000
    most_of_a_device: Annotated[int, Field(ge=1, le=1_000_000)] = 1_000


class BridgeConfig(_Section):
    """Everything that can be set."""

    name: Annotated[str, Field(pattern=DEVICE_NAME)] = "main"
    state: Path
    """The directory of all that the bridge keeps: ledger, pictures, secrets, who may talk."""
    broker: Broker = Broker()
    media: Media = Media()
    status: Status = Status()
    tls: Tls | None = None
    """None: pictures and status are served by plain HTTP, for this machine or for a proxy on it."""
    traces: Tracing | None = None
    """None: there are none, and they cost nothing."""
    provider: Provider = Provider()
    """Who makes the pictures, where it is one."""
    providers: Annotated[tuple[Provider, ...], Field(max_length=8)] = ()
    """Where they are several: the next takes over when one can't be reached, has too much to do, or takes no key."""
    policy: Policy = "order"
    """Who of them is asked first: as they stand here, or the cheapest for that picture."""
    chat: Chat | None = None
    """None: questions are answered by what is found alone, where there is a search."""
    chats: Annotated[tuple[Chat, ...], Field(max_length=8)] = ()
    """Where several answer questions: asked in this order, like providers."""
    search: Search | None = None
    safety: Safety = Safety()
    provenance: Provenance | None = None
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 2
    """Pictures that are made at the same time."""
    edits_at_once: Annotated[int, Field(ge=1, le=64)] = 2
    """Pictures that are changed at the same time."""
    answers_at_once: Annotated[int, Field(ge=1, le=64)] = 4
    """Questions that are answered at the same time."""
    budgets: dict[Name, Budget] = Field(default={})
    """What devices may spend, by the name of their class; one of which nothing else is said is `standard`."""
    queue: Queue = Queue()
    repeat_s: Annotated[float, Field(ge=1, le=3600)] = 180
    """How often a result that the device has not acknowledged is sent again."""
    stop_within_s: Annotated[float, Field(ge=0, le=600)] = 60
    """How long calls that are under way may take when the bridge is asked to stop."""

    @property
    def all_providers(self) -> tuple[Provider, ...]:
        """Everybody who makes or changes pictures."""
        return self.providers or (self.provider,)

    @property
    def all_chats(self) -> tuple[Chat, ...]:
        """Everybody who answers questions."""
        return self.chats or ((self.chat,) if self.chat else ())


def load_config(path: Path | None, *, state: Path, models: Path | None = None) -> BridgeConfig:
    """Read `path`; None gives the defaults. `state`, `models`: the directories of those, where it names none.

    Raises ConfigError, also for what would open the bridge to strangers, or can't work.
    """
    config = read_config(path, state=state, models=models)
    check(config)
    return config


def read_config(path: Path | None, *, state: Path, models: Path | None = None) -> BridgeConfig:
    """As `load_config`, for looking after a bridge without running it. Raises ConfigError."""
    raw: dict[str, object] = {}
    if path is not None:
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ConfigError(f"There is no {path}.") from None
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise ConfigError(f"{path} can't be read: {why}.") from None
    safety = raw.get("safety", {})
    if isinstance(safety, dict):
        raw["safety"] = {"models": models} | safety
    try:
        return BridgeConfig.model_validate({"state": state} | raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        why = "there is no such setting" if first["type"] == "extra_forbidden" else first["msg"]
        raise ConfigError(f"{path or 'The settings'}: {where}: {why}.") from None


def check(config: BridgeConfig) -> None:
    """Refuse what would open the bridge to strangers, or can't work. Raises ConfigError."""
    _check_doors(config)
    if not is_loopback(config.status.host) and config.status.secret() is None:
        raise ConfigError("The bridge's status would be shown beyond this machine to everybody: set status.token.")
    _check_accounts(config)


def _check_accounts(config: BridgeConfig) -> None:
    for one, several in (("provider", "providers"), ("chat", "chats")):
        if {one, several} <= config.model_fields_set:
            raise ConfigError(f"There is a [{one}] and a [[{several}]]: put all of them into [[{several}]].")
    for section, accounts in (("provider", config.all_providers), ("chat", config.all_chats)):
        names = [account.name for account in accounts]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ConfigError(f"Two {section}s are called {twice}: give each a name of its own.")
        for account in accounts:
            _check_account(section, account)


def _check_account(section: str, account: Account) -> None:
    if isinstance(account, Provider):
        if account.idempotent and "idempotency" not in extensions_of(account):
            raise ConfigError('provider.idempotent needs "idempotency" among provider.extensions.')
        if account.background == "transparent" and account.output_format == "jpeg":
            raise ConfigError(
                f"{account.name}: a JPEG has no transparent background: set output_format to png or webp."
            )
    if not account.keys():
        variable = account.api_key_env
        how = f"set ${variable} or {section}.api_key" if variable else f"set {section}.api_key"
        raise ConfigError(f"There is no key for {account.name}: {how}.")


def _check_doors(config: BridgeConfig) -> None:
    """Refuse to speak or listen beyond this machine without TLS, or where nobody is asked who he is.

    Raises ConfigError.
    """
    broker, media = config.broker, config.media
    if not is_loopback(broker.host) and not broker.tls:
        raise ConfigError(f"The broker at {broker.host} would be spoken to without TLS: set broker.tls.")
    for what, host in (("Pictures", media.host), ("The bridge's status", config.status.host)):
        if not is_loopback(host) and config.tls is None:
            raise ConfigError(
                f"{what} would be served beyond this machine without TLS: add a [tls] section, or let a proxy on this "
                "machine serve that."
            )
    if not is_loopback(media.host) and broker.username is None and not broker.by_certificate:
        raise ConfigError(
            "Pictures would be served beyond this machine while the broker asks nobody who he is: set broker.username, "
            "or broker.tls for certificates."
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a listener at `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
