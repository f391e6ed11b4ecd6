"""PNG, JPEG and TIFF films, and the question whether a colour picture is really grey."""

from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from .display import auto_window
from .errors import RadiographError
from .film import Radiograph
from .geometry import oblong, squared
from .limits import check_size
from .stream import inspect

#: A pixel is coloured when its channels differ by more than this part of the range ...
_CHROMA = 0.08
#: ... and a picture is coloured when more than this part of its pixels is (a coloured stamp on a grey film is not).
_COLOURED = 0.02
#: Rec. 601 luma; for R = G = B it leaves the value as it is.
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def grey(picture: NDArray[Any], full: float) -> NDArray[np.float32]:
    """Return a colour picture that is really grey as one channel.

    Parameters
    ----------
    picture : ndarray, rows x columns x (3 or 4)
        Red, green, blue; a fourth channel (transparency) is left out.
    full : float
        The grey value that stands for white.

    Raises
    ------
    RadiographError
        If more than 2 % of the pixels are coloured.

    Examples
    --------
    >>> grey(np.full((4, 4, 3), 51, np.uint8), 255).shape
    (4, 4)
    """
    rgb = picture[..., :3]
    chroma = rgb.max(axis=2) - rgb.min(axis=2)
    if np.count_nonzero(chroma > _CHROMA * full) > _COLOURED * chroma.size:
        raise RadiographError("radiograph.error.colour")
    out = np.zeros(rgb.shape[:2], np.float32)
    for channel in range(3):
        out += _LUMA[channel] * rgb[..., channel]
    return out


def _film(
    picture: NDArray[Any], source: str, turned: bool = False, bits: int | None = None, dpi: tuple[float, float] = (1, 1)
) -> Radiograph:
    """Make a film of a decoded picture; `dpi` is the density of its pixels across and down."""
    if picture.dtype == bool:
        picture = picture.astype(np.uint8) * np.uint8(255)
    if picture.dtype not in (np.uint8, np.uint16):
        raise RadiographError("radiograph.error.depth")
    bits = bits or 8 * picture.dtype.itemsize
    full = float(2**bits - 1)
    remarks: tuple[str, ...] = ("radiograph.remark.no_header",)
    if picture.ndim == 3 and picture.shape[2] == 2:
        picture = picture[..., 0]
    if picture.ndim == 3 and picture.shape[2] in (3, 4):
        picture = grey(picture, full)
        remarks += ("radiograph.remark.colour",)
    pixels = np.clip(picture.astype(np.float32) / np.float32(full), 0, 1)
    if turned:
        pixels = 1 - pixels
    if min(dpi) > 0 and oblong(1 / dpi[1], 1 / dpi[0]):
        pixels = squared(pixels, 1 / dpi[1], 1 / dpi[0])
        remarks += ("radiograph.remark.squared",)
    return Radiograph(pixels, window=auto_window(pixels), bits=bits, source=source, remarks=remarks)


def read_pillow(data: bytes, name: str) -> Radiograph:
    """Read a PNG or JPEG file, given as bytes; `name` is its format."""
    # Pillow has a limit of its own, and it is another; so the size is read before Pillow opens the file.
    if name == "PNG" and data[12:16] == b"IHDR":
        check_size(int.from_bytes(data[20:24], "big"), int.from_bytes(data[16:20], "big"))
    elif found := inspect(data):
        check_size(found.rows, found.cols)
    with Image.open(BytesIO(data), formats=[name]) as file:
        image: Image.Image = file
        check_size(image.height, image.width)
        frames = getattr(image, "n_frames", 1)
        if frames > 1 and name == "PNG":
            raise RadiographError("radiograph.error.frames", count=frames)
        dpi = _density(image.info.get("dpi"))
        deep = name == "PNG" and data[24:25] == b"\x10"
        if deep and image.mode not in ("I;16", "I;16B", "I"):
            # Pillow cuts 16-bit colour to 8 bits.
            from imagecodecs import png_decode

            return _film(png_decode(data), name, dpi=dpi)
        try:
            image.load()
        except OSError:
            raise RadiographError("radiograph.error.truncated") from None
        turned = ImageOps.exif_transpose(image)
        if turned.size != image.size:
            dpi = dpi[::-1]
        image = turned
        if deep:
            return _film(np.asarray(image).astype(np.uint16), name, dpi=dpi)
        if image.mode not in ("L", "LA", "RGB", "RGBA"):
            image = image.convert("L" if image.mode == "1" else "RGB")
        return _film(np.asarray(image), name, dpi=dpi)


def _density(value: Any) -> tuple[float, float]:
    """Return two densities as finite numbers, (1, 1) where there are none."""
    try:
        across, down = (float(v) for v in value)
    except (TypeError, ValueError, ZeroDivisionError):
        return 1.0, 1.0
    return (across, down) if np.isfinite([across, down]).all() else (1.0, 1.0)


def read_tiff(data: bytes) -> Radiograph:
    """Read a TIFF file of one page, given as bytes."""
    from tifffile import PHOTOMETRIC, TiffFile

    with TiffFile(BytesIO(data)) as tiff:
        page: Any = tiff.pages.first
        if len(tiff.pages) > 1:
            raise RadiographError("radiograph.error.frames", count=len(tiff.pages))
        check_size(page.imagelength, page.imagewidth)
        if page.samplesperpixel > 4 or page.imagedepth > 1 or page.bitspersample > 16:
            raise RadiographError("radiograph.error.depth")
        if page.photometric in (PHOTOMETRIC.PALETTE, PHOTOMETRIC.CFA, PHOTOMETRIC.CIELAB):
            raise RadiographError("radiograph.error.colour")
        picture = page.asarray()
        if page.axes == "SYX":
            picture = np.moveaxis(picture, 0, 2)
        bits = page.bitspersample if 8 < page.bitspersample < 16 else None
        turned = page.photometric == PHOTOMETRIC.MINISWHITE
        return _film(picture, "TIFF", turned, bits, _density(page.get_resolution()))
