"""Devices on which bf16 pays."""

from __future__ import annotations

import torch


def has_bf16(device: torch.device) -> bool:
    """True if the device multiplies bf16 matrices faster than float32 ones: most GPUs, processors with AMX or AVX512-BF16.

    Elsewhere PyTorch computes bf16 too, by conversions that cost more than they save.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    # Not public before a later PyTorch; where they are not, float32 it is.
    asked = (getattr(torch.cpu, name, None) for name in ("_is_amx_tile_supported", "_is_avx512_bf16_supported"))
    return device.type == "cpu" and any(bool(supported()) for supported in asked if supported is not None)
