"""Settings: defaults that work, one sentence for what doesn't."""

import pytest

from device.config import ConfigError, DeviceConfig, load_config, with_language, with_wake_phrases


def test_a_home_without_a_file_has_the_defaults(tmp_path):
    assert load_config(tmp_path) == DeviceConfig()


def test_what_is_set_is_used_and_the_rest_keeps_its_default(tmp_path):
    (tmp_path / "config.toml").write_text('name = "kitchen"\n[wake]\nphrases = ["okay nabu", "alexa"]\n')
    config = load_config(tmp_path)
    assert (config.name, config.wake.phrases, config.companion.port) == ("kitchen", ("okay nabu", "alexa"), 8765)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[wake\n", "config.toml"),
        ("[wake]\nphrase = []\n", "wake.phrase"),
        ('name = "Not/A Name"\n', "name"),
        ("[companion]\nport = 70000\n", "companion.port"),
        ('[wake.thresholds]\n"alexa" = 1.5\n', "wake.thresholds.alexa"),
        ("\xff\xfe", "config.toml"),
    ],
)
def test_a_wrong_file_gives_one_sentence_that_names_the_place(tmp_path, text, named):
    (tmp_path / "config.toml").write_text(text, encoding="utf-16" if "\xff" in text else "utf-8")
    with pytest.raises(ConfigError, match=named) as error:
        load_config(tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('name = "Kitchen"\n', "name: takes small letters, digits and hyphens, 63 at most."),
        ('[wake]\nonly_voices = ["L"]\n', "wake.only_voices.0: takes 2 to 40 letters, digits, spaces and . ' -."),
        ('[wake]\nonlyvoices = ["Lina"]\n', "wake.onlyvoices: there is no such setting."),
        ('[privacy]\nallow = ["video"]\n', "privacy.allow.0: Input should be 'text', 'audio', 'photo' or 'location'."),
        ('[privacy.intents]\n"Draw!" = []\n', "takes a skill or an intent: picture, or picture.edit."),
        ('room = "a/b"\n', "room: takes up to 40 letters, digits, spaces and . ' -."),
        ('[wake]\nphrases = [" "]\n', "wake.phrases.0: String should have at least 1 character."),
    ],
)
def test_what_is_wrong_with_a_setting_is_said_without_its_pattern(tmp_path, text, sentence):
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(ConfigError) as error:
        load_config(tmp_path)
    assert str(error.value).endswith(sentence)


def test_what_may_leave_is_set_for_all_for_a_skill_and_for_an_intent(tmp_path):
    text = '[privacy]\nallow = ["text", "photo"]\n[privacy.intents]\nsearch = []\n"picture.edit" = ["photo"]\n'
    (tmp_path / "config.toml").write_text(text)
    privacy = load_config(tmp_path).privacy
    assert (privacy.allow, privacy.offline) == ({"text", "photo"}, False)
    assert privacy.intents == {"search": frozenset(), "picture.edit": {"photo"}}


def test_wake_phrases_of_a_call_are_taken_as_people_write_them():
    assert with_wake_phrases(DeviceConfig(), ["  Hey   Jarvis "]).wake.phrases == ("hey jarvis",)


def test_each_wake_phrase_can_have_its_own_threshold(tmp_path):
    (tmp_path / "config.toml").write_text('[wake]\nsecond_opinion = true\n[wake.thresholds]\n"Hey  Jarvis" = 0.6\n')
    config = with_wake_phrases(load_config(tmp_path), ["hey jarvis"])
    assert (config.wake.thresholds, config.wake.second_opinion) == ({"hey jarvis": 0.6}, True)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/v1", "http://192.168.1.5/v1", "https://[fd00::1]/v1", "http://box.local/v1", ""]
)
def test_a_language_model_at_home_may_understand(tmp_path, url):
    (tmp_path / "config.toml").write_text(f'[language_model]\nurl = "{url}"\n')
    assert load_config(tmp_path).language_model.url == url


@pytest.mark.parametrize("url", ["https://api.example.com/v1", "http://8.8.8.8/v1", "file:///etc/passwd", "127.0.0.1"])
def test_what_is_said_does_not_leave_the_house_for_being_understood(tmp_path, url):
    (tmp_path / "config.toml").write_text(f'[language_model]\nurl = "{url}"\n')
    with pytest.raises(ConfigError, match="must be an http address of this machine or of the private network"):
        load_config(tmp_path)


def test_a_language_brings_what_it_is_heard_and_answered_with(tmp_path):
    (tmp_path / "config.toml").write_text('[speech]\nlanguage = "ar"\n')
    speech = load_config(tmp_path).speech
    assert (speech.stt, speech.tts) == ("whisper-base", "espeak-ng")
    (tmp_path / "config.toml").write_text('[speech]\nlanguage = "ar"\ntts = "my-voice"\n')
    assert load_config(tmp_path).speech.tts == "my-voice"
    (tmp_path / "config.toml").write_text('[speech]\nlanguage = "tlh"\n')
    with pytest.raises(ConfigError, match=r"speech.language: must be one of en, ar\."):
        load_config(tmp_path)


def test_a_language_model_is_on_the_board_or_a_server(tmp_path):
    (tmp_path / "config.toml").write_text('[language_model]\nlocal = "smollm2-135m-instruct"\nanswers = false\n')
    assert not load_config(tmp_path).language_model.answers
    (tmp_path / "config.toml").write_text('[language_model]\nlocal = "qwen"\nurl = "http://127.0.0.1/v1"\n')
    with pytest.raises(ConfigError, match="takes url or local, not both"):
        load_config(tmp_path)


def test_a_language_for_one_call_brings_its_models() -> None:
    config = DeviceConfig()
    assert with_language(config, None) is config
    assert (
        with_language(config, "ar").speech.stt == DeviceConfig.model_validate({"speech": {"language": "ar"}}).speech.stt
    )
    with pytest.raises(ConfigError, match="must be one of en, ar"):
        with_language(config, "xx")
