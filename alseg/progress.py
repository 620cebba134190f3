"""The progress bars of a round."""

from __future__ import annotations

from pytorch_lightning.callbacks import RichProgressBar


class RoundProgress(RichProgressBar):
    """Lightning's bars in the words of the loop: a fit is one training, a prediction is a scan."""

    @property
    def predict_description(self) -> str:
        """The bar of the pass over the pool."""
        return "Scanning"

    def _get_train_description(self, current_epoch: int) -> str:
        # Lightning's own says "Epoch 0/0". Should it rename this method, that is what would be shown again.
        return "Training  "
