"""From stored numbers to grey values: the DICOM chain of unused bits, modality, values of interest and polarity.

PS3.3 C.7.6.3 (stored values), C.11.1 (Modality LUT), C.11.2 (VOI LUT), C.7.6.16 and C.8.11.3 (polarity of CR and DX).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from scipy import ndimage

from .errors import RadiographError
from .header import number, safe, word


@dataclass
class Grey:
    """Grey values on their way: an array, the range they can take, the display window within it, and remarks."""

    values: NDArray[Any]
    low: float
    high: float
    window: tuple[float, float] | None = None
    remarks: tuple[str, ...] = ()
    #: bits that the picture uses, where they are not those that the header says
    bits: int | None = None


def scale(
    stored: NDArray[Any], ds: Dataset, exact: bool
) -> tuple[NDArray[np.float32], tuple[float, float] | None, Grey]:
    """Bring the stored numbers of one grey frame to 0..1 over the range they can take, dense bone bright.

    A linear rescale changes nothing but the units, so 0 and 1 are the ends of the stored range. A look-up table
    (modality or VOI) and a SIGMOID are curves: they are applied, and 0 and 1 are the ends of what they can give. A
    window of centre and width is not applied, because it would cut grey values off; it is returned as the display
    window.

    Parameters
    ----------
    stored : ndarray of integers, rows x columns
        As decoded.
    ds : Dataset
        The header.
    exact : bool
        Whether the numbers are bit for bit those of the file (uncompressed or RLE). Their unused bits may then hold
        anything and are cleared; a decoder of lossy pictures may overshoot the range instead, and is cut off.

    Returns
    -------
    pixels : ndarray of float32
        Between 0 and 1.
    window : (low, high) or None
        Display window, 0 to 1, from Window Center and Width.
    grey : Grey
        Its `remarks`.
    """
    grey = _stored(stored, ds, exact)
    padding = _padding(grey, ds)
    _modality(grey, ds)
    _values_of_interest(grey, ds)
    span = grey.high - grey.low
    pixels = grey.values.astype(np.float32)
    pixels -= np.float32(grey.low)
    pixels /= np.float32(span)
    window = None if grey.window is None else tuple((edge - grey.low) / span for edge in grey.window)
    if _turned(ds):
        np.subtract(np.float32(1), pixels, out=pixels)
        window = None if window is None else (1 - window[1], 1 - window[0])
    np.clip(pixels, 0, 1, out=pixels)
    if padding is not None:
        pixels[padding] = 0
    return pixels, _inside(window, grey), grey


def stored_bits(ds: Dataset) -> int:
    """Return the stored bits per pixel.

    Raises
    ------
    RadiographError
        If they are fewer than 2, more than 16, or more than are allocated.
    """
    allocated, bits = number(ds, "BitsAllocated"), number(ds, "BitsStored")
    bits = allocated if bits is None else bits
    if bits is None or allocated is None or not 2 <= bits <= min(16, allocated):
        raise RadiographError("radiograph.error.depth")
    return int(bits)


def _stored(stored: NDArray[Any], ds: Dataset, exact: bool) -> Grey:
    """Clear or cut off what lies outside the stored bits, unless the picture itself goes on there."""
    bits = stored_bits(ds)
    signed = number(ds, "PixelRepresentation") == 1
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    # A code stream without a sign (JPEG lossless): its upper half stands for the negative numbers.
    unsigned_stream = signed and not exact and int(stored.min()) >= 0 and int(stored.max()) > high
    if not exact and not unsigned_stream:
        # A lossy decoder overshoots by a little; a picture that goes on far above has more bits than its header says.
        if int(stored.max()) > high + (high - low) // 8:
            return _wider(stored, low)
        return Grey(np.clip(stored, low, high), low, high)
    # Old writers put the lowest bit of the picture above bit 0.
    below = max(0, int(number(ds, "HighBit") or 0) + 1 - bits) if exact else 0
    above = 8 * stored.itemsize - bits - below
    if above < 0:
        raise RadiographError("radiograph.error.depth")
    kind = "i" if signed else "u"
    # Out at the top what lies above the picture, back down with the sign, out at the bottom what lies below it.
    values = (stored << above).astype(f"{kind}{stored.itemsize}", copy=False) >> (above + below)
    if above > 0 and not below and not signed and int(stored.max()) > high and _smoother(stored, values):
        return _wider(stored, low)
    return Grey(values, low, high)


def _wider(stored: NDArray[Any], low: int) -> Grey:
    """Read all the bits that the picture uses, and ask: the header says fewer."""
    bits = int(stored.max()).bit_length()
    return Grey(stored, low, 2**bits - 1, remarks=("radiograph.doubt.bits",), bits=bits)


def _smoother(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Tell whether `one` is the smoother reading of the same pixels.

    Numbers that wrapped round jump where the picture is smooth, and foreign bits where they begin and end. Only pairs
    of neighbours count whose step is another in the two readings.
    """
    steps = [np.abs(np.diff(v.astype(np.int32), axis=axis)) for axis in (0, 1) for v in (one, other)]
    less = sum(np.count_nonzero(a < b) for a, b in (steps[:2], steps[2:]))
    more = sum(np.count_nonzero(a > b) for a, b in (steps[:2], steps[2:]))
    return bool(less > more)


def settle_sign(picture: NDArray[Any], ds: Dataset) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Return a picture whose header does not say whether it is signed, as the smoother of the two, and a question."""
    if picture.dtype.kind != "u":
        return picture, ()
    unused = 8 * picture.itemsize - stored_bits(ds)
    signed = (picture << unused).astype(f"i{picture.itemsize}") >> unused
    if not _smoother(signed, picture & (2 ** stored_bits(ds) - 1)):
        return picture, ()
    ds.PixelRepresentation = 1
    return signed, ("radiograph.doubt.sign",)


def _padding(grey: Grey, ds: Dataset) -> NDArray[np.bool_] | None:
    """Return where the picture was padded to a rectangle, or None.

    Padding lies at the border. Where its value is an end of the range, metal or dense bone that runs off the film has
    it too: then only what fills a corner is padding.
    """
    first = number(ds, "PixelPaddingValue")
    if first is None:
        return None
    last = number(ds, "PixelPaddingRangeLimit")
    low, high = sorted(_as_stored(v, grey) for v in (first, first if last is None else last))
    mask = (grey.values >= low) & (grey.values <= high)
    if not mask.any():
        return None
    parts, _ = ndimage.label(mask)
    if high >= grey.high or low <= grey.low or not ((grey.values < low).any() and (grey.values > high).any()):
        edge = [parts[0, 0], parts[0, -1], parts[-1, 0], parts[-1, -1]]
    else:
        edge = [*parts[0], *parts[-1], *parts[:, 0], *parts[:, -1]]
    mask = np.isin(parts, np.unique([part for part in edge if part]))
    return mask if mask.any() else None


def _as_stored(value: float, grey: Grey) -> float:
    """Bring a padding value to the range of the stored numbers: it may be written with another sign or more bits."""
    if value <= grey.high:
        return value
    span = grey.high - grey.low + 1
    return (value - grey.low) % span + grey.low


def _table(item: Any, values: NDArray[Any]) -> tuple[NDArray[np.float32], int] | None:
    """Look `values` up in a LUT Sequence item; return what comes out and its bits, or None where the item is broken."""
    try:
        count, first, bits = (int(v) for v in item.LUTDescriptor)
        data = item["LUTData"].value
        entries = np.frombuffer(data, "<u2") if isinstance(data, bytes) else np.asarray(data, np.int64).reshape(-1)
        count = count or 65536
        if isinstance(data, bytes) and bits <= 8 and len(data) in (count, count + 1):
            entries = np.frombuffer(data, np.uint8)
    except Exception:  # a missing or malformed table, in whatever way
        return None
    if entries.size < count or not 1 <= bits <= 16 or count < 2:
        return None
    entries = entries[:count].astype(np.float32)
    # Descriptors that promise 8 bits over a table of 12 exist, and 16 over a table of 12; believe the table.
    bits = max(1, int(entries.max()).bit_length())
    # The descriptor's first input is written as unsigned even where the picture is signed.
    if first > 32767 and int(values.min()) < 0:
        first -= 65536
    index = np.clip(np.rint(values).astype(np.int32) - first, 0, count - 1)
    return entries[index], bits


def _modality(grey: Grey, ds: Dataset) -> None:
    item = safe(ds, "ModalityLUTSequence")
    if item is not None:
        looked_up = _table(item, grey.values)
        if looked_up is not None:
            grey.values, bits = looked_up
            grey.low, grey.high = 0, 2**bits - 1
            return
        grey.remarks += ("radiograph.remark.lut_broken",)
    slope, intercept = number(ds, "RescaleSlope"), number(ds, "RescaleIntercept")
    if slope is None or not 1e-9 < abs(slope) < 1e9 or abs(intercept or 0.0) > 1e9:
        return
    if slope != 1 or intercept:
        offset = intercept or 0.0
        grey.values = grey.values * slope + offset
        grey.low, grey.high = sorted((grey.low * slope + offset, grey.high * slope + offset))


def _values_of_interest(grey: Grey, ds: Dataset) -> None:
    item = safe(ds, "VOILUTSequence")
    if item is not None:
        looked_up = _table(item, grey.values)
        if looked_up is not None:
            grey.values, bits = looked_up
            grey.low, grey.high = 0, 2**bits - 1
            grey.remarks += ("radiograph.remark.voi_curve",)
            if bits != int(item.LUTDescriptor[2]):
                grey.remarks += ("radiograph.remark.voi_range",)
            grey.window = (0, 2**bits - 1)
            return
        grey.remarks += ("radiograph.remark.lut_broken",)
    center, width = number(ds, "WindowCenter"), number(ds, "WindowWidth")
    if center is None or width is None:
        return
    function = word(ds, "VOILUTFunction") or "LINEAR"
    if width <= 0 or abs(center) > 1e9 or width > 1e9:
        grey.remarks += ("radiograph.remark.window_ignored",)
    elif function == "SIGMOID":
        grey.values = 1 / (1 + np.exp(np.clip(-4 * (grey.values - np.float64(center)) / width, -60, 60)))
        grey.low, grey.high, grey.window = 0, 1, (0, 1)
        grey.remarks += ("radiograph.remark.voi_curve",)
    elif function == "LINEAR_EXACT":
        grey.window = (center - width / 2, center + width / 2)
    else:
        half = max(width - 1, 1e-3) / 2
        grey.window = (center - 0.5 - half, center - 0.5 + half)


def _turned(ds: Dataset) -> bool:
    """Tell whether large values stand for black: said once or twice over, the picture is turned once.

    DX images must carry MONOCHROME1 together with the presentation LUT shape INVERSE. Raw detector data (FOR
    PROCESSING) say by the sign of the intensity relationship whether more X-rays, hence less bone, give larger values.
    """
    if word(ds, "PhotometricInterpretation") == "MONOCHROME1" or word(ds, "PresentationLUTShape") == "INVERSE":
        return True
    raw = word(ds, "PresentationIntentType") == "FOR PROCESSING"
    return raw and number(ds, "PixelIntensityRelationshipSign") == 1


def contradictory(ds: Dataset) -> bool:
    """Tell whether the header says of the polarity one thing in one place and another elsewhere.

    >>> ds = Dataset()
    >>> ds.PhotometricInterpretation, ds.PresentationLUTShape = "MONOCHROME1", "IDENTITY"
    >>> contradictory(ds)
    True
    """
    shape, slope = word(ds, "PresentationLUTShape"), number(ds, "RescaleSlope")
    expected = {"MONOCHROME1": "INVERSE", "MONOCHROME2": "IDENTITY"}.get(word(ds, "PhotometricInterpretation") or "")
    return (shape is not None and shape != expected) or (slope is not None and slope < 0)


def _inside(window: tuple[float, ...] | None, grey: Grey) -> tuple[float, float] | None:
    """Cut the window to the range of the grey values; None where the two do not meet."""
    if window is None:
        return None
    low, high = max(0.0, window[0]), min(1.0, window[1])
    if high - low > 1e-5:
        return float(low), float(high)
    grey.remarks += ("radiograph.remark.window_ignored",)
    return None
