"""The progress bars of a round."""

from __future__ import annotations

from pytorch_lightning.callbacks import RichProgressBar

from alseg.sweeps.current import bar_prefix


class RoundProgress(RichProgressBar):
    """Lightning's bars with the loop's terms: a fit is one training, a prediction is a scan.

    In a sweep whose runs follow each other, they begin with its progress, since a terminal has room for one live line.
    """

    @property
    def predict_description(self) -> str:
        """Name of the bar of the pass over the pool."""
        return f"{bar_prefix()}Scanning"

    def _get_train_description(self, current_epoch: int) -> str:
        # Lightning's own says "Epoch 0/0". Should it rename this method, that is what would be shown again.
        return f"{bar_prefix()}Training  "
