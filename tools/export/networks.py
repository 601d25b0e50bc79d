"""The networks of diffusers' folders as the parts of a picture model: one picture, fixed shapes, names that stay.

Whatever is the same for every picture (sizes, guidance, the scale of the latents) is part of the network. Masks are
made here, as plain numbers to be added: what the libraries make of them would be traced into branches.
"""

# Torch types a layer as "Tensor | Module", and diffusers exports nothing: what they say of themselves is not checked.
# pyright: reportMissingImports=false, reportPrivateImportUsage=false, reportOptionalCall=false
# pyright: reportAttributeAccessIssue=false, reportReturnType=false, reportOptionalSubscript=false
# pyright: reportCallIssue=false
# Torch and diffusers are for developers alone and needn't be there where this is checked.

from typing import Any

import torch
from diffusers import (
    AutoencoderDC,
    AutoencoderKL,
    FluxTransformer2DModel,
    SanaTransformer2DModel,
    UNet2DConditionModel,
)
from diffusers.models.attention_processor import Attention, SanaMultiscaleLinearAttention
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTextModelWithProjection, Gemma2Model, T5EncoderModel

_NEVER = -1e4
"""Added to what must not be looked at; half precision can say it, too."""
_NOUGHT = 1e-6
"""Added to a divisor that may be nought. Diffusers' 1e-15 is nought in half precision, and the exporter drops it."""


class ClipWords(nn.Module):
    """The text encoder of SD-Turbo, whose last layer counts, and the first of SDXL-Turbo, whose last but one does."""

    def __init__(self, model: CLIPTextModel, *, last: bool) -> None:
        super().__init__()
        self.model, self.last = _eager(model), last

    def forward(self, ids: Tensor) -> Tensor:
        """From (1, n) int64 to (1, n, width)."""
        states, before = _clip_states(self.model, ids)
        return self.model.final_layer_norm(states) if self.last else before


class ClipWordsAndWhole(nn.Module):
    """The second text encoder of SDXL-Turbo: the last layer but one, and the whole prompt at its end."""

    def __init__(self, model: CLIPTextModelWithProjection) -> None:
        super().__init__()
        self.model = _eager(model)

    def forward(self, ids: Tensor, end: Tensor) -> tuple[Tensor, Tensor]:
        """From (1, n) int64 and the place of the end, (1,) int64, to (1, n, width) and (1, width)."""
        states, before = _clip_states(self.model.text_model, ids)
        states = self.model.text_model.final_layer_norm(states)
        return before, self.model.text_projection(states[0].index_select(0, end))


class GemmaWords(nn.Module):
    """The text encoder of SANA-Sprint."""

    def __init__(self, model: Gemma2Model) -> None:
        super().__init__()
        self.model = _eager(model)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """From (1, n) int64 and (1, n) float32 (1: a word, 0: none) to (1, n, width)."""
        seen = torch.tril(torch.ones(ids.shape[1], ids.shape[1])) * mask[:, None, None, :]
        added = (1 - seen) * _NEVER
        # A sliding window is longer than any prompt, so both kinds of layers see the same.
        masks = {"full_attention": added, "sliding_attention": added}
        return self.model(input_ids=ids, attention_mask=masks, use_cache=False).last_hidden_state


class ClipWhole(nn.Module):
    """The first text encoder of FLUX: the whole prompt, as CLIP has it at its end."""

    def __init__(self, model: CLIPTextModel) -> None:
        super().__init__()
        self.model = _eager(model)

    def forward(self, ids: Tensor, end: Tensor) -> Tensor:
        """From (1, n) int64 and the place of the end, (1,) int64, to (1, width)."""
        states, _ = _clip_states(self.model, ids)
        return self.model.final_layer_norm(states)[0].index_select(0, end)


class T5Words(nn.Module):
    """The second text encoder of FLUX, which reads what fills up, too."""

    def __init__(self, model: T5EncoderModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor) -> Tensor:
        """From (1, n) int64 to (1, n, width)."""
        return self.model(input_ids=ids).last_hidden_state


class Unet(nn.Module):
    """The denoiser of SD-Turbo."""

    def __init__(self, model: UNet2DConditionModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, latents: Tensor, timestep: Tensor, text: Tensor) -> Tensor:
        """From scaled latents, (1, 4, h, w), to the noise in them."""
        return self.model(latents, timestep, text, return_dict=False)[0]


class UnetOfSize(nn.Module):
    """The denoiser of SDXL-Turbo, which is told the picture's size and that nothing was cropped away."""

    def __init__(self, model: UNet2DConditionModel, *, width: int, height: int) -> None:
        super().__init__()
        self.model = model
        self.register_buffer("size", torch.tensor([[height, width, 0, 0, height, width]], dtype=torch.float32))

    def forward(self, latents: Tensor, timestep: Tensor, text: Tensor, pooled: Tensor) -> Tensor:
        """From scaled latents, (1, 4, h, w), to the noise in them."""
        told = {"text_embeds": pooled, "time_ids": self.size}
        return self.model(latents, timestep, text, added_cond_kwargs=told, return_dict=False)[0]


class Sana(nn.Module):
    """The denoiser of SANA-Sprint, with the guidance that its authors draw with."""

    def __init__(self, model: SanaTransformer2DModel, *, guidance: float) -> None:
        super().__init__()
        self.model = model
        for block in model.transformer_blocks:
            block.attn1.set_processor(_linear_attention)
        self.register_buffer("guidance", torch.tensor([guidance * model.config.guidance_embeds_scale]))

    def forward(self, latents: Tensor, timestep: Tensor, text: Tensor, mask: Tensor) -> Tensor:
        """From scaled latents, (1, 32, h, w), to what SANA predicts of them."""
        return self.model(
            latents,
            encoder_hidden_states=text,
            encoder_attention_mask=mask,
            timestep=timestep,
            guidance=self.guidance,
            return_dict=False,
        )[0]


class Flux(nn.Module):
    """The denoiser of FLUX.1 schnell, for latents as they lie: it makes one token of four neighbours."""

    def __init__(self, model: FluxTransformer2DModel, *, rows: int, columns: int, words: int) -> None:
        super().__init__()
        self.model, self.rows, self.columns = model, rows // 2, columns // 2
        places = torch.zeros(words + self.rows * self.columns, 3)
        places[words:, 1:] = torch.cartesian_prod(torch.arange(self.rows), torch.arange(self.columns))
        model.pos_embed = _Fixed(*model.pos_embed(places))
        self.register_buffer("places", places[:0])

    def forward(self, latents: Tensor, timestep: Tensor, text: Tensor, pooled: Tensor) -> Tensor:
        """From latents, (1, 16, h, w), to the way from the picture to the noise."""
        rows, columns = self.rows, self.columns
        tokens = latents.view(1, -1, rows, 2, columns, 2).permute(0, 2, 4, 1, 3, 5).reshape(1, rows * columns, -1)
        way = self.model(
            tokens,
            encoder_hidden_states=text,
            pooled_projections=pooled,
            timestep=timestep,
            img_ids=self.places,
            txt_ids=self.places,
            return_dict=False,
        )[0]
        return way.view(1, rows, columns, -1, 2, 2).permute(0, 3, 1, 4, 2, 5).reshape(latents.shape)


class _Fixed(nn.Module):
    """Gives the same, whatever it is asked: turns of places that never change, worked out in double precision."""

    def __init__(self, cosine: Tensor, sine: Tensor) -> None:
        super().__init__()
        self.register_buffer("cosine", cosine.float())
        self.register_buffer("sine", sine.float())

    def forward(self, _places: Tensor) -> tuple[Tensor, Tensor]:
        """Return cosines and sines."""
        return self.cosine, self.sine


class Decoder(nn.Module):
    """The decoder of all: from latents as they are denoised to a picture."""

    def __init__(self, model: AutoencoderKL | AutoencoderDC) -> None:
        super().__init__()
        self.model, self.scale = model, 1 / model.config.scaling_factor
        self.shift = getattr(model.config, "shift_factor", None) or 0.0
        for module in model.modules():
            if isinstance(module, SanaMultiscaleLinearAttention):
                module.eps = _NOUGHT

    def forward(self, latents: Tensor) -> Tensor:
        """From (1, c, h, w) to (1, 3, height, width) in about -1 to 1."""
        return self.model.decode(latents * self.scale + self.shift, return_dict=False)[0]


def _eager(model: Any) -> Any:
    """Attention as plain products, which can be exported and quantised."""
    model.set_attn_implementation("eager")
    return model


def _clip_states(model: CLIPTextModel, ids: Tensor) -> tuple[Tensor, Tensor]:
    """What comes out of the last layer, and what went into it."""
    count = ids.shape[1]
    mask = torch.full((1, 1, count, count), _NEVER).triu(1)
    states = before = model.embeddings(input_ids=ids)
    for layer in model.encoder.layers:
        before = states
        states = layer(states, attention_mask=mask)
    return states, before


def _linear_attention(attention: Attention, states: Tensor, **_masks: object) -> Tensor:
    """SANA's attention of the picture with itself, of which each token pays for the sum of all keys once.

    states: (1, n, width). https://arxiv.org/abs/2410.10629, section 2.2.
    """
    query, key = attention.to_q(states), attention.to_k(states)
    if attention.norm_q is not None:
        query, key = attention.norm_q(query), attention.norm_k(key)
    heads = (1, states.shape[1], attention.heads, -1)
    query, key = (side.view(heads).transpose(1, 2).relu() for side in (query, key))
    value = attention.to_v(states).view(heads).transpose(1, 2)
    weighed = query @ (key.transpose(2, 3) @ value)
    whole = query @ key.sum(2, keepdim=True).transpose(2, 3)
    seen = (weighed / (whole + _NOUGHT)).transpose(1, 2).flatten(2)
    return attention.to_out[0](seen)
