"""Picture models of the architectures that people flash, as small as they can be, with random weights made on the spot.

Needs torch, diffusers and transformers; `tools.export` reads what `save` leaves.
"""

# Torch types a layer as "Tensor | Module", and diffusers exports nothing: what they say of themselves is not checked.
# pyright: reportMissingImports=false, reportPrivateImportUsage=false, reportArgumentType=false

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderDC,
    AutoencoderKL,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    SanaSprintPipeline,
    SanaTransformer2DModel,
    SCMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    Gemma2Config,
    Gemma2Model,
    GemmaTokenizer,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

TAUGHT: Mapping[str, Any] = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "timestep_spacing": "trailing",
    "prediction_type": "epsilon",
    "steps_offset": 1,
}
"""As in the schedules that are published with SD-Turbo and SDXL-Turbo."""


def tiny(family: str) -> Any:
    """Return diffusers' own pipeline for a family."""
    torch.manual_seed(7)
    pipeline = _FAMILIES[family]()
    for part in pipeline.components.values():
        if isinstance(part, torch.nn.Module):
            _stir(part.eval())
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def save(family: str, folder: Path) -> Any:
    """Write the folder of a family as it is published, and return its pipeline."""
    pipeline = tiny(family)
    pipeline.save_pretrained(folder)
    return pipeline


def _sd_turbo() -> StableDiffusionPipeline:
    return StableDiffusionPipeline(
        vae=_vae(0.18215),
        text_encoder=CLIPTextModel(_clip(32)),
        tokenizer=_words(pad="!"),
        unet=_unet(cross_attention_dim=32),
        scheduler=EulerDiscreteScheduler(**TAUGHT),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def _sdxl_turbo() -> StableDiffusionXLPipeline:
    return StableDiffusionXLPipeline(
        vae=_vae(0.13025),
        text_encoder=CLIPTextModel(_clip(32, hidden_act="quick_gelu")),
        text_encoder_2=CLIPTextModelWithProjection(_clip(48)),
        tokenizer=_words(pad="<|endoftext|>"),
        tokenizer_2=_words(pad="!"),
        unet=_unet(
            cross_attention_dim=80,
            down_block_types=("CrossAttnDownBlock2D",),
            up_block_types=("CrossAttnUpBlock2D",),
            block_out_channels=(16,),
            attention_head_dim=(2,),
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=6 * 8 + 16,
        ),
        scheduler=EulerAncestralDiscreteScheduler(**TAUGHT),
        force_zeros_for_empty_prompt=True,
        add_watermarker=False,
    )


def _sana_sprint() -> SanaSprintPipeline:
    blocks: dict[str, Any] = {
        f"{end}_{key}": value
        for end in ("encoder", "decoder")
        for key, value in {
            "block_out_channels": (8, 16),
            "layers_per_block": (1, 1),
            "block_types": ("ResBlock", "EfficientViTBlock"),
            "qkv_multiscales": ((), (5,)),
        }.items()
    }
    return SanaSprintPipeline(
        tokenizer=_gemma_words(),
        text_encoder=Gemma2Model(
            Gemma2Config(
                vocab_size=len(_gemma_vocabulary()),
                hidden_size=32,
                intermediate_size=64,
                num_hidden_layers=2,
                num_attention_heads=2,
                num_key_value_heads=1,
                head_dim=16,
                query_pre_attn_scalar=16,
                max_position_embeddings=4096,
            )
        ),
        vae=AutoencoderDC(
            latent_channels=4,
            attention_head_dim=8,
            downsample_block_type="Conv",
            upsample_block_type="interpolate",
            scaling_factor=0.41407,
            **blocks,
        ),
        transformer=SanaTransformer2DModel(
            in_channels=4,
            out_channels=4,
            num_attention_heads=2,
            attention_head_dim=8,
            num_layers=2,
            num_cross_attention_heads=2,
            cross_attention_head_dim=8,
            cross_attention_dim=16,
            caption_channels=32,
            sample_size=32,
            patch_size=1,
            qk_norm="rms_norm_across_heads",
            guidance_embeds=True,
            guidance_embeds_scale=0.1,
            timestep_scale=1000.0,
        ),
        scheduler=SCMScheduler(prediction_type="trigflow", sigma_data=0.5),
    )


def _flux_schnell() -> FluxPipeline:
    return FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=1.0, use_dynamic_shifting=False),
        vae=_vae(0.3611, shift_factor=0.1159, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=CLIPTextModel(_clip(32, hidden_act="quick_gelu")),
        tokenizer=_words(pad="<|endoftext|>"),
        text_encoder_2=T5EncoderModel(
            T5Config(
                vocab_size=len(_T5_PIECES),
                d_model=32,
                d_kv=16,
                d_ff=48,
                num_layers=2,
                num_heads=2,
                feed_forward_proj="gated-gelu",
            )
        ),
        tokenizer_2=T5Tokenizer(vocab=[(piece, -float(place)) for place, piece in enumerate(_T5_PIECES)], extra_ids=0),
        transformer=FluxTransformer2DModel(
            patch_size=1,
            in_channels=16,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=32,
            pooled_projection_dim=32,
            axes_dims_rope=(4, 6, 6),
        ),
    )


_FAMILIES: Mapping[str, Callable[[], Any]] = {
    "sd-turbo": _sd_turbo,
    "sdxl-turbo": _sdxl_turbo,
    "sana-sprint": _sana_sprint,
    "flux-schnell": _flux_schnell,
}


def _unet(**changes: Any) -> UNet2DConditionModel:
    """The layout of Stable Diffusion 2.1: as many channels a head everywhere, projections that are linear."""
    settings: dict[str, Any] = {
        "sample_size": 32,
        "in_channels": 4,
        "out_channels": 4,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
        "block_out_channels": (16, 32),
        "norm_num_groups": 8,
        "layers_per_block": 1,
        "attention_head_dim": (2, 4),
        "use_linear_projection": True,
    }
    return UNet2DConditionModel(**settings | changes)


def _vae(scale: float, **settings: Any) -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(16, 16),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        layers_per_block=1,
        norm_num_groups=8,
        latent_channels=4,
        sample_size=64,
        scaling_factor=scale,
        **settings,
    )


_T5_PIECES = ["<pad>", "</s>", "<unk>", "▁", *"abcdefghijklmnopqrstuvwxyz", "▁a", "fox", "▁fox"]


def _clip(width: int, *, hidden_act: str = "gelu") -> CLIPTextConfig:
    words = _clip_vocabulary()
    return CLIPTextConfig(
        vocab_size=len(words),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=77,
        hidden_act=hidden_act,
        projection_dim=16,
        bos_token_id=words["<|startoftext|>"],
        eos_token_id=words["<|endoftext|>"],
    )


_MERGES = [("f", "o"), ("fo", "x</w>"), ("r", "e"), ("re", "d</w>")]


def _clip_vocabulary() -> dict[str, int]:
    """Every byte within a word and at its end, two words, and the marks last, as CLIP has them."""
    letters = ["!", *(letter for letter in sorted(ByteLevel.alphabet()) if letter != "!")]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(merge) for merge in _MERGES)]
    return {token: place for place, token in enumerate([*tokens, "<|startoftext|>", "<|endoftext|>"])}


def _words(*, pad: str) -> CLIPTokenizer:
    return CLIPTokenizer(vocab=_clip_vocabulary(), merges=_MERGES, pad_token=pad, model_max_length=77)


def _gemma_vocabulary() -> dict[str, int]:
    marks = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    return {
        token: place
        for place, token in enumerate(
            [*marks, *(f"<0x{byte:02X}>" for byte in range(256)), "▁", *"adefghorx", "fo", "fox"]
        )
    }


def _gemma_words() -> GemmaTokenizer:
    return GemmaTokenizer(vocab=_gemma_vocabulary(), merges=[("f", "o"), ("fo", "x")], model_max_length=4096)


def _stir(network: torch.nn.Module) -> None:
    """Weights that are nought or one at first would hide mistakes: norms, biases and scales get random ones, too.

    What a denoiser makes of words and time counts for more than by chance, so that a picture shows both.
    """
    with torch.no_grad():
        for name, weights in network.named_parameters():
            if weights.ndim <= 1:
                weights.add_(0.1 * torch.randn_like(weights))
            if any(part in name for part in ("attn2", "add_embedding", "time_emb_proj")):
                weights.mul_(3)
