"""The pictures that a training run has so far, on the device that learns, and random batches of them."""

# pyright: reportMissingImports=false
# Torch and onnx are for training alone and needn't be there where this is checked.

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from edge_models.image.patches import GRID, TOKENS, Codec
from tools.train.pictures import ROW, Batch


@dataclass(frozen=True, slots=True)
class Sample:
    """Pictures as the network sees them."""

    tokens: Tensor
    """(b, 256, dims)."""
    told: Tensor
    """(b, 256, 288)."""
    mood: Tensor
    sun: Tensor


class Pool:
    """Keeps the last `capacity` pictures as bytes."""

    def __init__(self, codec: Codec, *, capacity: int, device: torch.device) -> None:
        self._device = device
        self._mean = torch.from_numpy(codec.mean).to(device)
        self._basis = torch.from_numpy(codec.basis).to(device)
        self._rows = {
            name: torch.zeros((capacity, *shape), dtype=_TYPES[kind], device=device)
            for name, (shape, kind) in ROW.items()
        }
        self._capacity = capacity
        self._next = 0
        self.size = 0

    def add(self, batch: Batch) -> None:
        """Put pictures in; the oldest give way when it is full."""
        count = min(len(batch), self._capacity)
        places = (torch.arange(count) + self._next) % self._capacity
        places = places.to(self._device)
        for name, rows in self._rows.items():
            rows[places] = torch.from_numpy(np.ascontiguousarray(getattr(batch, name)[:count])).to(self._device)
        if self._device.type == "cuda":
            torch.cuda.current_stream().synchronize()
        self._next = (self._next + count) % self._capacity
        self.size = min(self._capacity, self.size + count)

    def sample(self, count: int) -> Sample:
        """A random batch, half of it mirrored."""
        chosen = torch.randint(self.size, (count,), device=self._device)
        return self.seen(chosen, mirrored=count // 2)

    def seen(self, chosen: Tensor, *, mirrored: int = 0) -> Sample:
        """These pictures, the first `mirrored` of them mirrored."""
        rows = {name: values[chosen] for name, values in self._rows.items()}
        sun = rows["sun"].clone()
        if mirrored:
            for name in ("picture", "canvas", "asked"):
                rows[name] = torch.cat([rows[name][:mirrored].flip(2), rows[name][mirrored:]])
            sun[:mirrored, 0] = 1 - sun[:mirrored, 0]
        pixels = cut_up(rows["picture"]).float() / 127.5 - 1
        told = torch.cat([cut_up(rows["canvas"]), cut_up(rows["asked"])], dim=-1).float() / 255
        return Sample((pixels - self._mean) @ self._basis, told, rows["mood"].long(), sun)


def cut_up(pictures: Tensor) -> Tensor:
    """As `patches.cut_up`, on the device."""
    step, channels = pictures.shape[1] // GRID, pictures.shape[3]
    grid = pictures.view(-1, GRID, step, GRID, step, channels)
    return grid.permute(0, 1, 3, 2, 4, 5).reshape(-1, TOKENS, step * step * channels)


_TYPES = {np.uint8: torch.uint8, np.float32: torch.float32}
