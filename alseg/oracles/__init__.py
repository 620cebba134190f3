"""Oracles, which answer queries at a cost. One file per oracle, one YAML in ``conf/oracle``."""

from typing import TYPE_CHECKING

from alseg import lazily

if TYPE_CHECKING:
    from alseg.oracles.column import Column
    from alseg.oracles.confused import Confused
    from alseg.oracles.folder import Folder
    from alseg.oracles.fusion import staple, vote
    from alseg.oracles.given import Given
    from alseg.oracles.label_studio import LabelStudio
    from alseg.oracles.noisy import Noisy
    from alseg.oracles.oracle import Annotations, Oracle
    from alseg.oracles.panel import Panel
    from alseg.oracles.partial import Partial
    from alseg.oracles.request import Request
    from alseg.oracles.simulated import Simulated
    from alseg.oracles.sparse import Sparse
    from alseg.oracles.sparsity import Box, Columns, Pattern, Points, Scribbles
else:
    __getattr__, __dir__ = lazily(__name__)

__all__ = [
    "Annotations",
    "Box",
    "Column",
    "Columns",
    "Confused",
    "Folder",
    "Given",
    "LabelStudio",
    "Noisy",
    "Oracle",
    "Panel",
    "Partial",
    "Pattern",
    "Points",
    "Request",
    "Scribbles",
    "Simulated",
    "Sparse",
    "staple",
    "vote",
]
