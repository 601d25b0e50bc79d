"""The draft model's network, in torch: a transformer over a picture's patches that says what the clean picture is.

Flow matching with x-prediction (Li and He, "Back to basics", 2025): `x_t = t x + (1 - t) noise`, the network gives x.
What the model is told is added to the tokens where it belongs; place, light, weather, style and the time set the
scales of every block (adaLN, one projection for all blocks as in PixArt-alpha), and stand before the picture as tokens.
"""

# Torch types a layer as "Tensor | Module", and diffusers exports nothing: what they say of themselves is not checked.
# pyright: reportMissingImports=false, reportArgumentType=false, reportAttributeAccessIssue=false
# pyright: reportIndexIssue=false
# Torch and onnx are for training alone and needn't be there where this is checked.

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from edge_models.image.patches import TOKENS, TOLD
from edge_models.image.told import moods

EXTRA = 8
"""Tokens before the picture's: four moods, the sun, three that are the model's own."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large the network is."""

    dims: int
    """Numbers a patch (the codec's)."""
    width: int
    depth: int
    heads: int
    explicit: bool = False
    """Attention as two matrix products and a softmax: what the export needs, and quicker to train on a CPU."""
    moods: tuple[int, ...] = ()
    """How many places, lights, weathers and styles; by default as many as there are now."""


def normed(x: Tensor) -> Tensor:
    """Layer norm without weights: adaLN and the scales of queries and keys do that."""
    return nn.functional.layer_norm(x, x.shape[-1:])


class Block(nn.Module):
    """Attention with normed queries and keys, then an MLP."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        width = size.width
        self.heads, self.explicit = size.heads, size.explicit
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)
        self.sharpness = nn.Parameter(torch.full((size.heads, 1, 1), 1.0))
        self.table = nn.Parameter(torch.zeros(6, width))

    def forward(self, x: Tensor, mood: Tensor) -> Tensor:
        """X (b, n, width), mood (b, 6, width)."""
        shift_a, scale_a, gate_a, shift_m, scale_m, gate_m = (mood + self.table).unsqueeze(2).unbind(1)
        x = x + gate_a * self._attention(normed(x) * (1 + scale_a) + shift_a)
        return x + gate_m * self.down(nn.functional.gelu(self.up(normed(x) * (1 + scale_m) + shift_m)))

    def _attention(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        parts = self.qkv(x).view(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = parts.unbind(0)
        query, key = normed(query) * self.sharpness.to(query.dtype), normed(key)
        if self.explicit:
            weights = torch.softmax(query @ key.transpose(-1, -2) / math.sqrt(width // self.heads), dim=-1)
            mixed = weights @ value
        else:
            mixed = nn.functional.scaled_dot_product_attention(query, key, value)
        return self.out(mixed.transpose(1, 2).reshape(batch, length, width))


class Network(nn.Module):
    """(b, 256, dims) noisy tokens and what is told, to (b, 256, dims) clean ones."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        width = size.width
        self.enter = nn.Linear(size.dims, width)
        self.told = nn.Linear(TOLD, width)
        self.position = nn.Parameter(torch.randn(1, TOKENS, width) * 0.02)
        counts = size.moods or tuple(len(known) for known in moods())
        self.moods = nn.ModuleList(nn.Embedding(count, width) for count in counts)
        self.sun = nn.Linear(3, width)
        self.own = nn.Parameter(torch.randn(1, EXTRA - 5, width) * 0.02)
        self.time = nn.Sequential(nn.Linear(128, width), nn.SiLU(), nn.Linear(width, width))
        self.stride = nn.Sequential(nn.Linear(128, width), nn.SiLU(), nn.Linear(width, width))
        self.modulate = nn.Linear(width, 6 * width)
        self.modulate_last = nn.Linear(width, 2 * width)
        self.blocks = nn.ModuleList(Block(size) for _ in range(size.depth))
        self.leave = nn.Linear(width + TOLD, size.dims)
        self._begin()

    def _begin(self) -> None:
        for embedding in self.moods:
            nn.init.normal_(embedding.weight, std=0.3)
        for layer in (self.modulate, self.modulate_last):
            nn.init.normal_(layer.weight, std=0.002)
            nn.init.zeros_(layer.bias)
        nn.init.normal_(self.leave.weight, std=0.002)
        nn.init.zeros_(self.leave.bias)
        nn.init.zeros_(self.stride[2].weight)
        nn.init.zeros_(self.stride[2].bias)
        for block in self.blocks:
            nn.init.normal_(block.out.weight, std=0.02 / math.sqrt(2 * len(self.blocks)))
            nn.init.normal_(block.down.weight, std=0.02 / math.sqrt(2 * len(self.blocks)))
            with torch.no_grad():
                block.table[2] = block.table[5] = 1.0

    def forward(  # noqa: PLR0917 - an ONNX graph has its inputs in order
        self, x: Tensor, told: Tensor, mood: Tensor, sun: Tensor, time: Tensor, step: Tensor, kept: Tensor | None = None
    ) -> Tensor:
        """X (b, 256, dims), told (b, 256, 288), mood (b, 4), sun (b, 3), time and step (b,).

        `step` is how far the flow is to go at once, 0 for the instant's direction. `kept` (b,) is 0 where the model is
        told nothing (for guidance).
        """
        parts = torch.stack([table(mood[:, nth]) for nth, table in enumerate(self.moods)], dim=1)
        parts = torch.cat([parts, self.sun(sun).unsqueeze(1)], dim=1)
        if kept is not None:
            told, parts = told * kept[:, None, None], parts * kept[:, None, None]
        moment = self.time(waves(time)) + self.stride(waves(step)) + parts.sum(dim=1)
        moment = nn.functional.silu(moment)
        mood6 = self.modulate(moment).view(-1, 6, self.size.width)
        tokens = self.enter(x) + self.told(told) + self.position
        tokens = torch.cat([parts, self.own.expand(len(x), -1, -1), tokens], dim=1)
        for block in self.blocks:
            tokens = block(tokens, mood6)
        shift, scale = self.modulate_last(moment).unsqueeze(1).chunk(2, dim=-1)
        last = normed(tokens[:, EXTRA:]) * (1 + scale) + shift
        return self.leave(torch.cat([last, told.to(last.dtype)], dim=-1))


def waves(values: Tensor) -> Tensor:
    """(b,) in 0 to 1 to (b, 128) sines and cosines."""
    rates = torch.exp(torch.linspace(0, math.log(1000.0), 64, device=values.device))
    angles = values[:, None].float() * rates
    return torch.cat([angles.sin(), angles.cos()], dim=-1)
