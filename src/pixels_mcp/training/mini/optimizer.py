"""Muon for the matrices and convolutions, AdamW for the rest; plain tensors as state, so no pickle is needed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import cast

import torch
from torch import nn


class MuonAdamW:
    """Two optimisers in one step.

    Args:
        named: Parameters by name; frozen ones are left alone.
        muon_lr: Step of the orthogonalised updates; 0 gives AdamW to all.
        adamw_lr: Step of AdamW.
        weight_decay: Decoupled, times the step.
        threads: Parameters that are stepped at once, on a thread each. A step is thousands of tiny products, which
            gain nothing from several threads each.

    Source: K. Jordan et al., 2024, "Muon: an optimizer for hidden layers"; the scale 0.2 sqrt(longer side) after
    J. Liu et al., 2025, "Muon is scalable for LLM training".
    """

    def __init__(
        self,
        named: dict[str, nn.Parameter],
        *,
        muon_lr: float = 1.5e-3,
        adamw_lr: float = 1e-3,
        weight_decay: float = 0.01,
        threads: int = 1,
    ) -> None:
        self.named = {name: p for name, p in named.items() if p.requires_grad}
        self.muon_lr, self.adamw_lr, self.weight_decay = muon_lr, adamw_lr, weight_decay
        self.steps = 0
        self.by_muon = {
            name
            for name, p in self.named.items()
            if muon_lr > 0 and p.ndim >= 2 and min(p.shape[0], p[0].numel()) >= 32 and "embedding" not in name
        }
        self.workers = ThreadPoolExecutor(threads, "optimizer", initializer=torch.set_num_threads, initargs=(1,))
        # The dearest first, so that no thread is left with a large matrix at the end.
        self.order = sorted(self.named, key=lambda name: self.named[name].numel(), reverse=True)
        self.state: dict[str, torch.Tensor] = {}
        for name, p in self.named.items():
            self.state[f"{name}.momentum"] = torch.zeros_like(p)
            if name not in self.by_muon:
                self.state[f"{name}.square"] = torch.zeros_like(p)

    def step(self, rate: float) -> None:
        """Move every parameter by its gradient, `rate` times the full step, and forget the gradients."""
        self.steps += 1

        def move(name: str) -> None:
            self._move(name, self.named[name], rate)

        for _ in self.workers.map(move, self.order):
            pass

    @torch.no_grad()
    def _move(self, name: str, p: nn.Parameter, rate: float) -> None:
        if p.grad is None:
            return
        if name in self.by_muon:
            momentum = self.state[f"{name}.momentum"].mul_(0.95).add_(p.grad)
            update = orthogonalize(p.grad.add(momentum, alpha=0.95).reshape(p.shape[0], -1))
            lr = self.muon_lr * rate
            p.mul_(1.0 - lr * self.weight_decay)
            p.add_(update.reshape(p.shape), alpha=-lr * 0.2 * max(update.shape) ** 0.5)
        else:
            self._adamw(name, p, rate)
        p.grad = None

    def _adamw(self, name: str, p: nn.Parameter, rate: float) -> None:
        assert p.grad is not None
        momentum = self.state[f"{name}.momentum"].lerp_(p.grad, 0.1)
        square = self.state[f"{name}.square"].mul_(0.99).addcmul_(p.grad, p.grad, value=0.01)
        early, early_square = 1.0 - 0.9**self.steps, 1.0 - 0.99**self.steps
        lr = self.adamw_lr * rate
        if p.ndim >= 2:
            p.mul_(1.0 - lr * self.weight_decay)
        p.addcdiv_(momentum, (square / early_square).sqrt_().add_(1e-8), value=-lr / early)


def orthogonalize(matrix: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """Bring all singular values of a (rows, columns) matrix near 1 by Newton-Schulz steps (quintic).

    The steps act on the small Gram matrix, and their product is applied once: a fifth of the work of stepping the
    matrix itself, which matters where a step's pictures are few.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    x: torch.Tensor = matrix.float()
    tall = x.shape[0] > x.shape[1]
    if tall:
        x = x.T
    x = cast("torch.Tensor", x / (x.norm() + 1e-7))
    gram = x @ x.T
    eye = torch.eye(len(gram), device=x.device)
    product = eye
    for _ in range(steps):
        factor = a * eye + b * gram + c * (gram @ gram)
        product = factor @ product
        gram = factor @ gram @ factor
    x = product @ x
    return x.T if tall else x
