"""Films and labels from many sources, in one cases table split by patient."""

from .cases import describe, notes, save_cases
from .errors import DataError
from .packs import pack
from .sources import home, import_films, imported, read_source
from .split import split_by_patient

__all__ = [
    "DataError",
    "describe",
    "home",
    "import_films",
    "imported",
    "notes",
    "pack",
    "read_source",
    "save_cases",
    "split_by_patient",
]
