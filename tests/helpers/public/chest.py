"""Chest radiographs as their publishers pack them."""

from __future__ import annotations

import numpy as np
from PIL import Image

SIDE = 24


def montgomery(picture, people: int = 12) -> dict[str, bytes]:
    """The archive: 12 bits in 16, a mask for each lung of one bit, a reading with blanks at the end of lines."""
    files = {"MontgomerySet/NLM-MontgomeryCXRSet-ReadMe.pdf": b"%PDF", "MontgomerySet/CXR_png/Thumbs.db": b"\0"}
    rng = np.random.default_rng(0)
    for i in range(people):
        name = f"MCUCXR_{i + 1:04d}_{i % 2}"
        left, right = np.zeros((2, SIDE, SIDE + 4), np.uint8)
        left[4:20, 15:24], right[4:20, 3:12] = 255, 255
        image = np.where(left | right, 500, 3000) + rng.integers(0, 400, left.shape)
        files[f"MontgomerySet/CXR_png/{name}.png"] = picture(image, dtype=np.uint16)
        for side, mask in (("left", left), ("right", right)):
            files[f"MontgomerySet/ManualMask/{side}Mask/{name}.png"] = picture(Image.fromarray(mask).convert("1"))
        text = f"Patient's Sex: F \nPatient's Age: {27 + i:03d}Y \nnormal \n"
        files[f"MontgomerySet/ClinicalReadings/{name}.txt"] = text.encode("latin-1")
    return files


def shenzhen(picture) -> dict[str, bytes]:
    """Grey values as a palette of colours and, in one file, as colours, as published."""
    files = {}
    for i in range(4):
        grey = Image.fromarray(np.full((8, 6), 10 * i, np.uint8))
        name = f"CHNCXR_{i + 1:04d}_{i // 2}"
        files[f"ChinaSet_AllFiles/CXR_png/{name}.png"] = picture(grey.convert("RGB" if i == 2 else "P"))
        files[f"ChinaSet_AllFiles/ClinicalReadings/{name}.txt"] = b"male 45yrs\nnormal"
    return files
