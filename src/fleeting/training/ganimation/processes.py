"""Several processes of one training, started by torchrun: who is who, and gradients averaged over all.

Gradients are averaged by hand: the hooks of DistributedDataParallel know one forward and one backward pass, and the
critic's gradient penalty differentiates twice.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist

from ..loop import choose_device

BUCKET = 2**24
"""Values per message: enough to fill the link, and little memory."""


@dataclass(frozen=True, slots=True)
class Process:
    """One of the processes of a training."""

    rank: int
    count: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this process writes the files."""
        return self.rank == 0

    def average(self, network: torch.nn.Module) -> None:
        """Replace the gradients by their mean over the processes."""
        if self.count == 1:
            return
        bucket: list[torch.Tensor] = []
        for gradient in [weight.grad for weight in network.parameters() if weight.grad is not None]:
            bucket.append(gradient)
            if sum(part.numel() for part in bucket) >= BUCKET:
                self._reduce(bucket)
                bucket = []
        if bucket:
            self._reduce(bucket)

    def mean(self, values: torch.Tensor) -> torch.Tensor:
        """The mean of `values` over the processes."""
        if self.count > 1:
            dist.all_reduce(values)
            values /= self.count
        return values

    def wait(self) -> None:
        """Until all processes have come here."""
        if self.count > 1:
            dist.barrier()

    def _reduce(self, gradients: list[torch.Tensor]) -> None:
        flat = self.mean(torch.cat([gradient.flatten() for gradient in gradients]))
        start = 0
        for gradient in gradients:
            gradient.copy_(flat[start : start + gradient.numel()].view_as(gradient))
            start += gradient.numel()


@contextmanager
def joined(device: str) -> Iterator[Process]:
    """The process that this one is: alone, or one of those that torchrun started (it sets WORLD_SIZE).

    Raises:
        OptionsError: cuda is asked for and torch sees none.
    """
    chosen = choose_device(device)
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield Process(0, 1, chosen)
        return
    if chosen.type == "cuda":
        chosen = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(chosen)
    dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    try:
        yield Process(dist.get_rank(), count, chosen)
    finally:
        dist.destroy_process_group()
