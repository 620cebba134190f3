"""Read the pixels of a DICOM file as stored, decompressed; colours as RGB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.formats.bounds import frames_held
from alseg.data.formats.palette import colours_of
from alseg.data.formats.remark import reason
from alseg.errors import DataError

PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
NEEDED = ("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated")
NEEDED_OF_INTEGERS = ("BitsStored", "PixelRepresentation")
GREY = ("MONOCHROME1", "MONOCHROME2")
COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_RCT", "YBR_ICT")
ELSEWHERE = "save it uncompressed by another program (dcmdjpeg, gdcmconv --raw)"


def read_pixels(file: Any, path: Path, palettes: bool = True) -> NDArray[Any]:
    """Read every frame: ``(F, H, W)`` as stored, without unused bits; or ``(F, H, W, 3)`` uint8 of RGB.

    Colours of more than 8 bits are brought to 8.

    Args:
        file: the data set.
        path: for messages.
        palettes: look up the colours of a palette; else return its indices.

    Raises:
        DataError: if pixels or the attributes of their form are missing, the header claims more than the file holds, or
            they are coded in a way that cannot be read here.
    """
    name = _pixel_attribute(file, path)
    photometric = str(file.PhotometricInterpretation)
    samples = int(file.SamplesPerPixel)
    _check_readable(photometric, samples, path)
    values = _decoded(file, path, name, photometric)
    if samples == 3:
        return _eight_bits(
            _partial_to_rgb(values) if photometric == "YBR_PARTIAL_422" else values, int(file.BitsStored)
        )
    return colours_of(values, file, path) if photometric == "PALETTE COLOR" and palettes else values


def _pixel_attribute(file: Any, path: Path) -> str:
    """Name of the attribute that holds the pixels."""
    found = [name for name in PIXELS if file.get(name)]
    if not found and file.get("Rows") and file.get("Columns"):
        raise DataError(
            f"{path}: its header tells of {file.Rows}x{file.Columns} pixels{_kind(file)}, and the file holds none; it may be "
            "truncated, copy it again"
        )
    if not found:
        raise DataError(f"{path}: this DICOM file holds no image{_kind(file)}; give one that has pixels")
    needed = (*NEEDED, *(NEEDED_OF_INTEGERS if found[0] == "PixelData" else ()))
    missing = [name for name in needed if file.get(name) in (None, "")]
    if missing:
        raise DataError(f"{path}: it does not state {', '.join(missing)}, without which its pixels cannot be told")
    return found[0]


def _kind(file: Any) -> str:
    uid = file.get("SOPClassUID") or getattr(file, "file_meta", {}).get("MediaStorageSOPClassUID")
    name = getattr(uid, "name", "")
    return f" ({name})" if name else ""


def _check_readable(photometric: str, samples: int, path: Path) -> None:
    if (samples != 3 and photometric in COLOUR) or (samples != 1 and photometric in (*GREY, "PALETTE COLOR")):
        raise DataError(f"{path}: it states {photometric} and {samples} values per pixel, which contradict each other")
    if photometric not in (*GREY, *COLOUR, "PALETTE COLOR"):
        raise DataError(
            f"{path}: its photometric interpretation is {photometric}; those that can be read are "
            f"{', '.join((*GREY, 'PALETTE COLOR', *COLOUR))}"
        )


def _decoded(file: Any, path: Path, name: str, photometric: str) -> NDArray[Any]:
    from pydicom.pixels.decoders.base import get_decoder

    from alseg.data.formats import codecs

    syntax = file.file_meta.TransferSyntaxUID
    codecs.register()
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError as error:
        raise DataError(
            f"{path}: its pixels are coded as {syntax.name}, which cannot be read here; {ELSEWHERE}"
        ) from error
    if not decoder.is_available:
        raise DataError(f"{path}: its pixels are coded as {syntax.name}, for which a decoder is missing; {ELSEWHERE}")
    packed, rle = bool(syntax.is_encapsulated), syntax.keyword == "RLELossless"
    options: dict[str, Any] = {
        "number_of_frames": frames_held(file, path, file[name].value, packed, rle),
        "allow_excess_frames": False,
    }
    if photometric in ("YBR_RCT", "YBR_ICT"):
        if syntax not in codecs.JPEG_2000:
            raise DataError(f"{path}: {photometric} are colours of JPEG 2000, and it is coded as {syntax.name}")
        options["photometric_interpretation"] = "RGB"  # decoders undo the transform, which is part of the codestream
    elif photometric == "YBR_PARTIAL_422":
        if packed:
            raise DataError(f"{path}: {photometric} can be read uncompressed only; {ELSEWHERE}")
        options |= {"photometric_interpretation": "YBR_FULL_422", "raw": True}  # the same order of values
    if codecs.PLUGIN in decoder.available_plugins:
        options |= {"decoding_plugin": codecs.PLUGIN, "stated_photometric": photometric}
    shift = (not packed or rle) and name == "PixelData" and _shift(file)
    if shift:
        options["correct_unused_bits"] = False
    try:
        values, about = decoder.as_array(file, **options)
    except Exception as error:  # pydicom and decoders raise AttributeError, RuntimeError, ValueError, OSError, ...
        text = reason(error).replace("Unable to decode as exceptions were raised by all available plugins: ", "")
        raise DataError(
            f"{path}: its pixels cannot be decoded from {syntax.name} ({text}); copy it again, or {ELSEWHERE}"
        ) from error
    came_as = "RGB" if photometric == "YBR_PARTIAL_422" else str(about["photometric_interpretation"])
    if int(file.SamplesPerPixel) == 3 and came_as != "RGB":
        raise DataError(f"{path}: its colours came out as {came_as} and cannot be turned to RGB; {ELSEWHERE}")
    frames = values if int(options["number_of_frames"]) > 1 else values[None]
    frames = frames.astype(frames.dtype.newbyteorder("="), copy=False)
    if shift:
        left, right = shift
        frames = np.right_shift(np.left_shift(frames, left), right)
    return frames


def _shift(file: Any) -> tuple[int, int] | None:
    """Shifts, in bits, to the left and then to the right, where the value does not end at the lowest bit (old files)."""
    high, stored, allocated = file.get("HighBit"), int(file.BitsStored), int(file.BitsAllocated)
    if high is None or not stored <= int(high) < allocated:
        return None
    return allocated - 1 - int(high), allocated - stored


def _eight_bits(colours: NDArray[Any], stored: int) -> NDArray[np.uint8]:
    unsigned = colours.view(f"u{colours.itemsize}")
    if stored == 8 and unsigned.dtype == np.uint8:
        return unsigned
    full = 2**stored - 1
    found = np.empty(unsigned.shape, np.uint8)
    for i, frame in enumerate(unsigned):
        found[i] = np.rint(np.clip(frame, 0, full) * (255 / full))
    return found


def _partial_to_rgb(ybr: NDArray[Any]) -> NDArray[Any]:
    """Convert ITU-R BT.601 of studio range to RGB: luminance 16 to 235, chrominance 16 to 240 (DICOM PS3.3 C.7.6.3.1.2)."""
    turn = np.array([[255 / 219, 255 / 219, 255 / 219], [0, -0.3917616, 2.0172321], [1.5960268, -0.8129676, 0]])
    rgb = (ybr.astype(np.float32) - (16, 128, 128)) @ turn
    found: NDArray[Any] = np.rint(np.clip(rgb, 0, 255)).astype(ybr.dtype)
    return found
