"""Files and archives made in code."""

from __future__ import annotations

import io
import tarfile
import zipfile
from typing import Any

import nibabel
import numpy as np
from PIL import Image

from tests.helpers.public.publisher import Files


def picture(pixels: Any, format_: str = "PNG", dtype: type[np.generic] = np.uint8, **options: Any) -> bytes:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(np.asarray(pixels, dtype=dtype))
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def zipped(files: Files) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def tarred(files: Files, mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def nifti(values: Any, affine: Any = None) -> bytes:
    image = nibabel.Nifti1Image(np.asarray(values), np.eye(4) if affine is None else np.asarray(affine, dtype=float))
    import gzip

    return gzip.compress(image.to_bytes())
