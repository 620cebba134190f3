"""Folder and ledger of a run."""

from typing import TYPE_CHECKING

from alseg import lazily

if TYPE_CHECKING:
    from alseg.runs.ledger import Ledger
    from alseg.runs.run_folder import RunFolder, State
else:
    __getattr__, __dir__ = lazily(__name__)

__all__ = [
    "Ledger",
    "RunFolder",
    "State",
]
