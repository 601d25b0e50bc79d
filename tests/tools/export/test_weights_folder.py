"""Folders of published weights, where torch is installed: `make setup-dev`."""

# pyright: reportMissingImports=false

from pathlib import Path

import pytest

from tools.export import ExportError

pytest.importorskip("torch", reason="torch is for developers: `make setup-dev`")
pytest.importorskip("safetensors", reason="safetensors is for developers: `make setup-dev`")


@pytest.mark.parametrize(
    ("parts", "pipeline"),
    [
        (("text_encoder", "unet", "vae"), "StableDiffusionPipeline"),
        (("text_encoder", "text_encoder_2", "unet", "vae"), "StableDiffusionXLPipeline"),
        (("text_encoder", "transformer", "vae"), "SanaSprintPipeline"),
    ],
)
def test_weights_that_come_without_an_index_are_known_by_their_parts(
    tmp_path: Path, parts: tuple[str, ...], pipeline: str
) -> None:
    from tools.export.folder import WeightsFolder

    for part in parts:
        (tmp_path / part).mkdir()
    assert WeightsFolder(tmp_path).pipeline == pipeline


def test_what_is_no_folder_of_weights_is_one_sentence(tmp_path: Path) -> None:
    from tools.export.folder import WeightsFolder

    with pytest.raises(ExportError, match="is no folder of diffusers"):
        _ = WeightsFolder(tmp_path).pipeline
