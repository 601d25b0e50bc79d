"""What `decode` makes of files, good and bad."""

import tracemalloc
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.audio.duplex import AudioFault
from hw.audio.files import decode


def write(path: Path, samples: np.ndarray, rate_hz: int = 16_000) -> Path:
    """Write (n,) or (n, channels) float samples as 16-bit WAV."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.rint(samples * 32767).astype("<i2").tobytes())
    return path


def tone(seconds: float, rate_hz: int = 16_000, hz: float = 440.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)


def read(path: Path) -> np.ndarray:
    return np.concatenate(list(decode(path)))


def test_a_file_in_our_own_form_comes_back_as_it_is(tmp_path: Path) -> None:
    samples = tone(1.0)
    decoded = read(write(tmp_path / "tone.wav", samples))
    assert decoded.dtype == np.float32
    np.testing.assert_allclose(decoded, samples, atol=2e-4)


@pytest.mark.parametrize(("rate_hz", "channels"), [(44_100, 2), (48_000, 6), (8_000, 1), (96_000, 1)])
def test_any_rate_and_channel_count_becomes_16_khz_mono(tmp_path: Path, rate_hz: int, channels: int) -> None:
    both = np.stack([tone(2.0, rate_hz)] * channels, axis=1)
    decoded = read(write(tmp_path / "tone.wav", both, rate_hz))
    assert abs(decoded.size - 32_000) < 100
    spectrum = np.abs(np.fft.rfft(decoded[4000:20_000]))
    assert abs(int(spectrum.argmax()) - 440) <= 1
    assert 0.2 < np.abs(decoded).max() <= 1.0


def test_two_loud_channels_do_not_overflow_when_they_are_mixed(tmp_path: Path) -> None:
    loud = np.stack([tone(1.0) * 1.98] * 2, axis=1)
    decoded = read(write(tmp_path / "loud.wav", loud))
    np.testing.assert_allclose(decoded, loud[:, 0], atol=2e-3)


@settings(max_examples=25)
@given(
    garbage=st.binary(max_size=3000),
    header=st.sampled_from([b"", b"RIFF\x24\x00\x00\x00WAVEfmt ", b"fLaC", b"OggS", b"ID3"]),
)
def test_garbage_is_either_sound_or_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, garbage: bytes, header: bytes
) -> None:
    path = tmp_path_factory.mktemp("garbage") / "noise.wav"
    path.write_bytes(header + garbage)
    sentence = ""
    try:
        assert np.abs(read(path)).max() <= 1.0
    except AudioFault as fault:
        sentence = str(fault)
    assert not sentence or (sentence.startswith(str(path)) and sentence.endswith(".") and "\n" not in sentence)


def test_an_empty_file_a_header_without_sound_and_a_renamed_text_are_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("This is a shopping list.\n" * 40)
    write(tmp_path / "header.wav", np.zeros(0))
    for name, sentence in {
        "empty.wav": "is empty.",
        "text.wav": "is not an audio file that can be read.",
        "header.wav": "holds no sound.",
        "missing.wav": "doesn't exist.",
        "": "is a directory, not an audio file.",
    }.items():
        with pytest.raises(AudioFault) as refusal:
            read(tmp_path / name)
        assert str(refusal.value) == f"{tmp_path / name} {sentence}"


@pytest.mark.parametrize(
    "text", ["ffconcat version 1.0\nfile {}\n", "#EXTM3U\n#EXTINF:9,\nfile://{}\n#EXT-X-ENDLIST\n"]
)
def test_a_playlist_that_points_to_another_file_is_not_followed(tmp_path: Path, text: str) -> None:
    secret = write(tmp_path / "secret.wav", tone(1.0))
    playlist = tmp_path / "clip.wav"
    playlist.write_text(text.format(secret.name))
    with pytest.raises(AudioFault, match="is not an audio file"):
        read(playlist)


def test_a_file_that_breaks_off_gives_what_is_there(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.wav", tone(2.0)).read_bytes()
    broken = tmp_path / "broken.wav"
    broken.write_bytes(whole[: len(whole) // 2])
    assert abs(read(broken).size - 16_000) < 2000


def test_ten_minutes_are_read_with_a_few_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 44_100, 0, "NONE", ""))
        second = (np.random.default_rng(1).normal(0, 50, (44_100, 2))).astype("<i2").tobytes()
        for _ in range(600):
            file.writeframes(second)
    tracemalloc.start()
    count = sum(piece.size for piece in decode(path))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert abs(count - 600 * 16_000) < 100
    assert peak_bytes < 4_000_000
