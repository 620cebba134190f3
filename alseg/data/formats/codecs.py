"""Compressed DICOM by imagecodecs: a plugin for pydicom's decoders.

One decoder for one transfer syntax, so that an image has the same pixels on every machine, whichever other plugins are
installed there.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import imagecodecs as _imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
)

from alseg.data.formats.codestream import describe

imagecodecs: Any = _imagecodecs  # its types differ from version to version

PLUGIN = "imagecodecs"
JPEG = (JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1)
JPEG_LS = (JPEGLSLossless, JPEGLSNearLossless)
JPEG_2000 = (JPEG2000Lossless, JPEG2000, HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K)
CODECS: dict[str, str] = {
    **dict.fromkeys(JPEG, "JPEG8"),  # libjpeg-turbo: 8 and 12 bits lossy, up to 16 bits lossless
    **dict.fromkeys(JPEG_LS, "JPEGLS"),
    **dict.fromkeys(JPEG_2000, "JPEG2K"),  # OpenJPEG, of high throughput too
}
DECODER_DEPENDENCIES = dict.fromkeys(CODECS, ("imagecodecs",))
"""Packages that each decoder needs, an attribute that pydicom requires of a plugin."""


def is_available(syntax: str) -> bool:
    """True if imagecodecs was built with the codec of a transfer syntax."""
    return syntax in CODECS and bool(getattr(imagecodecs, CODECS[syntax]).available)


@lru_cache(maxsize=1)
def register() -> None:
    """Register the plugin with pydicom's decoders; may be called again."""
    for syntax in CODECS:
        if is_available(syntax):
            get_decoder(syntax).add_plugin(PLUGIN, (__name__, "decode_frame"))


def decode_frame(source: bytes, runner: Any) -> bytes:
    """Decode the pixels of one frame, as pydicom's plugins do; colours of a lossy JPEG become RGB.

    Args:
        source: the compressed frame.
        runner: pydicom's ``DecodeRunner``, whose options are set to what comes out.

    Raises:
        ValueError: if the frame is truncated, or has another size than the header states.
        RuntimeError: imagecodecs' own errors.
    """
    about = describe(source)
    stated = (runner.rows, runner.columns, runner.samples_per_pixel)
    if about is None:
        raise ValueError("its compressed pixels do not start as those of its transfer syntax do")
    if about.shape != stated:  # before anything is allocated
        raise ValueError(f"its frames have {_size(about.shape)} and its header states {_size(stated)}")
    if not about.whole:
        raise ValueError("its compressed pixels end too early; the file may be truncated")
    if runner.transfer_syntax in JPEG_2000:
        values = imagecodecs.jpeg2k_decode(source)
    elif runner.transfer_syntax in JPEG_LS:
        values = imagecodecs.jpegls_decode(source)
    elif about.lossless or stated[2] == 1:
        # A lossless JPEG holds the colours of the photometric interpretation.
        values = imagecodecs.jpeg8_decode(
            source, **({"colorspace": "RGB", "outcolorspace": "RGB"} if stated[2] == 3 else {})
        )
    else:
        label = str(runner.get_option("stated_photometric", runner.photometric_interpretation))
        space = "RGB" if about.is_rgb(label) else "YCBCR"
        values = imagecodecs.jpeg8_decode(source, colorspace=space, outcolorspace="RGB")
        runner.set_option("photometric_interpretation", "RGB")
    runner.set_option("bits_allocated", 8 * values.itemsize)
    runner.set_option("planar_configuration", 0)
    pixels: NDArray[Any] = np.ascontiguousarray(values)
    return pixels.tobytes()


def _size(shape: tuple[int, int, int]) -> str:
    return f"{shape[0]}x{shape[1]} pixels of {shape[2]} value{'' if shape[2] == 1 else 's'}"
