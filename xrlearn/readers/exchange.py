"""In and out: ratings as CSV and in the iMRMC format, and a whole study as a folder that replays."""

import json
import math
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from .. import __version__
from ..data.table import number, numbers, read_text, read_text_table, standard_names, truths
from ..locale import text
from . import tables as t
from .errors import StudyError
from .protocol import Protocol
from .ratings import FLOATS, RATINGS
from .records import Answer
from .rows import answer_row, letters
from .store import Store

_NEEDED = ["reader", "modality", "case", "truth", "score"]
_CHOSEN = ["case", "path", "truth", "boxes", "practice"]
_ANSWERS = ["ai", "own", "threshold", "peak_row", "peak_col", "planted"]


# ------------------------------------------------------------------------------------------------ tables of ratings
def read_ratings(path: str | Path) -> pd.DataFrame:
    """Read ratings of any study from a CSV file (columns reader, modality, case, truth, score, and more) or ``.imrmc``.

    Returns
    -------
    DataFrame
        As :meth:`Store.ratings` gives it; what the file does not tell is nan, empty or False.

    Raises
    ------
    StudyError
        If the file cannot be read or lacks one of the five columns.
    """
    path = Path(path)
    content = read_text(path)
    return from_imrmc(content) if "BEGIN DATA" in content.upper() else _from_csv(path)


def _from_csv(path: Path) -> pd.DataFrame:
    name = path.name
    table = standard_names(read_text_table(path), tuple(RATINGS))
    absent = [column for column in _NEEDED if column not in table]
    if absent:
        raise StudyError("no_columns", file=name, absent=", ".join(absent))
    if gaps := int((table[_NEEDED] == "").any(axis=1).sum()):
        raise StudyError("gaps", file=name, number=gaps)
    said = table["truth"]  # a class in words, or a number on the study's scale
    table["truth"] = numbers(said, name) if said.map(number).notna().all() else truths(said, name)[0]
    for column in [*FLOATS[1:], "position", "session", "changed"]:
        if column in table:
            table[column] = numbers(table[column], name)
    for column in ("practice", "timed_out"):
        if column in table:
            table[column] = truths(table[column], name)[0].fillna(0)
    for column in ("started", "committed"):
        if column in table:
            table[column] = table[column].replace("", None)
    return _filled(table.reset_index(drop=True), name)


def _filled(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a table with all columns of :data:`RATINGS`, of the types that they have there."""
    plain: dict[str, Any] = {
        "planted": "",
        "seniority": "",
        "practice": False,
        "timed_out": False,
        "session": 1,
        "changed": 0,
    }
    plain |= {"position": range(len(table))}
    table = table.assign(**{name: plain.get(name) for name in RATINGS if name not in table})
    table["planted"] = table["planted"].fillna("")
    table["seniority"] = table["seniority"].fillna("").astype(str)
    arms = list(dict.fromkeys(table["modality"]))
    table["modality"] = pd.Categorical(table["modality"], arms)
    try:
        table = table.astype(dict.fromkeys(FLOATS, float) | dict.fromkeys(("position", "session", "changed"), int))
        table = table.astype({"practice": bool, "timed_out": bool})
        for column in ("started", "committed"):
            table[column] = pd.to_datetime(table[column], utc=True, format="ISO8601")
    except (ValueError, TypeError):
        raise StudyError("unreadable_ratings", file=name) from None
    return table[RATINGS]


def to_imrmc(ratings: pd.DataFrame, title: str = "") -> str:
    """Return ratings in the format of the iMRMC programme (US Food and Drug Administration).

    A title, the numbers of readers, normal cases, diseased cases and modalities, then after ``BEGIN DATA:`` one row
    ``reader,case,modality,score``; the truth of a case is a row of reader -1.

    References
    ----------
    Gallas et al., iMRMC: software for the statistical analysis of multi-reader multi-case studies,
    https://github.com/DIDSR/iMRMC.

    Examples
    --------
    >>> table = pd.DataFrame({"reader": ["R01"], "modality": ["aided"], "case": ["c"], "truth": [1], "score": [70.0]})
    >>> print(to_imrmc(table, "One film").strip())
    One film
    NR: 1
    N0: 0
    N1: 1
    NM: 1
    BEGIN DATA:
    -1,c,truth,1
    R01,c,aided,70
    """
    truth = ratings.groupby("case")["truth"].first()
    head = [
        title.replace("\n", " "),
        f"NR: {ratings['reader'].nunique()}",
        f"N0: {int((truth == 0).sum())}",
        f"N1: {int((truth == 1).sum())}",
        f"NM: {ratings['modality'].nunique()}",
        "BEGIN DATA:",
    ]
    rows = [f"-1,{case},truth,{int(value)}" for case, value in truth.items()]
    columns = ratings[["reader", "case", "modality", "score"]]
    rows += [f"{r},{c},{m},{s:.10g}" for r, c, m, s in columns.itertuples(index=False)]
    return "\n".join([*head, *rows]) + "\n"


def from_imrmc(content: str) -> pd.DataFrame:
    r"""Return the ratings of an iMRMC file; see :func:`read_ratings`.

    Raises
    ------
    StudyError
        If a row is none, or a case has no truth.

    Examples
    --------
    >>> table = from_imrmc("NR: 1\nBEGIN DATA:\n-1, c, 0, 1\nR01, c, aided, 70")
    >>> table[["reader", "modality", "case", "truth", "score"]].to_numpy().tolist()
    [['R01', 'aided', 'c', 1.0, 70.0]]
    """
    lines = content.splitlines()
    start = next((i for i, line in enumerate(lines) if "BEGIN DATA" in line.upper()), len(lines)) + 1
    truth: dict[str, float] = {}
    rows = []
    for row, line in enumerate(lines[start:], start=start + 1):
        if not line.strip():
            continue
        try:
            reader, case, modality, value = (part.strip().strip('"') for part in line.rstrip(", \t").split(","))
            score = float(value)
            if not math.isfinite(score):
                raise ValueError
        except ValueError:
            raise StudyError("imrmc_row", line=row) from None
        if reader.lower() in ("-1", "truth"):
            truth[case] = score
        else:
            rows.append((reader, modality, case, score))
    lost = [case for _, _, case, _ in rows if case not in truth]
    if lost or not rows:
        raise StudyError("imrmc_truth", case=lost[0] if lost else "-")
    table = pd.DataFrame(rows, columns=["reader", "modality", "case", "score"])
    return _filled(table.assign(truth=table["case"].map(truth)), "imrmc")


# ------------------------------------------------------------------------------------------------ a study's folder
def export(store: Store, study: str, folder: str | Path) -> Path:
    """Write a study into a new or empty folder and return it: protocol, films, ratings, iMRMC file and a README.

    Films go by digest and by their path within the source, readers by pseudonym; their codes and the films themselves
    stay out.

    Raises
    ------
    StudyError
        If the folder holds something, or nobody has read a film yet.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StudyError("folder_taken", folder=folder.name)
    found, ratings = store.study(study), store.ratings(study, practice=True)
    if ratings.empty:
        raise StudyError("nothing_read")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "protocol.toml").write_text(found.protocol.to_toml(), encoding="utf-8")
    films = found.films.assign(boxes=[json.dumps(boxes) for boxes in found.films["boxes"]])
    films[_CHOSEN + _ANSWERS].to_csv(folder / "films.csv", index=False)
    ratings = ratings.sort_values("modality", kind="stable")  # arms are read in the order in which they come
    ratings.to_csv(folder / "ratings.csv", index=False, date_format="%Y-%m-%dT%H:%M:%S.%f%z")
    if found.protocol.scale == "confidence":
        study_only = ratings[~ratings["practice"]]
        (folder / "ratings.imrmc").write_text(to_imrmc(study_only, found.protocol.title), encoding="utf-8")
    readme = text("readers.export.readme", title=found.protocol.title, version=__version__)
    (folder / "README.txt").write_text(readme + "\n", encoding="utf-8")
    return folder


def replay(folder: str | Path, store: Store) -> str:
    """Build an exported study anew in a store and return its id there; its ratings are those that were exported.

    Readers get new codes. What they had not read when the study was exported is not on their lists.

    Raises
    ------
    StudyError
        If the folder lacks a file, or one does not fit the others.
    """
    folder = Path(folder)
    absent = [name for name in ("protocol.toml", "films.csv", "ratings.csv") if not (folder / name).is_file()]
    if absent:
        raise StudyError("no_folder", folder=folder.name, absent=", ".join(absent))
    protocol = Protocol.read(folder / "protocol.toml")
    ratings = read_ratings(folder / "ratings.csv")
    try:
        films = _films(folder / "films.csv")
        chosen, answers = films[_CHOSEN], films[["case", *_ANSWERS]]
    except (ValueError, KeyError):
        raise StudyError("unreadable_ratings", file="films.csv") from None
    strangers = set(ratings["case"]) - set(chosen["case"])
    arms = {arm.name for arm in protocol.arms}
    if strangers or not set(ratings["modality"]) <= arms or ratings["committed"].isna().any():
        raise StudyError("unfitting", folder=folder.name)
    study = store.create(protocol, chosen, None if answers["ai"].isna().all() else answers)
    try:
        _restore(store, study, protocol, ratings)
    except IntegrityError:
        store.delete(study)
        raise StudyError("unfitting", folder=folder.name) from None
    return study


def _films(file: Path) -> pd.DataFrame:
    """The films of an exported study, of the types that they have in a store."""
    films = read_text_table(file).reset_index(drop=True)
    films["boxes"] = [json.loads(boxes) for boxes in films["boxes"]]
    films["practice"] = truths(films["practice"], file.name)[0].astype(bool)
    for name in ("truth", "ai", "own", "threshold", "peak_row", "peak_col"):
        films[name] = numbers(films[name], file.name)
    return films


def _restore(store: Store, study: str, protocol: Protocol, ratings: pd.DataFrame) -> None:
    """Insert readers, readings and answers as they were, their times included."""
    with store.transaction() as connection:
        for number, (pseudonym, own) in enumerate(ratings.groupby("reader", sort=False), start=1):
            code = letters(8)
            who = {"code": code, "study": study, "number": number, "pseudonym": str(pseudonym)}
            years = own["years"].iloc[0]
            who |= {"seniority": own["seniority"].iloc[0] or None, "years": None if pd.isna(years) else int(years)}
            connection.execute(insert(t.reader).values(**who, joined=own["committed"].min().to_pydatetime()))
            for row in own.to_dict("records"):
                stages = protocol.stages(row["modality"])
                values = {name: row[name] for name in ("position", "session", "case", "practice")}
                started = None if pd.isna(row["started"]) else row["started"].to_pydatetime()
                reading = connection.execute(
                    insert(t.reading).values(
                        reader=code, study=study, arm=row["modality"], final=stages[-1], started=started, **values
                    )
                ).inserted_primary_key[0]  # type: ignore[index]
                committed = row["committed"].to_pydatetime()
                if len(stages) > 1:
                    first = _answer("alone", row, "first_")
                    connection.execute(insert(t.answer).values(**answer_row(reading, first), committed=committed))
                last = _answer(stages[-1], row)
                connection.execute(insert(t.answer).values(**answer_row(reading, last), committed=committed))


def _answer(stage: str, row: dict[Hashable, Any], prefix: str = "") -> Answer:
    """Return the answer of a row of ratings; `prefix` picks the columns of the answer before the AI's."""

    def value(name: str) -> float | None:
        return None if pd.isna(row[prefix + name]) else float(row[prefix + name])

    at = value("mark_row"), value("mark_col")
    mark = None if at[0] is None or at[1] is None else (int(at[0]), int(at[1]))
    score, seconds = float(row[prefix + "score"]), float(value("seconds") or 0)
    if prefix:
        return Answer(stage, score, mark, seconds)
    return Answer(stage, score, mark, seconds, int(row["changed"]), value("trust"), bool(row["timed_out"]))
