"""Public tables without films: people whose fractures are known, reports that somebody has labelled; a row each.

What they call a fracture is not what the task asks: GLOW's is any fracture in the first year, NHANES' a hip fracture
that people remember, before the record was made, and Open-i's reports are of chests. Column ``outcome`` says so, and
nobody should forget it.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..locale import text
from .cards import asked_by
from .errors import DataError
from .sources import home
from .split import split_by_patient


def _glow(table: pd.DataFrame) -> pd.DataFrame:
    """GLOW500 (Hosmer, Lemeshow & Sturdivant 2013): women of 55 and more, fractures oversampled to a quarter."""
    names = {"priorfrac": "previous_fracture", "momfrac": "parent_hip_fracture", "smoke": "smoker"}
    people = table[["sub_id", "age", "bmi", "fracture", *names]].rename(columns=names)
    yes = {"Yes": 1, "No": 0}
    for column in (*names.values(), "fracture"):
        people[column] = people[column].map(yes)
    people = people.rename(columns={"sub_id": "patient", "fracture": "future_hip_fracture"})
    return people.assign(sex="F")


def _nhanes(table: pd.DataFrame) -> pd.DataFrame:
    """NHANES 2013-14 and 2017-March 2020: adults of 40 and more, a hip fracture that they remember."""
    mother, father = table["mother_fractured_hip"], table["father_fractured_hip"]
    past = table[["prior_wrist_fracture", "prior_spine_fracture", "other_fracture_after20"]].max(axis=1)
    return pd.DataFrame(
        {
            "patient": table["seqn"],
            "age": table["age"],
            "sex": table["sex"],
            "bmi": table["bmi"],
            "smoker": table["current_smoker"],
            "glucocorticoids": table["glucocorticoid_daily_ever"],
            "parent_hip_fracture": pd.concat([mother, father], axis=1).max(axis=1),
            "previous_fracture": past,
            "future_hip_fracture": table["prior_hip_fracture"],
        }
    )


def _openi(table: pd.DataFrame) -> pd.DataFrame:
    """Open-i's chest reports (Demner-Fushman et al. 2016): whether a person indexed them under "Fractures, Bone"."""
    said = table[["findings", "impression"]].fillna("").agg(" ".join, axis=1).str.strip()
    found = pd.DataFrame({"patient": table["report_id"], "report": said, "reported_fracture": table["fracture_mesh"]})
    return found[said != ""]


@dataclass(frozen=True)
class _Register:
    """A published table: its file, how it is told from others, and how it becomes a task's."""

    file: str
    columns: tuple[str, ...]
    tidy: Callable[[pd.DataFrame], pd.DataFrame]


#: data set -> its table
REGISTERS = {
    "glow500": _Register("glow500.csv", ("sub_id", "priorfrac", "momfrac", "smoke", "fracture"), _glow),
    "nhanes": _Register("nhanes_fracture_risk.csv", ("seqn", "prior_hip_fracture", "current_smoker"), _nhanes),
    "openi-reports": _Register("openi_chest_reports.csv", ("report_id", "findings", "fracture_mesh"), _openi),
}


def imported_registers() -> list[str]:
    """Return the names of the tables that were imported on this machine.

    Examples
    --------
    >>> set(imported_registers()) <= set(REGISTERS)
    True
    """
    return [name for name in REGISTERS if (home() / name / "table.csv").is_file()]


def _file(name: str) -> Path:
    """Where a table lies: imported, or in the folder of packs that lie ready (:mod:`.packs`)."""
    own = home() / name / "table.csv"
    return own if own.is_file() else Path(os.environ.get("XRLEARN_FILMS") or ".") / "tables" / REGISTERS[name].file


def register_there(name: str) -> bool:
    """Say whether a register's table lies on this machine.

    Examples
    --------
    >>> register_there("no-such-register")
    False
    """
    return name in REGISTERS and _file(name).is_file()


def import_register(name: str, path: Path) -> pd.DataFrame:
    """Keep a published table under its name on this machine; return it as its task reads it.

    Parameters
    ----------
    name : str
        A key of :data:`REGISTERS`.
    path : Path
        The file, or the folder that holds it.

    Raises
    ------
    DataError
        If the file is not there, or is no such table.
    """
    register, path = REGISTERS[name], path.expanduser()
    file = path / register.file if path.is_dir() else path
    if not file.is_file():
        raise DataError("no_source", source=file.name)
    table = _table(file)
    if missing := [column for column in register.columns if column not in table]:
        raise DataError("wrong_table", name=name, file=file.name, columns=", ".join(missing))
    found = register.tidy(table)
    kept = home() / name / "table.csv"
    kept.parent.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(".part")
    table.to_csv(part, index=False)
    part.replace(kept)
    return found.reset_index(drop=True)


def _table(file: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(file)
    except (ValueError, OSError):
        raise DataError("not_a_table", file=file.name) from None


def read_records(source: str | Path, task: str, label: str) -> pd.DataFrame:
    """Read a register, or a CSV file with the task's columns and its label, into a cases table without films.

    Rows whose label is blank are left out; where no column ``patient`` says otherwise, each row is a person.

    Raises
    ------
    DataError
        If there is no such source, or it has no label.
    """
    name = str(source)
    if name in REGISTERS and name in asked_by(task):
        if not register_there(name):
            raise DataError("no_register", source=name)
        people = REGISTERS[name].tidy(_table(_file(name)))
        people = people.assign(outcome=text(f"data.register.{name}"))
    else:
        path = Path(source).expanduser()
        if not path.is_file():
            raise DataError("no_source", source=path.name)
        people = _table(path)
        if label not in people:
            raise DataError("no_record_label", file=path.name, label=label)
    if not people[label].dropna().isin([0, 1]).all():
        raise DataError("not_yes_no", file=Path(name).name, label=label)
    people = people[people[label].notna()].reset_index(drop=True)
    people[label] = people[label].astype(int)
    patients = people.get("patient", people.index)
    people["patient"] = [f"{Path(name).stem}-{patient}" for patient in patients]
    return people.assign(split=split_by_patient(people["patient"]), source=Path(name).name)
