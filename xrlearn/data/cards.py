"""Dataset cards: what a public data set is, what its licence allows, and how to get it."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    StringConstraints,
    ValidationError,
    model_validator,
)

from .. import locale, paths
from .errors import DataError
from .labels import LABELS

Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _in_every(said: dict[str, str]) -> dict[str, str]:
    if missing := [lang for lang in locale.WRITTEN if lang not in said]:
        raise ValueError(f"says nothing in {', '.join(missing)}")
    return said


class Text(RootModel[Annotated[dict[str, Filled], AfterValidator(_in_every)]]):
    """One string in every language; ``str()`` gives it in the one in use."""

    model_config = ConfigDict(frozen=True)

    def __str__(self) -> str:
        return locale.pick(self.root)


class Licence(_Part):
    """What the publisher allows, in one plain sentence."""

    name: Filled
    sentence: Text
    #: whether the sentence was checked against the publisher's own page
    verified: bool


class File(_Part):
    """One file to download."""

    url: AnyHttpUrl
    name: Annotated[str, StringConstraints(pattern=r"^[\w .+-]+\.(zip|csv)$")]
    #: exact size in bytes, where known
    size: int | None = Field(default=None, gt=0)
    #: ``md5:...`` or ``sha256:...``, where known
    checksum: Annotated[str, StringConstraints(pattern=r"^(md5:[0-9a-f]{32}|sha256:[0-9a-f]{64})$")] | None = None


class Labels(_Part):
    """Published counts of one label's values."""

    counted: Literal["images", "studies", "knees"]
    counts: dict[str, int]


class DataCard(_Part):
    """A public data set.

    Attributes
    ----------
    access : {"download", "browser", "form"}
        Whether ``xrlearn data get`` fetches it, or a person must in a browser, or after an application.
    mapping : dict
        Published column (or folder) -> column of the cases table.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$")]
    title: Text
    #: names of the tasks that its labels answer, see :func:`xrlearn.tasks`; none where no task asks for them
    tasks: list[Filled] = []
    body_parts: list[Filled] = Field(min_length=1)
    #: of a table without films none
    views: list[Filled] = []
    #: films, or rows of a table
    images: int = Field(gt=0)
    patients: int | None = Field(default=None, gt=0)
    labels: dict[str, Labels] = {}
    citation: Filled
    doi: Annotated[str, StringConstraints(pattern=r"^10\.\d{4,}/\S+$")] | None = None
    licence: Licence
    landing: AnyHttpUrl
    access: Literal["download", "browser", "form"]
    how_to: Text
    download_gb: float | None = Field(default=None, gt=0)
    files: list[File] = []
    layout: Filled
    mapping: dict[str, str] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> "DataCard":
        if (self.access == "download") != bool(self.files and self.download_gb):
            raise ValueError("files and download_gb belong to access = 'download', and only there")
        if unknown := set(self.labels) - set(LABELS):
            raise ValueError(f"no label columns: {unknown}")
        return self


def names() -> list[str]:
    """Return the names of all public data sets that have a card."""
    return sorted(file.parent.name for file in paths.DATASETS.glob("*/card.toml"))


def asked_by(task: str) -> tuple[str, ...]:
    """Return the data sets whose labels answer a task, by name.

    Examples
    --------
    >>> asked_by("cobb-angle")
    ('aasce-spine',)
    """
    return tuple(name for name in names() if task in data_card(name).tasks)


def data_card(name: str) -> DataCard:
    """Return the card of data set `name`.

    Raises
    ------
    DataError
        If there is none, or it is not a valid card.

    Examples
    --------
    >>> data_card("fracatlas").images
    4083
    """
    if name not in names():
        raise DataError("unknown_set", name=name, known=", ".join(names()))
    file = paths.DATASETS / name / "card.toml"
    return _read(file, file.stat().st_mtime_ns)


@lru_cache
def _read(file: Path, changed: int) -> DataCard:
    """Read a card once for every change of its file."""
    name = file.parent.name
    try:
        found = DataCard.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise DataError("bad_card", name=name, reason=str(error).splitlines()[0]) from error
    if found.name != name:
        raise DataError("bad_card", name=name, reason=f"name = {found.name!r}")
    return found
