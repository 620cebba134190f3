"""State of networks at one moment of a training, kept for the scan of the pool."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn


class QueryState(nn.Module):
    """Weights and buffers of networks as they were at one moment; part of the checkpoint of the module that it belongs to.

    They lie in main memory, whatever the device, and no optimiser has moments for them: two networks more on the disk and
    in the host's memory, none on the accelerator.
    """

    def __init__(self) -> None:
        super().__init__()
        self.states: list[dict[str, Tensor]] = []

    def keep(self, networks: Sequence[nn.Module]) -> None:
        """Copy the state of the networks, in place of what was kept before."""
        self.states = [
            {name: value.detach().cpu().clone() for name, value in network.state_dict().items()} for network in networks
        ]

    def forget(self) -> None:
        """Keep nothing."""
        self.states = []

    def restore(self, networks: Sequence[nn.Module]) -> None:
        """Put the networks, as many as were kept, into the state that they had then."""
        for network, state in zip(networks, self.states, strict=True):
            network.load_state_dict(state)

    def get_extra_state(self) -> dict[str, Any]:
        """What belongs into a checkpoint."""
        return {"states": self.states}

    def set_extra_state(self, state: Any) -> None:
        """Take what a checkpoint holds; one of an earlier moment holds nothing, and leaves what is kept."""
        self.states = state["states"] or self.states
