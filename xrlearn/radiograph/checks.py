"""Is this film fit to be read? Checks of the picture itself, on a small copy."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..locale import text
from .display import field as exposed
from .display import small
from .film import CONFIRMED, DOUBT, Radiograph
from .lettering import lettering

#: Shorter side below which details of bone are lost, pixels.
MIN_SIDE = 128
#: Fewer distinguishable grey levels than this between the 1st and the 99th percentile: contours appear as steps.
MIN_LEVELS = 32
#: Part of the exposed field that may be burned out (equal to the brightest value).
MAX_WHITE = 0.35
#: Part of the film that may be flat border (collimator, padding, paper).
MAX_BORDER = 0.5


@dataclass(frozen=True)
class Finding:
    """One thing that speaks against the film: the catalogue key and what fills its placeholders."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The finding as one sentence in the language in use."""
        return text(self.key, **self.values)

    @property
    def asks(self) -> bool:
        """Whether this is a question that a reader settles before any model answers.

        :meth:`Radiograph.confirmed` is the reader's answer.
        """
        return self.key.startswith(DOUBT) or self.key == "radiograph.quality.inverted"


def quality(radiograph: Radiograph) -> list[Finding]:
    """Return what speaks against relying on this film: questions first, then most serious first; often nothing.

    A finding that ``asks`` is about what the grey values or the geometry mean, and a reader settles it.

    The checks are screening rules, not measurements of quality. How often they were right on public films:

    - inverted: 74 of 74 turned knees, none of 5,116 upright ones (knee pack, not used in fitting the weights); alarm on
      13 of 3,219 limbs (FracAtlas), and on 3,167 of their negatives; on none of 420 simulated films of seven regions,
      and on 417 of theirs. Chest films were not studied.
    - text: see ``python benchmarks/lettering.py``; its ``boxes`` can be handed to :func:`black_out`.
    - foreign and border: 1 and 14 of the 3,219 limbs. contrast, white, small and cut have no truth to be measured
      against; none of them fired on these limbs. In all, 33 of 3,219 limbs had a finding.

    A film of 320 pixels takes 16 ms (CPU) to read and check, one of 1,024 rows 180 ms. It is checked once, however
    often that is asked while it is in memory.

    Parameters
    ----------
    radiograph : Radiograph

    Returns
    -------
    list of Finding

    Examples
    --------
    >>> [f.key for f in quality(Radiograph(np.zeros((300, 300), np.float32)))]
    ['radiograph.quality.blank']
    >>> print(quality(Radiograph(np.zeros((300, 300), np.float32)))[0].text)
    The film has one grey value only: nothing is to be seen on it.
    """
    if radiograph not in _FOUND:
        _FOUND[radiograph] = _check(radiograph)
    return list(_FOUND[radiograph])


#: What was found of films that are in memory: a page asks when it shows a film, and again when a model reads it.
_FOUND: WeakKeyDictionary[Radiograph, list[Finding]] = WeakKeyDictionary()


def _check(radiograph: Radiograph) -> list[Finding]:
    findings = [Finding(key) for key in radiograph.remarks if key.startswith(DOUBT)]
    if np.ptp(radiograph.pixels) == 0:
        return [*findings, Finding("radiograph.quality.blank")]
    copy = small(radiograph.pixels)
    findings += [finding for check in _CHECKS if (finding := check(radiograph, copy)) is not None]
    if CONFIRMED in radiograph.remarks:
        findings = [finding for finding in findings if not finding.asks]
    findings.sort(key=lambda finding: not finding.asks)
    if "radiograph.remark.burned_in" in radiograph.remarks and all(
        f.key != "radiograph.quality.text" for f in findings
    ):
        findings.append(Finding("radiograph.quality.text"))
    return findings


def _foreign(film: Radiograph, copy: NDArray[np.float32]) -> Finding | None:
    """Noise (neighbouring pixels unrelated) or a page of print (two grey values) is no radiograph."""
    low, high = np.percentile(copy[::2, ::2], (0.5, 99.5))
    page = np.mean((copy < low + 0.1 * (high - low)) | (copy > high - 0.1 * (high - low))) > 0.97
    middle = film.pixels[film.pixels.shape[0] // 4 :][:256, :-1]
    beside = film.pixels[film.pixels.shape[0] // 4 :][:256, 1:]
    rough = float(np.mean((middle - beside) ** 2)) if middle.size else 0.0
    # For unrelated neighbours the squared difference is twice the variance, for a picture a small part of it.
    noise = middle.size > 256 and rough > max(1e-6, float(middle.var()))
    return Finding("radiograph.quality.foreign") if page or noise else None


#: Weights of :func:`inversion`: mean, middle against sides, fine lines, broad lines, extremes.
_INVERSION = np.array([4.6, -5.0, -3.8, -0.8, 4.8])


def inversion(pixels: NDArray[np.float32]) -> float:
    """Return the probability, 0 to 1, that bone is dark in these pixels.

    Logistic regression without intercept on five measures that change sign when the grey scale is turned, so that
    ``inversion(1 - pixels) == 1 - inversion(pixels)``: mean grey value; middle of the film against its left and right
    edge; skewness of fine (1 to 2 pixels) and of broad lines (4 to 8), since trabeculae and cortices are bright lines;
    white against black pixels. All after stretching the 1st to 99th percentile to -1 to 1, at most 256 pixels long.
    The weights were fitted to 2,806 films of hands, limbs, spines and knees and to their negatives.

    Examples
    --------
    >>> rows, cols = np.mgrid[-1:1:200j, -1:1:200j]
    >>> leg = np.exp(-(cols**2) / 0.1).astype(np.float32)
    >>> inversion(leg) < 0.05, inversion(1 - leg) > 0.95
    (True, True)
    """
    x = _unframed(small(pixels, 256))
    low, high = np.percentile(x, (1, 99))
    if high - low < 1e-4:
        return 0.5
    x = np.clip((2 * x - low - high) / (high - low), -1, 1)
    rows, cols = x.shape
    edge = max(2, min(rows, cols) // 16)
    middle = x[rows // 4 : max(3 * rows // 4, rows // 4 + 1), cols // 4 : max(3 * cols // 4, cols // 4 + 1)]
    measures = [float(x.mean()), float(np.median(middle) - np.median(np.hstack([x[:, :edge], x[:, -edge:]])))]
    for sigma in (1, 4):
        lines = ndimage.gaussian_filter(x, sigma) - ndimage.gaussian_filter(x, 2 * sigma)
        lines = lines / (lines.std() + 1e-6)
        measures.append(float(np.tanh((lines**3).mean() / 2)))
    measures.append(float((x > 0.9).mean() - (x < -0.9).mean()))
    return float(1 / (1 + np.exp(-_INVERSION @ measures)))


def _unframed(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a film without its white or black frame: what the collimator hid, or the edge of a cassette.

    A side loses up to an eighth of the film, as long as half of the next line is black or white; a frame may be tilted.
    """
    low, high = float(x.min()), float(x.max())
    room = 0.02 * (high - low)
    extreme = (x < low + room) | (x > high - room)

    def first(lines: NDArray[np.floating]) -> int:
        limit = len(lines) // 8
        kept = np.flatnonzero(lines[:limit] <= 0.5)
        return int(kept[0]) if len(kept) else limit

    rows, cols = extreme.mean(1), extreme.mean(0)
    return x[first(rows) : len(rows) - first(rows[::-1]), first(cols) : len(cols) - first(cols[::-1])]


def _inverted(film: Radiograph, copy: NDArray[np.float32]) -> Finding | None:
    return Finding("radiograph.quality.inverted") if inversion(copy) > 0.8 else None


def _small(film: Radiograph, copy: NDArray[np.float32]) -> Finding | None:
    rows, cols = film.pixels.shape
    if min(rows, cols) >= MIN_SIDE:
        return None
    return Finding("radiograph.quality.small", {"rows": rows, "cols": cols, "limit": MIN_SIDE})


def _faint(film: Radiograph, copy: NDArray[np.float32]) -> Finding | None:
    low, high = np.percentile(copy[exposed(copy)], (1, 99))
    levels = int((high - low) * (2**film.bits - 1))
    return Finding("radiograph.quality.contrast", {"levels": levels}) if levels < MIN_LEVELS else None


def _burned_out(film: Radiograph, copy: NDArray[np.float32]) -> Finding | None:
    inside = copy[exposed(copy)]
    share = float(np.mean(inside >= copy.max() - 0.002))
    return Finding("radiograph.quality.white", {"share": round(100 * share)}) if share > MAX_WHITE else None


def _border(film: Radiograph, copy: NDArray[np.float32]) -> Finding | None:
    inside = copy[exposed(copy)].size / copy.size
    return (
        Finding("radiograph.quality.border", {"share": round(100 * (1 - inside))}) if inside < 1 - MAX_BORDER else None
    )


def _cut(film: Radiograph, copy: NDArray[np.float32]) -> Finding | None:
    """The part shows no background on any side: each edge of the film is mostly as bright as the brighter half."""
    low, high = np.percentile(copy, (1, 99))
    body = copy > low + 0.35 * (high - low)
    sides = (body[:2], body[-2:], body[:, :2], body[:, -2:])
    return Finding("radiograph.quality.cut") if min(float(side.mean()) for side in sides) > 0.6 else None


def _text(film: Radiograph, copy: NDArray[np.float32]) -> Finding | None:
    boxes = lettering(film.pixels)
    return Finding("radiograph.quality.text", {"boxes": boxes}) if boxes else None


_CHECKS: tuple[Callable[[Radiograph, NDArray[np.float32]], Finding | None], ...] = (
    _foreign,
    _inverted,
    _text,
    _small,
    _faint,
    _burned_out,
    _border,
    _cut,
)
