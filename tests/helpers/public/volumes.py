"""Volumes as their publishers pack them."""

from __future__ import annotations

import numpy as np


def synthstrip(nifti, slices: int) -> dict[str, bytes]:
    files = {}
    for folder in ("asl_epi_101", "asl_t1_101", "fsm_qt1_f14"):
        brain = np.zeros((slices, 6, 4), np.uint8)
        brain[:, 1:3] = 1
        top = f"synthstrip_data_v1.5_2d/{folder}"
        files[f"{top}/image.nii.gz"] = nifti(brain * np.float32(7.5), np.diag([1.0, 1.5, 2.0, 1.0]))
        files[f"{top}/mask.nii.gz"] = nifti(brain, np.diag([1.0, 1.5, 2.0, 1.0]))
    return files
