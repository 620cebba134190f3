"""Model of an ultrasound scanner, from tissue to grey values: speckle, attenuation, noise, log compression.

The envelope of fully developed speckle is Rayleigh distributed (Wagner et al., IEEE Trans. Sonics Ultrason. 1983): many
scatterers per resolution cell add up to a complex Gaussian field, whose magnitude a B-mode image shows on a log scale.
Everything is float64 and works on the last two axes (depth, width), so a stack of frames is one call.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """The pixels, in mm: depth ``y`` (H, 1) and place ``x`` (W,) of their centres, 0 in the middle, and ``pitch``."""

    y: Array
    x: Array
    pitch: tuple[float, float]

    @classmethod
    def over(cls, extent: tuple[float, float], size: tuple[int, int]) -> Grid:
        """``size`` pixels over a field of view of ``extent`` mm."""
        pitch = (extent[0] / size[0], extent[1] / size[1])
        y = (np.arange(size[0], dtype=np.float64)[:, None] + 0.5) * pitch[0]
        x = (np.arange(size[1], dtype=np.float64) + 0.5) * pitch[1] - extent[1] / 2.0
        return cls(y, x, pitch)

    @property
    def line(self) -> float:
        """Half width of an interface in mm; thinner ones would alias."""
        return max(0.05, 0.45 * self.pitch[0])

    def pixels(self, depth: float, width: float) -> tuple[float, float]:
        """Two lengths in mm, in pixels."""
        return depth / self.pitch[0], width / self.pitch[1]

    def beyond(self, distance: Array) -> Array:
        """1 where a signed distance in mm is positive, 0 where negative, with a ramp of one pixel between."""
        return np.clip(distance / self.pitch[0] + 0.5, 0.0, 1.0)


def bell(distance: Array, half: float) -> Array:
    """A Gaussian ridge of height 1."""
    return np.exp(-0.5 * (distance / half) ** 2)


def from_db(level: Array | float) -> Array:
    """The amplitude of a level in decibels."""
    return np.asarray(10.0 ** (np.asarray(level, dtype=np.float64) / 20.0))


def smooth_noise(white: Array, sigma: tuple[float, float]) -> Array:
    """White noise ``(..., H, W)`` smoothed by a Gaussian of ``sigma`` pixels; its variance stays 1 up to the borders.

    A ``sigma`` of 0 leaves that axis alone.
    """
    for axis, width in zip((-2, -1), sigma):
        if width == 0.0:
            continue
        # The power of the sampled kernel: the closed form of the continuous one is off for widths below a pixel.
        impulse = np.zeros(2 * int(4.0 * width + 1.5) + 1)
        impulse[len(impulse) // 2] = 1.0
        kernel = ndimage.gaussian_filter1d(impulse, width, mode="constant")
        power = ndimage.correlate1d(np.ones(white.shape[axis]), kernel**2, mode="constant")
        white = ndimage.correlate1d(white, kernel, axis=axis, mode="constant")
        white = white / np.sqrt(power if axis == -1 else power[:, None])
    return white


def layers(surface: Array, grid: Grid, rng: np.random.Generator) -> Array:
    """Layers and lumps of soft tissue, ``(F, H, W)`` in dB, along surfaces of depths ``(F, 1, W)`` in mm."""
    rows, columns = len(grid.y), len(grid.x)
    white = rng.standard_normal((2, rows, columns))
    texture = 5.0 * smooth_noise(white[0], grid.pixels(0.1, 1.6)) + 4.0 * smooth_noise(white[1], grid.pixels(0.45, 0.9))
    below = np.arange(rows)[:, None] - np.rint(surface / grid.pitch[0]).astype(np.intp)
    return np.take_along_axis(np.broadcast_to(texture, (len(surface), rows, columns)), below % rows, axis=1)


def speckle(amplitude: Array, white: Array, psf: tuple[float, float]) -> NDArray[np.complex128]:
    """The complex echo of random scatterers.

    Args:
        amplitude: root mean square echo of the tissue, broadcastable to ``(..., H, W)``.
        white: ``(..., 2, H, W)`` standard normal values, the real and imaginary part of the scatterers.
        psf: standard deviations of the point-spread function in pixels, along depth and width.

    Returns:
        ``(..., H, W)`` complex field; where the amplitude is constant its magnitude is Rayleigh distributed.
    """
    scatterers = white * np.sqrt(0.5) * amplitude[..., None, :, :]
    field = smooth_noise(scatterers, psf)
    return field[..., 0, :, :] + 1j * field[..., 1, :, :]


def receive(
    echo: NDArray[np.complex128],
    noise: NDArray[np.complex128],
    depth: Array,
    attenuation: float,
    compensation: float,
    transmission: Array,
) -> Array:
    """The envelope at the end of the receive chain.

    The echo fades with depth and behind shadows, the noise of the electronics does not; time-gain compensation then
    lifts both alike. So noise grows with depth, and a wrong compensation leaves a brightness ramp.

    Args:
        echo: ``(..., H, W)`` what the tissue scatters back.
        noise: ``(..., H, W)`` what the electronics add.
        depth: ``(H, 1)`` depth of the rows in mm.
        attenuation: two-way loss in dB per mm.
        compensation: time gain in dB per mm; equal to ``attenuation`` if the scanner were set perfectly.
        transmission: ``(..., H, W)`` level in dB that shadows leave of the echo, 0 outside them.
    """
    return np.abs(echo * from_db(transmission - attenuation * depth) + noise) * from_db(compensation * depth)


def log_compress(envelope: Array, gain: Array | float, dynamic_range: float) -> NDArray[np.uint8]:
    """Grey values: 255 for an envelope of 0 dB after ``gain`` dB or more, 0 for ``dynamic_range`` dB below or less."""
    level = 20.0 * np.log10(np.maximum(envelope, 1e-12)) + gain
    return np.rint(np.clip(1.0 + level / dynamic_range, 0.0, 1.0) * 255.0).astype(np.uint8)
