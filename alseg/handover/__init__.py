"""What a run has made, for use without it: predictions of other images, labels and models for other programs."""

from typing import TYPE_CHECKING

from alseg import lazily

if TYPE_CHECKING:
    from alseg.handover.labels import Label, Labels
    from alseg.handover.last_model import LastModel
    from alseg.handover.onnx_model import write_onnx
    from alseg.handover.predicting import predict_into
    from alseg.handover.preprocessing import Preprocessing
    from alseg.handover.safetensors_model import write_safetensors
else:
    __getattr__, __dir__ = lazily(__name__)

__all__ = [
    "Label",
    "Labels",
    "LastModel",
    "Preprocessing",
    "predict_into",
    "write_onnx",
    "write_safetensors",
]
