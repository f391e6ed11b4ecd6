"""One radiograph: read it whatever it came in, display it, check it, take the patient's name off it.

>>> from io import BytesIO
>>> from PIL import Image
>>> png = BytesIO()
>>> Image.new("L", (40, 30), 51).save(png, "PNG")
>>> film = read(png.getvalue())
>>> film.pixels.shape, round(float(film.pixels.max()), 3), film.spacing_mm
((30, 40), 0.2, None)
"""

from typing import TYPE_CHECKING, Any

from .checks import Finding, quality
from .display import auto_window, window
from .errors import RadiographError
from .film import Radiograph
from .lettering import black_out, lettering
from .reading import read

if TYPE_CHECKING:
    from .privacy import Action, Report, deidentify

__all__ = [
    "Action",
    "Finding",
    "Radiograph",
    "RadiographError",
    "Report",
    "auto_window",
    "black_out",
    "deidentify",
    "lettering",
    "quality",
    "read",
    "window",
]


def __getattr__(name: str) -> Any:
    """De-identification loads pydicom and the table of the standard; who only reads a PNG does not wait for it."""
    if name in ("Action", "Report", "deidentify"):
        from . import privacy

        return getattr(privacy, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
