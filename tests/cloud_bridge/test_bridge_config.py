"""The bridge's settings: what would open it to strangers is refused."""

from pathlib import Path

import pytest

from cloud_bridge.config import BridgeConfig, ConfigError, is_loopback, load_config, read_config


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "from the environment")


def load(tmp_path: Path, text: str) -> BridgeConfig:
    path = tmp_path / "bridge.toml"
    path.write_text(text)
    return load_config(path, state=tmp_path / "state")


def test_an_empty_file_listens_on_this_machine_alone(tmp_path: Path) -> None:
    config = load(tmp_path, "")
    assert config.media.host == "127.0.0.1"
    assert config.state == tmp_path / "state"
    assert config.provider.key() == "from the environment"
    assert not config.provider.idempotent


def test_the_key_of_the_file_goes_before_that_of_the_environment(tmp_path: Path) -> None:
    assert load(tmp_path, '[provider]\napi_key = "from the file"').provider.key() == "from the file"


def test_secrets_are_not_printed(tmp_path: Path) -> None:
    config = load(tmp_path, '[provider]\napi_key = "hush"\n[broker]\npassword = "hush"')
    assert "hush" not in repr(config)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name = 3", r"name: Input should be a valid string"),
        ("nmae = 'x'", r"nmae: there is no such setting"),
        ("concurrency = 0", r"concurrency: Input should be greater than or equal to 1"),
        ("[provider]\nsizes = ['big']", r"provider.sizes.0: String should match pattern"),
        ("[provider]\nbase_url = 'ftp://x'", r"provider.base_url: String should match pattern"),
        ("= broken", r"can't be read: Invalid statement"),
        (
            "[media]\nhost = '0.0.0.0'",
            r"^Pictures would be served beyond this machine without TLS: add a \[tls\] section",
        ),
        (
            "[media]\nhost = '0.0.0.0'\n[broker]\nusername = 'bridge'",
            r"^Pictures would be served beyond this machine without TLS: add a \[tls\] section",
        ),
        (
            "[media]\nhost = '0.0.0.0'\n[tls]",
            r"^Pictures would be served beyond this machine while the broker asks nobody who he is: set broker.user",
        ),
        (
            "[broker]\nhost = 'b.example.org'",
            r"^The broker at b.example.org would be spoken to without TLS: set broker.t",
        ),
        ("[provider]\nidempotent = true", r'^provider.idempotent needs "idempotency" among provider.extensions.$'),
        ("[provider]\napi_key_env = 'NOT_SET'", r"^There is no key for OpenAI: set \$NOT_SET or provider.api_key.$"),
    ],
)
def test_what_can_not_work_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence) as caught:
        load(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^There is no .*missing.toml\.$"):
        load_config(tmp_path / "missing.toml", state=tmp_path)


@pytest.mark.parametrize("broker", ["username = 'bridge'", "tls = true", "tls = true\ncert_file = 'bridge.pem'"])
def test_pictures_may_be_served_elsewhere_by_tls_when_the_broker_knows_who_comes(tmp_path: Path, broker: str) -> None:
    config = load(tmp_path, f"[media]\nhost = '0.0.0.0'\n[tls]\n[broker]\n{broker}")
    assert config.media.host == "0.0.0.0"


@pytest.mark.parametrize(
    ("broker", "own"),
    [
        ("tls = true", True),
        ("tls = true\ncert_file = 'bridge.pem'", False),
        ("tls = true\nusername = 'bridge'", False),
        ("username = 'bridge'", False),
    ],
)
def test_without_a_name_or_a_certificate_of_the_operators_the_bridge_shows_its_own(
    tmp_path: Path, broker: str, own: bool
) -> None:
    assert load(tmp_path, f"[broker]\n{broker}").broker.by_own_certificate is own


def test_looking_after_a_bridge_needs_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    assert read_config(None, state=tmp_path).state == tmp_path
    with pytest.raises(ConfigError, match=r"^There is no key"):
        load_config(None, state=tmp_path)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("example.org", False),
    ],
)
def test_loopback_is_this_machine_alone(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


TWO = """
policy = "cheapest"
[[providers]]
name = "Ours"
base_url = "http://127.0.0.1:8790/v1"
api_key = "none"
model = "nightjar-studio-1"
capabilities = ["generate"]
prices."nightjar-studio-1".per_picture = 0
[[providers]]
api_keys = ["first", "second"]
api_key_envs = ["THIRD", "NOT_SET", "OPENAI_API_KEY"]
prices."gpt-image-2.5-flare".per_picture = { "1024x1024" = 0.04, "1024x1024 high" = 0.17 }
"""


def test_several_providers_are_asked_in_order_or_by_price(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THIRD", "third")
    config = load(tmp_path, TWO)
    ours, theirs = config.all_providers
    assert (config.policy, ours.name, theirs.name) == ("cheapest", "Ours", "OpenAI")
    assert ours.capabilities == {"generate"}
    assert theirs.keys() == ("first", "second", "third", "from the environment")
    assert "second" not in repr(config)
    price = theirs.prices[theirs.model]
    assert [price.of_picture("1024x1024", quality) for quality in ("low", "high")] == [0.04, 0.17]


def test_one_provider_is_a_list_of_one(tmp_path: Path) -> None:
    assert load(tmp_path, "[provider]\nname = 'Mine'").all_providers[0].name == "Mine"
    assert load(tmp_path, "").all_chats == ()
    assert load(tmp_path, "[[chats]]\nmodel = 'a'\n[[chats]]\nmodel = 'b'\nname = 'B'").all_chats[1].name == "B"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "[provider]\n[[providers]]",
            r"^There is a \[provider\] and a \[\[providers\]\]: put all of them into \[\[prov",
        ),
        ("[[providers]]\n[[providers]]", r"^Two providers are called OpenAI: give each a name of its own.$"),
        (
            "[[chats]]\nmodel = 'a'\n[[chats]]\nmodel = 'b'",
            r"^Two chats are called OpenAI: give each a name of its own.$",
        ),
        (
            "[[providers]]\n[[providers]]\nname = 'B'\napi_key_env = 'NOT_SET'",
            r"^There is no key for B: set \$NOT_SET or",
        ),
        ("[provider]\nbackground = 'transparent'\noutput_format = 'jpeg'", r"^OpenAI: a JPEG has no transparent"),
        ("[provider]\ncapabilities = []", r"provider.capabilities: .*at least 1 item"),
        ("[provider]\napi_keys = ['two words']", r"provider.api_keys.0: String should match pattern"),
        ("[provider]\nprices.x.per_picture = -1", r"provider.prices.x.per_picture"),
    ],
)
def test_providers_that_can_not_work_are_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence) as caught:
        load(tmp_path, text)
    assert "\n" not in str(caught.value)
