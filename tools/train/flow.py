"""Flow matching: the noise mixed in, the loss, drawing from noise, and learning from a teacher's small steps."""

# pyright: reportMissingImports=false
# Torch and onnx are for training alone and needn't be there where this is checked.

import torch
from torch import Tensor

from tools.train.network import Network
from tools.train.pool import Sample

NEAREST = 0.05
"""Where `1 - t` stops shrinking in the loss's weight."""
GRIDS = (2, 4)
"""Into how many steps a drawing may be cut; the distilled network knows both."""
SUBSTEPS = 4
"""The teacher's, for one of the student's."""


def loss_of(network: Network, sample: Sample, *, forget: float) -> Tensor:
    """How far the network's velocity is from the true one; `forget`: the share of pictures it is told nothing about."""
    count, device = len(sample.tokens), sample.tokens.device
    time = torch.sigmoid(torch.randn(count, device=device) - 0.5)
    noise = torch.randn_like(sample.tokens)
    at = time[:, None, None]
    mixed = at * sample.tokens + (1 - at) * noise
    kept = (torch.rand(count, device=device) >= forget).float()
    clean = network(mixed, sample.told, sample.mood, sample.sun, time, torch.zeros_like(time), kept)
    weight = 1 / (1 - time).clamp(min=NEAREST) ** 2
    return (weight * ((clean.float() - sample.tokens) ** 2).mean(dim=(1, 2))).mean()


@torch.no_grad()
def guided(network: Network, sample: Sample, x: Tensor, time: Tensor, *, guidance: float) -> Tensor:
    """The clean picture as seen from `x`, pushed away from what the network would draw untold."""
    still, told = torch.zeros_like(time), torch.ones_like(time)
    if guidance == 1:
        return network(x, sample.told, sample.mood, sample.sun, time, still, told).float()
    both = network(
        torch.cat([x, x]),
        torch.cat([sample.told, sample.told]),
        torch.cat([sample.mood, sample.mood]),
        torch.cat([sample.sun, sample.sun]),
        torch.cat([time, time]),
        torch.cat([still, still]),
        torch.cat([told, torch.zeros_like(told)]),
    ).float()
    with_it, without = both.chunk(2)
    return without + guidance * (with_it - without)


def distillation_loss(student: Network, teacher: Network, sample: Sample, *, guidance: float) -> Tensor:
    """How far one step of the student is from the teacher's four (progressive distillation, Salimans and Ho, 2022)."""
    count, device = len(sample.tokens), sample.tokens.device
    pieces = torch.tensor(GRIDS, device=device)[torch.randint(len(GRIDS), (count,), device=device)]
    step = 1 / pieces.float()
    time = torch.floor(torch.rand(count, device=device) * pieces) * step
    at = time[:, None, None]
    begin = at * sample.tokens + (1 - at) * torch.randn_like(sample.tokens)
    x, now = begin, time
    for _ in range(SUBSTEPS):
        clean = guided(teacher, sample, x, now, guidance=guidance)
        x = x + (step / SUBSTEPS / (1 - now))[:, None, None] * (clean - x)
        now = now + step / SUBSTEPS
    target = begin + ((1 - time) / step)[:, None, None] * (x - begin)
    clean = student(begin, sample.told, sample.mood, sample.sun, time, step, torch.ones_like(time))
    return ((clean.float() - target) ** 2).mean()


@torch.no_grad()
def draw(network: Network, sample: Sample, *, steps: int, distilled: bool, guidance: float = 1.0) -> Tensor:
    """(b, 256, dims) drawn from noise in so many steps."""
    x = torch.randn(sample.tokens.shape, device=sample.tokens.device, generator=_seeded(sample.tokens.device))
    for nth in range(steps):
        time = torch.full((len(x),), nth / steps, device=x.device)
        if distilled:
            stride = torch.full_like(time, 1 / steps)
            clean = network(x, sample.told, sample.mood, sample.sun, time, stride, torch.ones_like(time)).float()
        else:
            clean = guided(network, sample, x, time, guidance=guidance)
        x = x + (clean - x) / (steps - nth)
    return x


def _seeded(device: torch.device) -> torch.Generator:
    generator = torch.Generator(device=device)
    generator.manual_seed(1)
    return generator
