"""Exported picture models draw what diffusers draws: the same architectures, small, with random weights.

Where torch, diffusers and transformers are installed: `make setup-dev`.
"""

# Torch types a layer as "Tensor | Module", and diffusers exports nothing: what they say of themselves is not checked.
# pyright: reportMissingImports=false, reportPrivateImportUsage=false

import functools
import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from edge_models.diffusion import Part, TurboPicture, read_card
from edge_models.diffusion.card import Weights
from edge_models.diffusion.wiring import part_names
from edge_models.image.noise import generator
from edge_models.network import Arrays, OnnxNetwork
from tools.export import ExportError

torch = pytest.importorskip("torch", reason="torch is for developers: `make setup-dev`")
pytest.importorskip("diffusers", reason="diffusers is for developers: `make setup-dev`")
pytest.importorskip("transformers", reason="transformers is for developers: `make setup-dev`")
pytest.importorskip("onnxscript", reason="onnxscript is for developers: `make setup-dev`")

pytestmark = pytest.mark.slow
FAMILIES = ("sd-turbo", "sdxl-turbo", "sana-sprint", "flux-schnell")
ORIGIN: dict[str, Any] = {"weights": Weights(hub="nightjar/tiny", revision="1"), "licence": "Apache-2.0"}
PLENTY = 2**30
PROMPT, OTHER = "A red fox, in the snow", "two whales"


@pytest.fixture(scope="module", params=FAMILIES)
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """Diffusers' pipeline of a family, and the folder that its weights were exported to."""
    from tiny_pictures import save

    from tools.export import families, onnx_part
    from tools.export.exporting import export

    folder = tmp_path_factory.mktemp("tiny")
    pipeline = save(request.param, folder / "weights")
    with _in_half_the_time() as patch:
        if request.param == "flux-schnell":  # the one that is so large
            patch.setattr(onnx_part, "_MAX_INLINE_BYTES", 1000)
        patch.setattr(families, "FLUX_SIDE", 32)
        patch.setattr(families, "FLUX_WORDS", 64)
        export(folder / "weights", folder / request.param, **ORIGIN)
    return pipeline, folder / request.param


@contextmanager
def _in_half_the_time() -> Iterator[pytest.MonkeyPatch]:
    """The exporter lists its operators anew for each network, and makes millions of objects that are looked through."""
    from torch.onnx._internal.exporter import _registration

    listed = functools.cache(_registration.ONNXRegistry.from_torchlib)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_registration.ONNXRegistry, "from_torchlib", staticmethod(listed))
        gc.disable()
        try:
            yield patch
        finally:
            gc.enable()


class Seen:
    """Opens parts, and keeps what each is given and gives."""

    def __init__(self) -> None:
        self.feeds: dict[str, list[Arrays]] = {}
        self.results: dict[str, list[Arrays]] = {}

    def open_part(self, part: Part) -> OnnxNetwork:
        feeds, results = self.feeds.setdefault(part.name, []), self.results.setdefault(part.name, [])

        class Watched(OnnxNetwork):
            def run(self, feed: Arrays) -> dict[str, Any]:
                feeds.append(dict(feed))
                results.append(super().run(feed))
                return dict(results[-1])

        return Watched(part.path)


def drawn(folder: Path, prompt: str, *, steps: int, seed: int = 3) -> tuple[Image.Image, Seen]:
    seen = Seen()
    picture = TurboPicture(folder, seen.open_part, PLENTY).draw(prompt, seed=seed, steps=steps)
    assert picture is not None
    return picture, seen


def theirs(pipeline: Any, prompt: str, *, seed: int, steps: int, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Diffusers' latents, from the noise that ours begins with and adds."""
    random = generator(seed, "noise")

    def noise(*_: object, **__: object) -> Any:
        return torch.from_numpy(random.standard_normal((1, 4, 32, 32), np.float32))

    for module in ("scheduling_scm", "scheduling_euler_ancestral_discrete"):
        monkeypatch.setattr(f"diffusers.schedulers.{module}.randn_tensor", noise)
    settings: dict[str, Any] = {"height": 64, "width": 64, "num_inference_steps": steps, "output_type": "latent"}
    match type(pipeline).__name__:
        case "SanaSprintPipeline":
            # Without binning: it only knows sizes of about a million pixels.
            settings |= {"use_resolution_binning": False, "intermediate_timesteps": 1.3 if steps == 2 else None}
            return pipeline(prompt, latents=noise(), **settings).images
        case "FluxPipeline":
            packed = pipeline._pack_latents(noise(), 1, 4, 32, 32)
            drawn = pipeline(prompt, latents=packed, guidance_scale=0.0, max_sequence_length=64, **settings).images
            return pipeline._unpack_latents(drawn, 64, 64, pipeline.vae_scale_factor)
        case _:
            return pipeline(prompt, latents=noise(), guidance_scale=0.0, **settings).images


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")
@pytest.mark.parametrize("steps", [1, 2, 4])
def test_a_picture_is_the_one_that_diffusers_draws(
    exported: tuple[Any, Path], steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline, folder = exported
    ours, seen = drawn(folder, PROMPT, steps=steps)
    assert (ours.mode, ours.size) == ("RGB", (64, 64))
    assert len(seen.feeds["denoiser"]) == steps
    wanted = theirs(pipeline, PROMPT, seed=3, steps=steps, monkeypatch=monkeypatch)
    assert apart(seen.feeds["decoder"][0]["latents"], wanted.numpy()) < 1e-4
    with torch.no_grad():
        shift = getattr(pipeline.vae.config, "shift_factor", None) or 0.0
        pixels = pipeline.vae.decode(wanted / pipeline.vae.config.scaling_factor + shift).sample
    theirs_drawn = pipeline.image_processor.postprocess(pixels, output_type="pil")[0]
    assert np.abs(np.asarray(ours, np.int16) - np.asarray(theirs_drawn, np.int16)).max() <= 1
    assert np.asarray(ours).std() > 20  # a picture that is all black would be equal, too


def test_every_input_of_the_denoiser_counts(exported: tuple[Any, Path]) -> None:
    """By much more than the comparison with diffusers allows."""
    _, folder = exported
    _, seen = drawn(folder, PROMPT, steps=2)
    feed, right = seen.feeds["denoiser"][1], seen.results["denoiser"][1]["prediction"]
    denoiser = OnnxNetwork(folder / "denoiser.onnx")
    others = drawn(folder, OTHER, steps=2)[1].feeds["denoiser"][1]
    for name in feed:
        changed = denoiser.run({**feed, name: others[name] if name in ("text", "pooled") else feed[name] * 0})
        assert apart(right, changed["prediction"]) > 1e-3, name


def apart(ours: Any, wanted: Any) -> float:
    """The largest difference, against how much the wanted numbers vary."""
    return float(np.abs(ours - wanted).max() / wanted.std())


def test_tokens_are_those_that_diffusers_makes(exported: tuple[Any, Path]) -> None:
    from edge_models.diffusion.words import Words

    pipeline, folder = exported
    text = read_card(folder).text
    ours = Words(folder, read_card(folder))
    tokenizers = [pipeline.tokenizer, *([pipeline.tokenizer_2] if hasattr(pipeline, "tokenizer_2") else [])]
    for prompt in ("", PROMPT, "a fox " * 900, "naïve 狐\x00 <|endoftext|> <eos>"):
        said = text.prefix + (prompt.lower().strip() if text.lower_case else prompt)
        for mine, tokenizer in zip(ours.tokens(prompt), tokenizers, strict=True):
            tokenizer.padding_side = "right"
            count = mine["ids"].shape[1]
            wanted = tokenizer(said, padding="max_length", max_length=count, truncation=True)
            assert mine["ids"][0].tolist() == wanted.input_ids
            assert mine["mask"][0].tolist() == wanted.attention_mask


def test_the_card_names_the_parts_in_order_and_the_memory_that_each_works_in(exported: tuple[Any, Path]) -> None:
    card = read_card(exported[1])
    assert tuple(card.parts) == part_names(card.family)
    for part in card.parts.values():
        assert card.family != "flux-schnell" or [file.name[-5:] for file in part.files] == [".onnx", ".data"]
        ends = sum(4 * int(np.prod(shape)) for shape in (*part.inputs.values(), *part.outputs.values()))
        assert ends < part.working_bytes < 2**27


@pytest.mark.parametrize("exported", ["sdxl-turbo", "sana-sprint", "flux-schnell"], indirect=True)
def test_tensorrt_builds_the_parts_of_each_family(exported: tuple[Any, Path], tmp_path: Path) -> None:
    """But for those that are as SD-Turbo's, which are built where they are quantised."""
    from edge_models.tensorrt import EngineError, Engines, build, find_library

    try:
        library = find_library()
    except EngineError as error:
        pytest.skip(str(error))
    card = read_card(exported[1])
    for name in ("text_encoder_2", "denoiser") if "text_encoder_2" in card.parts else card.parts:
        built, _ = build(name, exported[1] / card.parts[name].files[0].name, Engines(tmp_path), library=library)
        assert built.size_bytes > 0


def test_what_can_not_be_exported_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    from tiny_pictures import save

    from tools.export.exporting import export

    weights, out = tmp_path / "weights", tmp_path / "out"
    with pytest.raises(ExportError, match=r"is no folder of diffusers: model_index.json can't be read\.$"):
        export(weights, out, **ORIGIN)
    save("sd-turbo", weights)
    (tmp_path / "there").mkdir()
    with pytest.raises(ExportError, match="exists already"):
        export(weights, tmp_path / "there", **ORIGIN)
    (weights / "text_encoder" / "model.safetensors").write_bytes(b"no weights at all")
    with pytest.raises(ExportError, match=r"^The text_encoder in .* can't be loaded"):
        export(weights, out, **ORIGIN)
    for name, change, sentence in (
        (
            "scheduler/scheduler_config.json",
            {"timestep_spacing": "leading"},
            "The schedule in .* is not that of a model",
        ),
        ("model_index.json", {"_class_name": "WanPipeline"}, "is for WanPipeline; what can be exported is SD-Turbo"),
    ):
        settings = json.loads((weights / name).read_text())
        (weights / name).write_text(json.dumps(settings | change))
        with pytest.raises(ExportError, match=sentence):
            export(weights, out, **ORIGIN)
        (weights / name).write_text(json.dumps(settings))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there", "weights"]


def test_weights_are_read_in_half_precision_where_there_are_no_others_and_none_is_left_to_chance(
    tmp_path: Path,
) -> None:
    from diffusers import AutoencoderKL
    from safetensors.torch import load_file, save_file
    from tiny_pictures import tiny
    from transformers import CLIPTextModel

    from tools.export.folder import WeightsFolder

    pipeline = tiny("sd-turbo")
    pipeline.to(dtype=torch.float16).save_pretrained(tmp_path, variant="fp16")
    folder = WeightsFolder(tmp_path)
    for part, kind in (("text_encoder", CLIPTextModel), ("vae", AutoencoderKL)):
        (file,) = (tmp_path / part).glob("*.safetensors")
        assert ".fp16." in file.name
        for name, weights in folder.network(part, kind).named_parameters():
            assert weights.dtype == torch.float32
            assert torch.equal(weights.half(), getattr(pipeline, part).get_parameter(name))
        kept = load_file(file)
        lost = min(kept)
        save_file({name: weights for name, weights in kept.items() if name != lost}, file, metadata={"format": "pt"})
        with pytest.raises(ExportError, match=rf"^The {part} in .* has no [\w.]+, or one of another shape\.$"):
            folder.network(part, kind)
