"""The label columns of a cases table: what each is called, which values it takes, and what sources call it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from .errors import DataError


@dataclass(frozen=True)
class Label:
    """One label column.

    Attributes
    ----------
    low, high : float
        Smallest and largest value allowed.
    whole : bool
        True for classes and grades (whole numbers), False for measurements.
    aliases : tuple of str
        Column names that published tables use for it.
    words : mapping
        What a class may be called instead of its number, in lower case.
    """

    low: float
    high: float
    whole: bool = True
    aliases: tuple[str, ...] = ()
    words: Mapping[str, int] = field(default_factory=dict)


_NO_YES = {"false": 0, "no": 0, "n": 0, "否": 0, "无": 0, "true": 1, "yes": 1, "y": 1, "是": 1, "有": 1}

#: standard column -> what it holds; angles in degrees, bone age in months
LABELS: dict[str, Label] = {
    "fracture": Label(
        0,
        1,
        aliases=("fractured", "fracture_visible"),
        words=_NO_YES | {"normal": 0, "no fracture": 0, "fracture": 1, "fractured": 1, "正常": 0, "骨折": 1},
    ),
    "left_side": Label(0, 1, words={"r": 0, "right": 0, "右": 0, "l": 1, "left": 1, "左": 1}),
    "body_part": Label(0, 5),
    "film_view": Label(0, 2),
    "abnormal": Label(0, 1, words=_NO_YES | {"negative": 0, "normal": 0, "positive": 1, "abnormal": 1}),
    "kl": Label(0, 4, aliases=("kl_grade",)),
    "neer": Label(
        0,
        4,
        words={
            "none": 0,
            "normal": 0,
            "greater tuberosity": 1,
            "surgical neck": 2,
            "3-part": 3,
            "4-part": 4,
            "正常": 0,
            "大结节": 1,
            "外科颈": 2,
            "三部分": 3,
            "四部分": 4,
        },
    ),
    "osteoporosis": Label(
        0, 2, words={"normal": 0, "osteopenia": 1, "osteoporosis": 2, "正常": 0, "骨量减少": 1, "骨质疏松": 2}
    ),
    "scoliosis": Label(0, 1, words=_NO_YES | {"normal": 0, "scoliosis": 1, "正常": 0, "脊柱侧凸": 1}),
    "tumour": Label(0, 2, words={"none": 0, "slow": 1, "fast": 2}),
    "future_oa": Label(0, 1, words=_NO_YES),
    "reported_fracture": Label(0, 1, words=_NO_YES),
    "osteoarthritis": Label(0, 1, words=_NO_YES),
    "future_hip_fracture": Label(0, 1, words=_NO_YES),
    "bone_age": Label(0, 300, whole=False, aliases=("bone_age_months", "boneage", "bone age (months)")),
    "insall_salvati": Label(0.1, 4, whole=False),
    "cobb": Label(0, 180, whole=False, aliases=("max_cobb_deg", "cobb_deg")),
    "lordosis": Label(-60, 150, whole=False, aliases=("lordosis_l1_l5_deg",)),
    "kyphosis": Label(-60, 150, whole=False, aliases=("kyphosis_t4_t12_deg",)),
    "sacral_slope": Label(-60, 120, whole=False, aliases=("sacral_slope_deg",)),
    "pelvic_tilt": Label(-60, 90, whole=False, aliases=("pelvic_tilt_deg",)),
    "pelvic_incidence": Label(0, 150, whole=False, aliases=("pelvic_incidence_deg",)),
}

_SEXES = {
    **dict.fromkeys(("f", "female", "girl", "woman", "w", "0", "0.0", "女"), "F"),
    **dict.fromkeys(("m", "male", "boy", "man", "1", "1.0", "男"), "M"),
}


def sex_of(value: object) -> str | None:
    """Return the sex that tables and people write in many ways as F or M; numbers say whether it is male.

    Examples
    --------
    >>> [sex_of(value) for value in ("F", "female", 1, "男", "unknown")]
    ['F', 'F', 'M', 'M', None]
    """
    return _SEXES.get(str(value).strip().lower())


def males(rows: pd.DataFrame) -> list[float]:
    """Return 1 for each male film and 0 for each female one.

    Raises
    ------
    DataError
        If the sex of one is none that is known.
    """
    told = rows["sex"] if "sex" in rows else [""] * len(rows)
    known = [sex_of(value) for value in told]
    for value, sex in zip(told, known):
        if sex is None:
            raise DataError("bad_sex", value=value)
    return [float(sex == "M") for sex in known]


def name_labels(table: pd.DataFrame, wanted: str | None = None) -> pd.DataFrame:
    """Rename published label columns to the standard names.

    A column that is only called ``label`` becomes `wanted`, or else the standard label whose words it holds.

    Parameters
    ----------
    table : pandas.DataFrame
        Text, as read from a file.
    wanted : str, optional
        Standard name of the label that is needed.

    Examples
    --------
    >>> list(name_labels(pd.DataFrame({"fractured": ["1"]})))
    ['fracture']
    >>> list(name_labels(pd.DataFrame({"label": ["normal", "osteopenia"]})))
    ['osteoporosis']
    """
    lower = {str(column).lower(): column for column in table}
    renamed = {}
    for name, label in LABELS.items():
        known = [lower[alias] for alias in (name, *label.aliases) if alias in lower]
        if known:
            renamed[known[0]] = name
    if "label" in lower and wanted not in renamed.values():
        meant = wanted if wanted in LABELS else _from_words(table[lower["label"]])
        if meant:
            renamed[lower["label"]] = meant
    return table.rename(columns=renamed)


def _from_words(column: pd.Series) -> str | None:
    values = {value.lower() for value in column if value}
    fitting = [name for name, label in LABELS.items() if values and values <= set(label.words)]
    return fitting[0] if len(fitting) == 1 else None


def parse_label(column: pd.Series, where: str, *, required: bool = False) -> pd.Series:
    """Turn a label column of text into numbers.

    Parameters
    ----------
    column : pandas.Series of str
        Its name is a standard label; its index holds the rows' numbers in the file, for messages.
    where : str
        Name of the file, for messages.
    required : bool
        Refuse blank cells.

    Returns
    -------
    pandas.Series
        int for classes and grades without blanks, float otherwise; blank cells are NaN.

    Raises
    ------
    DataError
        At the first cell that is no value of this label.

    Examples
    --------
    >>> parse_label(pd.Series(["1", "no", "True"], name="fracture"), "labels.csv").tolist()
    [1, 0, 1]
    """
    label = LABELS[str(column.name)]
    numbers: list[float] = []
    for row, cell in column.items():
        if not cell.strip():
            if required:
                raise DataError("blank_label", row=row, file=where, column=column.name)
            numbers.append(float("nan"))
            continue
        value = _number(cell, label)
        if value is None:
            expected = f"{label.low:g}-{label.high:g}"
            raise DataError("bad_label", row=row, file=where, column=column.name, value=cell[:40], expected=expected)
        numbers.append(value)
    parsed = pd.Series(numbers, index=column.index, name=column.name, dtype=float)
    return parsed.astype(int) if label.whole and parsed.notna().all() else parsed


def _number(cell: str, label: Label) -> float | None:
    if cell.strip().lower() in label.words:
        return label.words[cell.strip().lower()]
    try:
        value = float(cell)
    except ValueError:
        return None
    fits = label.low <= value <= label.high and (value == int(value) or not label.whole)
    return value if fits else None
