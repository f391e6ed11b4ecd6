"""Tables that somebody hands to the statistics: which rows and columns count, and a sentence for each that does not."""

import re
from pathlib import Path

import pandas as pd

from ..data.table import number, numbers, read_text, read_text_table, standard_names, truths
from ..locale import text
from .exchange import from_imrmc, read_ratings
from .results import complete

#: Columns that are no reader's, whatever they hold; in lower case without blanks and marks.
_NOT_SCORES = {
    *("case", "cases", "caseid", "id", "row", "rownumber", "index", "no", "nr", "number", "unnamed0", "x1", ""),
    *("patient", "patientid", "name", "age", "sex", "gender", "date", "time", "film", "file", "filename", "image"),
    *(
        "study",
        "studyid",
        "side",
        "view",
        "region",
        "split",
        "truth",
        "序号",
        "编号",
        "病例",
        "患者",
        "姓名",
        "年龄",
        "性别",
    ),
}


def ratings_of(file: Path) -> tuple[pd.DataFrame, list[str]]:
    """Return the ratings in a table or iMRMC file that an analysis of readers and cases takes, and notes.

    Practice films are left out, as the study's own results leave them out, and of an exported study the readers who
    have not finished. Modalities stay in the order in which they come.

    Raises
    ------
    StudyError, DataError
        If the file is no table of ratings.
    """
    ratings, notes = read_ratings(file), []
    if practice := int(ratings["practice"].sum()):
        notes.append(text("stats.cli.practice", n=practice))
        ratings = ratings[~ratings["practice"]]
    if set(ratings["truth"].unique()) == {1.0, 2.0}:
        notes.append(text("stats.cli.truth_shifted"))
        ratings = ratings.assign(truth=ratings["truth"] - 1)
    if ratings["committed"].notna().any():
        finished = complete(ratings)
        if left := sorted(set(ratings["reader"].astype(str)) - set(finished["reader"].astype(str))):
            notes.append(text("stats.cli.unfinished", n=len(left), names=", ".join(left)))
        ratings = finished
    return ratings.reset_index(drop=True), notes


def scores_of(file: Path, truth: bool = False) -> tuple[pd.DataFrame, list[str]]:
    """Return the columns of scores in a table with one row a case, as numbers where they are, and notes.

    Of an iMRMC file each reader in each modality becomes a column.

    Parameters
    ----------
    file : Path
    truth : bool
        Whether the column ``truth`` is kept, as 0 and 1, and every score must be a number.
    """
    content = read_text(file)
    if "BEGIN DATA" in content.upper():
        return _wide(from_imrmc(content), truth), []
    table, notes = standard_names(read_text_table(file), ("truth",)), []
    kept: dict[str, pd.Series] = {}
    for name in table:
        if truth and name == "truth":
            kept[name], shifted = truths(table[name], file.name)
            notes += [text("stats.cli.truth_shifted")] if shifted else []
        elif _no_score(str(name), table[name]):
            notes.append(text("stats.cli.left_out", column=name))
        elif truth and table[name].map(number).isna().all():
            notes.append(text("stats.cli.left_out_text", column=name))
        else:
            kept[str(name)] = table[name]
    if truth or all(column.map(number).notna().any() for column in kept.values()):
        kept = {name: x if name == "truth" and truth else numbers(x, file.name) for name, x in kept.items()}
    else:  # categories in words
        kept = {name: x.astype(object).where(x != "", None) for name, x in kept.items()}
    return pd.DataFrame(kept), notes


def _no_score(name: str, column: pd.Series) -> bool:
    """Tell whether a column counts or names the cases: by what it is called, or because it numbers them in turn."""
    if re.sub(r"[\W_]+", "", name.lower()) in _NOT_SCORES:
        return True
    values = column.map(number)
    return len(values) > 4 and bool((values.astype(float).diff().iloc[1:] == 1).all())


def _wide(ratings: pd.DataFrame, truth: bool) -> pd.DataFrame:
    named = ratings["reader"].astype(str) + ", " + ratings["modality"].astype(str)
    wide = ratings.assign(column=named).pivot(index="case", columns="column", values="score")
    return wide.assign(truth=ratings.groupby("case")["truth"].first()) if truth else wide
