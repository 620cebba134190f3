"""The progress bars of a round."""

from __future__ import annotations

from pytorch_lightning.callbacks import RichProgressBar

from alseg.sweeps import standing


class RoundProgress(RichProgressBar):
    """Lightning's bars in the words of the loop: a fit is one training, a prediction is a scan.

    In a sweep whose runs follow each other, they begin with how it stands: a terminal has room for one live thing.
    """

    @property
    def predict_description(self) -> str:
        """The bar of the pass over the pool."""
        return f"{standing.prefix()}Scanning"

    def _get_train_description(self, current_epoch: int) -> str:
        # Lightning's own says "Epoch 0/0". Should it rename this method, that is what would be shown again.
        return f"{standing.prefix()}Training  "
