"""The running mean of a network's weights, which is what is measured, drawn with and packaged."""

from __future__ import annotations

from collections.abc import Mapping

import torch


class MeanWeights:
    """The running mean of trained parameters; inside a `with` the network works with it.

    Args:
        trained: The parameters that are followed, by name; the mean starts as their copy.
    """

    def __init__(self, trained: dict[str, torch.nn.Parameter]) -> None:
        self.trained = trained
        self.tensors = {name: p.detach().clone() for name, p in trained.items()}

    def load(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Go on from the mean of a checkpoint."""
        for name, tensor in tensors.items():
            self.tensors[name].copy_(tensor)

    def follow(self, decay: float) -> None:
        """Take in the parameters as they are now; the mean so far counts by `decay`, 0 to 1."""
        with torch.no_grad():
            # One call for all: on a card a call for each would take longer than the network.
            torch._foreach_lerp_(  # type: ignore[attr-defined]  # public in all but its name
                list(self.tensors.values()), list(self.trained.values()), 1.0 - decay
            )

    def __enter__(self) -> None:
        self._swap()

    def __exit__(self, *_: object) -> None:
        self._swap()

    def _swap(self) -> None:
        with torch.no_grad():
            for name, p in self.trained.items():
                kept = p.detach().clone()
                p.copy_(self.tensors[name])
                self.tensors[name].copy_(kept)
