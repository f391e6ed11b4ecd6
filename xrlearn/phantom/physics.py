"""From path lengths to grey values: what happens between the tube and the monitor, one named step after another.

Attenuation coefficients are those of NIST (Hubbell and Seltzer, NISTIR 5632, tables 3 and 4), interpolated in log-log.
The spectrum is Kramers' law behind an aluminium filter with tungsten's K lines added: an approximation, good enough for
the contrast between bone, muscle and fat at diagnostic voltages.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom

from .collimation import Field
from .meshes import Floats

_ENERGY = np.array([20.0, 30.0, 40.0, 50.0, 60.0, 80.0, 100.0, 150.0])  # keV
#: mass attenuation coefficients, cm^2/g, at those energies
_ELEMENT = {
    "H": [0.3695, 0.3570, 0.3458, 0.3355, 0.3260, 0.3091, 0.2944, 0.2651],
    "O": [0.8651, 0.3779, 0.2585, 0.2132, 0.1907, 0.1678, 0.1551, 0.1361],
    "S": [6.708, 2.113, 0.9872, 0.5849, 0.4053, 0.2585, 0.2020, 0.1506],
    "Ca": [13.06, 4.080, 1.830, 1.019, 0.6578, 0.3656, 0.2571, 0.1674],
}
_GYPSUM = {"H": 0.0234, "O": 0.5576, "S": 0.1862, "Ca": 0.2328}  # CaSO4 . 2 H2O, by weight
#: material -> (density g/cm^3, mass attenuation coefficients cm^2/g)
_MATERIAL: dict[str, tuple[float, list[float]]] = {
    "bone": (1.92, [4.001, 1.331, 0.6655, 0.4242, 0.3148, 0.2229, 0.1855, 0.1480]),  # cortical, ICRU 44
    "muscle": (1.05, [0.8205, 0.3783, 0.2685, 0.2262, 0.2048, 0.1823, 0.1693, 0.1492]),
    "fat": (0.95, [0.5677, 0.3063, 0.2396, 0.2123, 0.1974, 0.1800, 0.1688, 0.1500]),  # adipose, ICRU 44
    "aluminium": (2.699, [3.441, 1.128, 0.5685, 0.3681, 0.2778, 0.2018, 0.1704, 0.1378]),
    "steel": (7.874, [25.68, 8.176, 3.629, 1.958, 1.205, 0.5952, 0.3717, 0.1964]),  # iron
    "titanium": (4.54, [15.85, 4.972, 2.214, 1.213, 0.7661, 0.4052, 0.2721, 0.1649]),
    "plaster": (0.9, [sum(w * _ELEMENT[e][k] for e, w in _GYPSUM.items()) for k in range(8)]),  # with its pores
}
MATERIALS = tuple(_MATERIAL)
_PHOTONS = 30000.0  # per mm^2 and uGy of air kerma: RQA5 of IEC 62220-1


@dataclass(frozen=True)
class Beam:
    """Tube and patient exposure.

    Parameters
    ----------
    kvp : float
        Tube voltage, kV.
    filter_mm : float
        Total filtration, mm of aluminium.
    exposure_ugy : float
        Air kerma at the detector without a patient in the beam, uGy.
    scatter_ratio : float
        Scatter to primary behind a thick part without a grid; a grid divides it by `grid_factor`.
    scatter_mm : float
        Radius over which scatter spreads, mm (standard deviation).
    grid_factor : float
        1 without a grid, about 4 with one.
    """

    kvp: float = 55.0
    filter_mm: float = 2.5
    exposure_ugy: float = 12.5
    scatter_ratio: float = 0.35
    scatter_mm: float = 14.0
    grid_factor: float = 1.0


@dataclass(frozen=True)
class Detector:
    """What the receptor does to the image.

    Parameters
    ----------
    blur_mm : float
        Standard deviation of the line-spread function, mm (MTF falls to 0.5 at 0.19 / blur cycles per mm).
    efficiency : float
        Detective quantum efficiency at low frequencies, 0 to 1.
    electronic : float
        Electronic noise in quanta per pixel (standard deviation).
    bits : int
        Bits stored per pixel.
    """

    blur_mm: float = 0.12
    efficiency: float = 0.6
    electronic: float = 15.0
    bits: int = 12


@dataclass(frozen=True)
class Processing:
    """What the manufacturer does to the film.

    Parameters
    ----------
    black, white : float
        Grey values (0 to 1) given to the skin's edge and to the densest bone.
    gamma : float
        Power of the grey-scale curve; above 1 darkens the soft tissue.
    edge_gain, edge_mm : float
        Strength and radius of edge enhancement.
    detail_gain, detail_mm : float
        The same for larger structures (multi-scale processing).
    flatten : float
        How far differences over centimetres are evened out, 0 to 1.
    """

    black: float = 0.12
    white: float = 0.92
    gamma: float = 1.0
    edge_gain: float = 0.3
    edge_mm: float = 0.5
    detail_gain: float = 0.25
    detail_mm: float = 3.0
    flatten: float = 0.15


def attenuation(material: str, kev: Floats) -> Floats:
    """Return the linear attenuation coefficient of `material` (1/mm) at energies `kev`.

    >>> attenuation("bone", np.array([60.0])).round(4)
    array([0.0604])
    """
    density, table = _MATERIAL[material]
    return np.asarray(np.exp(np.interp(np.log(kev), np.log(_ENERGY), np.log(table))) * density / 10)


@lru_cache(maxsize=64)
def spectrum(kvp: float, filter_mm: float, bins: int = 6) -> tuple[Floats, Floats]:
    """Return energies (keV) and the share of the detected signal in `bins` bins of equal signal (sums to 1).

    >>> energy, share = spectrum(60.0, 2.5)
    >>> bool(energy.max() < 60), float(share.sum().round(9))
    (True, 1.0)
    """
    e = np.arange(15.0, kvp, 0.5)
    number = (kvp - e) / e
    if kvp > 70:  # K lines of tungsten, growing with the overvoltage (Green and Cosslett 1968, power 1.63)
        lines = 0.06 * (kvp / 69.5 - 1) ** 1.63 * number.sum()
        for kev, part in ((58.0, 0.29), (59.3, 0.5), (67.2, 0.21)):
            number[np.abs(e - kev).argmin()] += lines * part
    signal = number * np.exp(-attenuation("aluminium", e) * filter_mm) * e  # an energy-integrating detector
    edges = np.searchsorted(np.cumsum(signal) / signal.sum(), np.linspace(0, 1, bins + 1)[1:-1])
    parts = [(x.sum(), (x * y).sum() / x.sum()) for x, y in zip(np.split(signal, edges), np.split(e, edges))]
    share, energy = np.array(parts).T
    return energy, share / share.sum()


@njit(cache=True)
def _transmit(paths, mu, share, out):  # type: ignore[no-untyped-def]  # compiled
    materials, n = paths.shape
    for i in range(n):
        something = False
        for m in range(materials):
            something = something or paths[m, i] > 0
        if not something:
            out[i] = 1.0
            continue
        total = 0.0
        for b in range(len(share)):
            a = 0.0
            for m in range(materials):
                a += mu[m, b] * paths[m, i]
            total += share[b] * np.exp(-a)
        out[i] = total


def primary(paths: dict[str, Floats], beam: Beam) -> Floats:
    """Return the primary signal (1 in the open beam) behind path lengths (mm) of each material: Beer and Lambert.

    >>> float(primary({"bone": np.zeros((1, 1))}, Beam())[0, 0].round(9))
    1.0
    """
    energy, share = spectrum(beam.kvp, beam.filter_mm)
    mu = np.array([attenuation(m, energy) for m in paths])
    stack = np.stack([p.ravel() for p in paths.values()])
    shape = next(iter(paths.values())).shape
    out = np.empty(stack.shape[1])
    _transmit(stack, mu, share, out)
    return out.reshape(shape)


def scattered(signal: Floats, beam: Beam, spacing_mm: float) -> Floats:
    """Return the primary signal plus scatter: what every neighbourhood absorbs, a share of it is seen around it."""
    ratio = beam.scatter_ratio / beam.grid_factor
    return signal + ratio * _wide(signal * (1 - signal), beam.scatter_mm / spacing_mm)


def detected(signal: Floats, beam: Beam, detector: Detector, spacing_mm: float, rng: np.random.Generator) -> Floats:
    """Return the signal with quantum noise, detector blur and electronic noise; never below half a quantum."""
    quanta = _PHOTONS * beam.exposure_ugy * detector.efficiency * spacing_mm**2
    noisy = signal + np.sqrt(signal / quanta) * rng.standard_normal(signal.shape)
    noisy = gaussian_filter(noisy, detector.blur_mm / spacing_mm, truncate=3)
    noisy += rng.standard_normal(signal.shape) * (detector.electronic / quanta)
    return np.maximum(noisy, 0.5 / quanta)


def processed(
    signal: Floats,
    body: NDArray[np.bool_],
    bone: NDArray[np.bool_],
    settings: Processing,
    spacing_mm: float,
    field: Field,
) -> Floats:
    """Return grey values 0 to 1 (dense bone bright): logarithm, histogram analysis, multi-scale detail, curve.

    The anatomy (`body`, `bone`: rows x columns) sets the scale, as a manufacturer's histogram analysis would. At the
    leaves of the collimator, detail is not enhanced: the step there would ring.
    """
    density = -np.log(signal)
    low = np.quantile(density[body], 0.04) if body.any() else 0.0
    high = np.quantile(density[bone], 0.985) if bone.any() else low + 1
    scaled = (density - low) / max(high - low, 1e-6)
    level = np.clip(scaled, -0.3, 1.4)
    fine, broad = (
        gaussian_filter(level, settings.edge_mm / spacing_mm, truncate=3),
        _wide(level, settings.detail_mm / spacing_mm),
    )
    flat = _wide(level, 25.0 / spacing_mm)
    grey = (
        scaled
        + settings.edge_gain * (level - fine) * field.away(4 * settings.edge_mm)
        + settings.detail_gain * (level - broad) * field.away(4 * settings.detail_mm)
        - settings.flatten * (flat - flat.mean())
    )
    air = settings.black * np.exp(np.minimum(grey, 0) * 2.5)  # below the skin the curve runs out into a toe
    lit = settings.black + (settings.white - settings.black) * np.maximum(grey, 0) ** settings.gamma
    shoulder = 0.9
    grey = np.where(grey > 0, lit, air)
    over = grey > shoulder
    grey[over] = shoulder + (1 - shoulder) * (1 - np.exp(-(grey[over] - shoulder) / (1 - shoulder)))
    return np.clip(grey, 0, 1)


def _wide(image: Floats, sigma: float) -> Floats:
    """A Gaussian blur; wide ones are made on a coarser grid, where they cost little."""
    step = int(sigma // 3)
    if step < 2:
        return np.asarray(gaussian_filter(image, sigma, truncate=3))
    rows, columns = image.shape
    padded = np.pad(image, ((0, -rows % step), (0, -columns % step)), mode="edge")
    small = padded.reshape(padded.shape[0] // step, step, -1, step).mean(axis=(1, 3))
    small = gaussian_filter(small, sigma / step, truncate=3)
    wide = zoom(small, step, order=1, grid_mode=True, mode="nearest")
    return np.asarray(wide[:rows, :columns])
