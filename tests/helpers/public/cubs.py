"""CUBS as its publisher packs it."""

from __future__ import annotations

import numpy as np


def boundaries(depth: float, thickness: float, transposed: bool) -> tuple[bytes, bytes]:
    lines = []
    for y in (depth, depth + thickness):
        points = np.array([[5, y], [20, y], [34, y]])
        points = points.T if transposed else points
        lines.append("\n".join(" ".join(f"{value:.3f}" for value in row) for row in points).encode())
    return lines[0], lines[1]


def archive(picture, clinical: bool) -> dict[str, bytes]:
    """Two patients with left and right in N rows of points, or three images in two rows; the second reader drew all but one."""
    names = (
        ["clin_0001_L", "clin_0001_R", "clin_0006_L", "clin_0006_R"]
        if clinical
        else ["tech_001", "tech_002", "tech_003"]
    )
    images, segmentations = ("IMAGES", "SEGMENTATIONS") if clinical else ("images", "LIMA-Profiles")
    top = "DATASET_CUBS"
    files = {f"{top}/{segmentations}/Computerized-TUM_DE/{names[0]}-LI.txt": b"1 2\n3 4\n"}
    for i, name in enumerate(names):
        files[f"{top}/{images}/{name}.tiff"] = picture(np.full((30, 40), 20 * i + 10), "TIFF")
        files[f"{top}/CF/{name}_CF.txt"] = f"0.0{i + 5}".encode()
        for reader, thickness in (("Manual-A1", 6), ("Manual-A1s", 7), ("Manual-A2", 8)):
            li, ma = boundaries(10, thickness, not clinical)
            if (reader, i) != ("Manual-A2", 1):
                files[f"{top}/{segmentations}/{reader}/{name}-LI.txt"] = li
                files[f"{top}/{segmentations}/{reader}/{name}-MA.txt"] = ma
        files[f"{top}/{segmentations}/Manual-A1/{name}_rect.txt"] = b"5 8 30 12\n"
    if clinical:
        table = ";Patient ID;Sex;Age;Sex ;BMI\nNicolaides - Cyprus;clin_0001;1;61;F;24,5\n;clin_0006;0;;M;-1,25\n"
        files[f"{top}/ClinicalDatabase-CUBS.csv"] = table.encode("utf-8-sig")
    return files
