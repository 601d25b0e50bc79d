"""Small files made on the device: what was written comes back, and nothing else is believed."""

import stat
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from edge_models.kept import KeptError, file_stem, forget, keep, kept

FORM = {"numbers": ("<f4", (-1,))}


def write(path: Path, numbers: object = (1.0, 2.0)) -> Path:
    keep(path, {"numbers": np.asarray(numbers, np.float32)})
    return path


@given(arrays.arrays(np.float32, st.integers(0, 50), elements=st.floats(-1e6, 1e6, width=32)))
def test_what_was_written_comes_back(tmp_path_factory: pytest.TempPathFactory, numbers: np.ndarray) -> None:
    path = write(tmp_path_factory.mktemp("kept") / "one.npz", numbers)
    assert np.array_equal(kept(path, FORM, max_bytes=10_000)["numbers"], numbers)


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    path = write(tmp_path / "voices" / "one.npz")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.with_name("one.npz.sha256").stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "one.npz")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(KeptError, match="was changed since it was made"):
        kept(path, FORM, max_bytes=10_000)


def test_a_file_without_its_hash_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "one.npz")
    path.with_name("one.npz.sha256").unlink()
    with pytest.raises(KeptError):
        kept(path, FORM, max_bytes=10_000)


def test_a_huge_file_is_not_even_opened(tmp_path: Path) -> None:
    path = tmp_path / "one.npz"
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(KeptError, match="too large"):
        kept(path, FORM, max_bytes=10_000)


def _sealed(path: Path) -> Path:
    import hashlib

    path.with_name(f"{path.name}.sha256").write_text(hashlib.sha256(path.read_bytes()).hexdigest())
    return path


def test_a_packed_file_that_could_grow_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "one.npz"
    np.savez_compressed(path, numbers=np.zeros(10_000_000, np.float32))
    with pytest.raises(KeptError, match="packed"):
        kept(_sealed(path), FORM, max_bytes=10**6)


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "one.npz"
    np.savez(path, numbers=np.array([Path()], dtype=object))
    with pytest.raises(KeptError):
        kept(_sealed(path), FORM, max_bytes=10_000)


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04 and then nothing", b"\x93NUMPY\x01\x00"])
def test_what_is_no_such_file_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "one.npz"
    path.write_bytes(content)
    with pytest.raises(KeptError, match=r"^\S.*\.$"):
        kept(_sealed(path), FORM, max_bytes=10_000)


@pytest.mark.parametrize(
    "form",
    [{"numbers": ("<f4", (3,))}, {"numbers": ("<f4", (-1, 1))}, {"numbers": ("<f2", (-1,))}, {"other": ("<f4", (2,))}],
)
def test_another_form_is_refused(tmp_path: Path, form: dict[str, tuple[str, tuple[int, ...]]]) -> None:
    with pytest.raises(KeptError, match="not of the form"):
        kept(write(tmp_path / "one.npz"), form, max_bytes=10_000)


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KeptError, match="not of the form"):
        kept(write(tmp_path / "one.npz", [1.0, np.nan]), FORM, max_bytes=10_000)


def test_forgetting_leaves_nothing(tmp_path: Path) -> None:
    forget(write(tmp_path / "one.npz"))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeptError):
        forget(tmp_path / "one.npz")


@given(st.text(max_size=80))
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    stem = file_stem(name)
    assert len(stem) <= 60
    assert all(letter.isalnum() or letter == "-" for letter in stem)


def test_names_of_any_script_have_files() -> None:
    assert file_stem("Hey, Nightjar!") == "hey-nightjar"
    assert file_stem("../../etc/passwd") == "etc-passwd"
    assert file_stem("مرحبا يا طائر") == "مرحبا-يا-طائر"
