"""Between rows of the tables and the records that pass through the store."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

import pandas as pd
from sqlalchemy import Connection, RowMapping, exists, select

from . import tables as t
from .protocol import Protocol
from .records import Answer, Reader, Reading

#: letters of a code: none that is mistaken for another, read aloud or written down (Crockford's base 32)
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


#: the reading has its last answer
DONE = exists().where(t.answer.c.reading == t.reading.c.id, t.answer.c.stage == t.reading.c.final)


def film_row(study: str, place: int, film: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the row of a film of a new study."""

    def number(name: str) -> float | None:
        return None if pd.isna(film[name]) else float(film[name])

    peak = [number(name) for name in ("peak_row", "peak_col")]
    known = all(p is not None and p >= 0 for p in peak)
    return {
        "study": study,
        "place": place,
        "case": str(film["case"]),
        "path": str(film["path"]),
        "truth": float(film["truth"]),
        "boxes": json.dumps([[float(x) for x in box] for box in film["boxes"]]),
        "practice": bool(film["practice"]),
        **{name: number(name) for name in ("ai", "own", "threshold")},
        **{name: int(p) if known and p is not None else None for name, p in zip(("peak_row", "peak_col"), peak)},
        "planted": str(film["planted"]),
    }


def answer_row(reading: int, answer: Answer) -> dict[str, Any]:
    """Return the row of an answer, but for its time."""
    row, col = answer.mark or (None, None)
    return {
        "reading": reading,
        "stage": answer.stage,
        "score": float(answer.score),
        "mark_row": None if row is None else int(row),
        "mark_col": None if col is None else int(col),
        "seconds": float(answer.seconds),
        "changed": int(answer.changed),
        "trust": None if answer.trust is None else float(answer.trust),
        "timed_out": bool(answer.timed_out),
    }


def answers_of(connection: Connection, reading: int) -> tuple[Answer, ...]:
    """Return the answers given to a reading, in turn."""
    query = select(t.answer).where(t.answer.c.reading == reading).order_by(t.answer.c.stage.desc())  # alone, aided
    return tuple(
        Answer(
            row["stage"],
            row["score"],
            None if row["mark_row"] is None else (row["mark_row"], row["mark_col"]),
            *(row[name] for name in ("seconds", "changed", "trust", "timed_out")),
        )
        for row in connection.execute(query).mappings()
    )


def reading_of(connection: Connection, protocol: Protocol, row: RowMapping) -> Reading:
    """Return the reading of a row with the answers given to it."""
    stages, given = protocol.stages(row["arm"]), answers_of(connection, row["id"])
    position, session, arm, case, practice = (row[x] for x in ("position", "session", "arm", "case", "practice"))
    return Reading(position, session, arm, case, practice, stages, given, row["id"])


def film_of(connection: Connection, reading: RowMapping) -> RowMapping:
    """Return the film's row of a reading's row."""
    query = select(t.film).where(t.film.c.study == reading["study"], t.film.c.case == reading["case"])
    return connection.execute(query).mappings().one()


def reader_of(row: RowMapping) -> Reader:
    """Return the reader of a row."""
    code = row["code"]
    return Reader(
        f"{code[:4]}-{code[4:]}", row["number"], row["pseudonym"], row["study"], row["seniority"], row["years"]
    )


def counts(connection: Connection, query: Any) -> dict[Any, int]:
    """Return the result of a query of keys and counts."""
    return {row[0]: row[1] for row in connection.execute(query)}


def letters(n: int) -> str:
    """Return `n` letters that nobody can guess: five bits each."""
    return "".join(secrets.choice(LETTERS) for _ in range(n))


def plain_code(code: str) -> str:
    """Return a code as it is stored, whatever way it was typed: O for 0 and I or L for 1 are forgiven."""
    kept = "".join(letter for letter in code.upper() if letter.isalnum())
    return kept.translate(str.maketrans("OIL", "011"))
