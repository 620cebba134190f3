"""Active learning of many seeds at once, on frozen features, without run folders."""

from typing import TYPE_CHECKING

from alseg import lazily

if TYPE_CHECKING:
    from alseg.simulation.blocks import simulated
    from alseg.simulation.frozen import Frozen, of_points
    from alseg.simulation.rounds import Evaluated, simulate
    from alseg.simulation.setting import Setting
else:
    __getattr__, __dir__ = lazily(__name__)

__all__ = ["Evaluated", "Frozen", "Setting", "of_points", "simulate", "simulated"]
