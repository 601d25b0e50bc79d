"""Muon (Jordan et al., 2024): momentum whose matrices are made orthogonal, for a transformer's inner matrices.

Matrices of one shape are done at once: a step of twelve blocks is then four batches, not forty-eight small products.
"""

# Torch types a layer as "Tensor | Module", and diffusers exports nothing: what they say of themselves is not checked.
# pyright: reportMissingImports=false, reportPrivateImportUsage=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false
# Torch and onnx are for training alone and needn't be there where this is checked.

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor


def orthogonal(matrices: Tensor, *, steps: int = 5) -> Tensor:
    """(n, rows, columns) to nearly orthogonal matrices of the same directions, by Newton and Schulz's iteration."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrices.bfloat16()
    tall = x.shape[1] > x.shape[2]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    """For matrices alone; everything else goes to AdamW."""

    def __init__(self, parameters: Iterable[Tensor], *, lr: float, momentum: float = 0.95, decay: float = 0.01) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """One step."""
        for group in self.param_groups:
            shapes: dict[tuple[int, ...], list[Tensor]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    shapes[tuple(parameter.shape)].append(parameter)
            for (rows, columns), parameters in shapes.items():
                moments = [self.state[p].setdefault("moment", torch.zeros_like(p)) for p in parameters]
                grads = [p.grad for p in parameters]
                torch._foreach_lerp_(moments, grads, 1 - group["momentum"])
                looked_ahead = [
                    grad.lerp(moment, group["momentum"]) for grad, moment in zip(grads, moments, strict=True)
                ]
                updates = orthogonal(torch.stack(looked_ahead)).to(parameters[0].dtype)
                size = group["lr"] * max(1.0, rows / columns) ** 0.5
                torch._foreach_mul_(parameters, 1 - group["lr"] * group["decay"])
                torch._foreach_add_(parameters, list(updates.unbind(0)), alpha=-size)
