"""What the folder of each family becomes: its text, its schedule, and its networks with inputs of the right shapes."""

# Torch types a layer as "Tensor | Module", and diffusers exports nothing: what they say of themselves is not checked.
# pyright: reportMissingImports=false, reportPrivateImportUsage=false

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderDC,
    AutoencoderKL,
    FluxTransformer2DModel,
    SanaSprintPipeline,
    SanaTransformer2DModel,
    UNet2DConditionModel,
)
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTextModelWithProjection, Gemma2Model, T5EncoderModel

from edge_models.diffusion.card import Constants, EulerConstants, FlowConstants, Text, TrigFlowConstants
from edge_models.diffusion.wiring import Family, PartName
from tools.export import ExportError
from tools.export.folder import WeightsFolder
from tools.export.networks import (
    ClipWhole,
    ClipWords,
    ClipWordsAndWhole,
    Decoder,
    Flux,
    GemmaWords,
    Sana,
    T5Words,
    Unet,
    UnetOfSize,
)
from tools.export.tokens import read_tokenizer, write_tokenizer

FLUX_SIDE, FLUX_WORDS = 128, 256
"""Latents a side of a picture of 1024 pixels, and tokens of a prompt: what schnell was taught; no setting says it."""


@dataclass(frozen=True, slots=True)
class Network:
    """One network as it is exported."""

    module: nn.Module
    inputs: Mapping[str, Tensor]
    """Of the right shapes and kinds; the numbers don't matter."""
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the folder of a family is exported."""

    family: Family
    steps: int
    """In which its authors draw."""
    size: Callable[[WeightsFolder], tuple[int, int]]
    """Width and height that it was taught."""
    text: Callable[[WeightsFolder, Path], Text]
    """Write the tokenizers and describe them."""
    schedule: Callable[[WeightsFolder], Constants]
    networks: Mapping[PartName, Callable[[WeightsFolder, Text], Network]]
    """Each loads its weights when it is called: all at once would need twice the memory."""


def recipe_for(folder: WeightsFolder) -> Recipe:
    """Raises ExportError for what is none of the families."""
    try:
        return _RECIPES[folder.pipeline]
    except KeyError:
        raise ExportError(
            f"{folder.path} is for {folder.pipeline}; what can be exported is SD-Turbo, SDXL-Turbo, SANA-Sprint and "
            "FLUX.1 schnell."
        ) from None


def _clip_text(folder: WeightsFolder, out: Path) -> Text:
    length = int(folder.settings("text_encoder")["max_position_embeddings"])
    files = [
        write_tokenizer(read_tokenizer(folder, part), out / f"{part}.json", length=length)
        for part in ("tokenizer", "tokenizer_2")
        if (folder.path / part).is_dir()
    ]
    return Text(tokenizers=tuple(files), prefix="", lower_case=False, read=length, kept=length)


def _flux_text(folder: WeightsFolder, out: Path) -> Text:
    words = int(folder.settings("text_encoder")["max_position_embeddings"])
    files = (
        write_tokenizer(read_tokenizer(folder, "tokenizer"), out / "tokenizer.json", length=words),
        write_tokenizer(read_tokenizer(folder, "tokenizer_2"), out / "tokenizer_2.json", length=FLUX_WORDS),
    )
    return Text(tokenizers=files, prefix="", lower_case=False, read=FLUX_WORDS, kept=FLUX_WORDS)


def _gemma_text(folder: WeightsFolder, out: Path) -> Text:
    """SANA asks its encoder to think of details first: that request stands before each prompt."""
    prefix, kept = "\n".join(_usual("complex_human_instruction")), int(_usual("max_sequence_length"))
    tokenizer = read_tokenizer(folder, "tokenizer")
    # The request's last token and the mark of the beginning are among those that are kept.
    length = len(tokenizer.encode(prefix)) + kept - 2
    file = write_tokenizer(tokenizer, out / "tokenizer.json", length=length)
    return Text(tokenizers=(file,), prefix=prefix, lower_case=True, read=length, kept=kept)


def _usual(name: str) -> Any:
    """What SANA-Sprint's authors draw with."""
    return inspect.signature(SanaSprintPipeline.__call__).parameters[name].default


def _euler(folder: WeightsFolder) -> EulerConstants:
    settings = folder.settings("scheduler", "scheduler_config.json")
    kinds = {"EulerDiscreteScheduler": "euler", "EulerAncestralDiscreteScheduler": "euler_ancestral"}
    wanted = {"timestep_spacing": "trailing", "prediction_type": "epsilon", "beta_schedule": "scaled_linear"}
    unknown = ("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "rescale_betas_zero_snr")
    kind = kinds.get(str(settings.get("_class_name")))
    if (
        kind is None
        or any(settings.get(key) != value for key, value in wanted.items())
        or any(settings.get(key) for key in (*unknown, "trained_betas"))
        or settings.get("interpolation_type", "linear") != "linear"
    ):
        raise ExportError(f"The schedule in {folder.path} is not that of a model which draws in a few steps.")
    constants = {"beta_start": "beta_start", "beta_end": "beta_end", "train_steps": "num_train_timesteps"}
    return EulerConstants.model_validate({"kind": kind, **{ours: settings[key] for ours, key in constants.items()}})


def _trigflow(folder: WeightsFolder) -> TrigFlowConstants:
    settings = folder.settings("scheduler", "scheduler_config.json")
    if settings.get("_class_name") != "SCMScheduler" or settings.get("prediction_type") != "trigflow":
        raise ExportError(f"The schedule in {folder.path} is not SANA-Sprint's.")
    return TrigFlowConstants(
        kind="trigflow",
        sigma_data=settings["sigma_data"],
        start=_usual("max_timesteps"),
        middle=_usual("intermediate_timesteps"),
    )


def _flow(folder: WeightsFolder) -> FlowConstants:
    settings = folder.settings("scheduler", "scheduler_config.json")
    unknown = ("use_dynamic_shifting", "shift_terminal", "use_karras_sigmas", "invert_sigmas", "use_exponential_sigmas")
    if settings.get("_class_name") != "FlowMatchEulerDiscreteScheduler" or any(settings.get(key) for key in unknown):
        raise ExportError(f"The schedule in {folder.path} is not that of a model which draws in a few steps.")
    return FlowConstants(kind="flow", shift=settings["shift"])


def _flux_size(folder: WeightsFolder) -> tuple[int, int]:
    side = FLUX_SIDE * 2 ** (len(folder.settings("vae")["block_out_channels"]) - 1)
    return side, side


def _unet_size(folder: WeightsFolder) -> tuple[int, int]:
    side = folder.settings("unet")["sample_size"] * 2 ** (len(folder.settings("vae")["block_out_channels"]) - 1)
    return side, side


def _sana_size(folder: WeightsFolder) -> tuple[int, int]:
    blocks = folder.settings("vae")["encoder_block_out_channels"]
    side = folder.settings("transformer")["sample_size"] * 2 ** (len(blocks) - 1)
    return side, side


def _clip_last(folder: WeightsFolder, text: Text) -> Network:
    words = ClipWords(folder.network("text_encoder", CLIPTextModel), last=True)
    return Network(words, {"ids": _ids(text)}, ("hidden",))


def _clip_before_last(folder: WeightsFolder, text: Text) -> Network:
    words = ClipWords(folder.network("text_encoder", CLIPTextModel), last=False)
    return Network(words, {"ids": _ids(text)}, ("hidden",))


def _clip_and_whole(folder: WeightsFolder, text: Text) -> Network:
    words = ClipWordsAndWhole(folder.network("text_encoder_2", CLIPTextModelWithProjection))
    return Network(words, {"ids": _ids(text), "end": torch.zeros(1, dtype=torch.int64)}, ("hidden", "pooled"))


def _gemma(folder: WeightsFolder, text: Text) -> Network:
    words = GemmaWords(folder.network("text_encoder", Gemma2Model))
    return Network(words, {"ids": _ids(text), "mask": torch.ones(1, text.read)}, ("hidden",))


def _unet(folder: WeightsFolder, text: Text) -> Network:
    unet = folder.network("unet", UNet2DConditionModel)
    told = torch.zeros(1, text.kept, unet.config.cross_attention_dim)
    return Network(Unet(unet), {**_noisy(unet), "text": told}, ("prediction",))


def _unet_of_size(folder: WeightsFolder, text: Text) -> Network:
    unet = folder.network("unet", UNet2DConditionModel)
    told = torch.zeros(1, text.kept, unet.config.cross_attention_dim)
    pooled = torch.zeros(1, folder.settings("text_encoder_2")["projection_dim"])
    width, height = _unet_size(folder)
    denoiser = UnetOfSize(unet, width=width, height=height)
    return Network(denoiser, {**_noisy(unet), "text": told, "pooled": pooled}, ("prediction",))


def _sana(folder: WeightsFolder, text: Text) -> Network:
    sana = folder.network("transformer", SanaTransformer2DModel)
    told = {"text": torch.zeros(1, text.kept, sana.config.caption_channels), "mask": torch.ones(1, text.kept)}
    return Network(Sana(sana, guidance=_usual("guidance_scale")), {**_noisy(sana), **told}, ("prediction",))


def _clip_whole(folder: WeightsFolder, _text: Text) -> Network:
    model = folder.network("text_encoder", CLIPTextModel)
    ids = torch.zeros(1, model.config.max_position_embeddings, dtype=torch.int64)
    return Network(ClipWhole(model), {"ids": ids, "end": torch.zeros(1, dtype=torch.int64)}, ("pooled",))


def _t5(folder: WeightsFolder, text: Text) -> Network:
    return Network(T5Words(folder.network("text_encoder_2", T5EncoderModel)), {"ids": _ids(text)}, ("hidden",))


def _flux(folder: WeightsFolder, text: Text) -> Network:
    flux = folder.network("transformer", FluxTransformer2DModel)
    if flux.config.guidance_embeds:
        raise ExportError(f"{folder.path} is a FLUX that is guided, in many steps; schnell is not.")
    inputs = {
        "latents": torch.zeros(1, flux.config.in_channels // 4, FLUX_SIDE, FLUX_SIDE),
        "timestep": torch.zeros(1),
        "text": torch.zeros(1, text.kept, flux.config.joint_attention_dim),
        "pooled": torch.zeros(1, flux.config.pooled_projection_dim),
    }
    return Network(Flux(flux, rows=FLUX_SIDE, columns=FLUX_SIDE, words=text.kept), inputs, ("prediction",))


def _flux_vae(folder: WeightsFolder, _text: Text) -> Network:
    vae = folder.network("vae", AutoencoderKL)
    latents = torch.zeros(1, vae.config.latent_channels, FLUX_SIDE, FLUX_SIDE)
    return Network(Decoder(vae), {"latents": latents}, ("picture",))


def _vae(folder: WeightsFolder, _text: Text) -> Network:
    channels, side = folder.settings("unet")["in_channels"], folder.settings("unet")["sample_size"]
    decoder = Decoder(folder.network("vae", AutoencoderKL))
    return Network(decoder, {"latents": torch.zeros(1, channels, side, side)}, ("picture",))


def _dc_ae(folder: WeightsFolder, _text: Text) -> Network:
    channels, side = folder.settings("transformer")["in_channels"], folder.settings("transformer")["sample_size"]
    decoder = Decoder(folder.network("vae", AutoencoderDC))
    return Network(decoder, {"latents": torch.zeros(1, channels, side, side)}, ("picture",))


def _ids(text: Text) -> Tensor:
    return torch.zeros(1, text.read, dtype=torch.int64)


def _noisy(denoiser: Any) -> dict[str, Tensor]:
    side = denoiser.config.sample_size
    return {"latents": torch.zeros(1, denoiser.config.in_channels, side, side), "timestep": torch.zeros(1)}


_RECIPES: Mapping[str, Recipe] = {
    "StableDiffusionPipeline": Recipe(
        family="sd-turbo",
        steps=1,
        size=_unet_size,
        text=_clip_text,
        schedule=_euler,
        networks={"text_encoder": _clip_last, "denoiser": _unet, "decoder": _vae},
    ),
    "StableDiffusionXLPipeline": Recipe(
        family="sdxl-turbo",
        steps=1,
        size=_unet_size,
        text=_clip_text,
        schedule=_euler,
        networks={
            "text_encoder": _clip_before_last,
            "text_encoder_2": _clip_and_whole,
            "denoiser": _unet_of_size,
            "decoder": _vae,
        },
    ),
    "SanaSprintPipeline": Recipe(
        family="sana-sprint",
        steps=2,
        size=_sana_size,
        text=_gemma_text,
        schedule=_trigflow,
        networks={"text_encoder": _gemma, "denoiser": _sana, "decoder": _dc_ae},
    ),
    "FluxPipeline": Recipe(
        family="flux-schnell",
        steps=4,
        size=_flux_size,
        text=_flux_text,
        schedule=_flow,
        networks={"text_encoder": _clip_whole, "text_encoder_2": _t5, "denoiser": _flux, "decoder": _flux_vae},
    ),
}
"""By the name of diffusers' pipeline."""
