"""The catalogue: what it may say, and what it says."""

import hashlib
from pathlib import Path

import pytest

from edge_models.catalogue import CatalogueError, HubFile, Joined, load_catalogue
from edge_models.models import ModelStore
from edge_models.pull import pull

GOOD = """
[models.ear]
kind = "vad"
description = "an ear"
licence = "MIT"
languages = ["*"]

[[models.ear.files]]
name = "ear.onnx"
sha256 = "{sha256}"
size_bytes = 3
sources = [{source}]
"""
LOCAL = '{ path = "ear.onnx" }'


def write(folder: Path, text: str) -> Path:
    path = folder / "catalogue.toml"
    path.write_text(text)
    return path


def test_the_shipped_catalogue_has_what_a_device_needs() -> None:
    catalogue = load_catalogue()
    kinds = {catalogue.models[name].kind for name in catalogue.default_names}
    assert kinds == {"wake", "vad", "turn", "stt", "tts", "speaker", "embedding", "picture"}


def test_no_default_model_forbids_commercial_use() -> None:
    catalogue = load_catalogue()
    assert not [n for n in catalogue.default_names if "NC" in catalogue.models[n].licence]
    assert "NC" in catalogue.models["openwakeword"].licence


def test_a_model_whose_licence_has_to_be_accepted_is_never_pulled_unasked() -> None:
    catalogue = load_catalogue()
    asked = {name for name, model in catalogue.models.items() if model.terms}
    assert asked == {"sd-turbo", "sdxl-turbo"}
    assert not asked & set(catalogue.default_names)


def test_weights_to_be_exported_lie_as_their_publisher_lays_them_out_at_a_revision_that_stays() -> None:
    models = [model for model in load_catalogue().models.values() if model.kind == "weights"]
    assert models
    for model in models:
        for file in model.files:
            (source,) = file.sources
            assert isinstance(source, HubFile)
            assert source.file == file.name
            assert len(source.revision) == 40
        folders = {file.name.split("/")[0] for file in model.files if file.name.endswith(".safetensors")}
        assert {"text_encoder", "unet", "vae"} <= folders


def test_a_file_can_be_joined_from_parts() -> None:
    (model,) = (file for file in load_catalogue().models["whisper-base"].files if file.name == "model.bin")
    assert any(isinstance(source, Joined) and len(source.join) == 2 for source in model.sources)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[models", "can't be read"),
        ("version = 1", "one table"),
        (GOOD.format(sha256="0" * 63, source=LOCAL), "sha256"),
        (GOOD.format(sha256="0" * 64, source=""), "sources"),
        (GOOD.format(sha256="0" * 64, source='{ url = "http://x" }'), "sources"),
        (GOOD.format(sha256="0" * 64, source='{ wheel = "-r", version = "1", member = "m" }'), "wheel"),
        (GOOD.format(sha256="0" * 64, source='{ wheel = "w", version = "1", member = "m/../../x" }'), "`..`"),
        (GOOD.format(sha256="0" * 64, source='{ hub = "some/..", revision = "v1", file = "m" }'), "`..`"),
        (GOOD.format(sha256="0" * 64, source='{ path = "../ear.onnx" }'), "`..`"),
        (GOOD.format(sha256="0" * 64, source=LOCAL).replace('"ear.onnx"', '"../ear.onnx"', 1), "name"),
        (GOOD.format(sha256="0" * 64, source=LOCAL).replace('"ear.onnx"', '"a/b/ear.onnx"', 1), "name"),
        (GOOD.format(sha256="0" * 64, source=LOCAL).replace('"ear.onnx"', '"../ear/ear.onnx"', 1), "name"),
        (GOOD.format(sha256="0" * 64, source=LOCAL).replace("languages", 'terms = "file:///x"\nlanguages'), "terms"),
        (GOOD.format(sha256="0" * 64, source=LOCAL).replace("vad", "nose"), "kind"),
        (GOOD.format(sha256="0" * 64, source=LOCAL).replace("models.ear", 'models."../ear"'), "name"),
        (GOOD.format(sha256="0" * 64, source=LOCAL).replace("size_bytes = 3", "size_bytes = 0"), "size_bytes"),
    ],
)
def test_a_wrong_catalogue_is_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(CatalogueError) as raised:
        load_catalogue(write(tmp_path, text))
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_catalogue_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="can't be read"):
        load_catalogue(tmp_path / "nowhere.toml")


def test_an_owner_adds_models_of_his_own(tmp_path: Path) -> None:
    assert "ear" not in ModelStore(tmp_path / "models").catalogue.models
    write(tmp_path, GOOD.format(sha256=hashlib.sha256(b"ear").hexdigest(), source=LOCAL))
    (tmp_path / "ear.onnx").write_bytes(b"ear")
    store = ModelStore(tmp_path / "models")
    assert "silero-vad" in store.catalogue.models
    pull(store, ["ear"])
    assert (store.path("ear") / "ear.onnx").read_bytes() == b"ear"


def test_nobody_takes_the_name_of_a_model_of_nightjars(tmp_path: Path) -> None:
    write(tmp_path, GOOD.format(sha256="0" * 64, source=LOCAL).replace("models.ear", "models.silero-vad"))
    with pytest.raises(CatalogueError, match="'silero-vad', which is one of Nightjar's: rename it"):
        ModelStore(tmp_path / "models")
