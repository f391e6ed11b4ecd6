"""Where studies, readers and answers are kept: SQLite for one laptop, PostgreSQL for a class."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from types import TracebackType
from typing import Self

import numpy as np
import pandas as pd
from sqlalchemy import Connection, RowMapping, func, insert, select, update
from sqlalchemy.exc import OperationalError

from . import tables as t
from .database import default_url, engine, now, utc
from .errors import StudyError
from .lead import hashed, matches
from .plan import plan
from .protocol import Protocol
from .ratings import READ, YES, Study, tabulate
from .records import SENIORITIES, AIAnswer, Answer, Feedback, OwnResult, Reader, ReaderProgress, Reading
from .rows import DONE, answer_row, counts, film_of, film_row, letters, plain_code, reader_of, reading_of

_parsed = lru_cache(Protocol.parse)


class Store:
    """Studies and all that readers answer.

    Every method is one transaction: it happens wholly or not at all, and once it has returned it is on the disk. What
    a reader's page calls takes the reader's code and never returns what she is not yet to know.

    Parameters
    ----------
    url : str, optional
        ``sqlite:///file`` or ``postgresql://user@host/database``; :func:`default_url` when left out.
    clock : callable
        Tells the time, with its zone.

    Raises
    ------
    StudyError
        If the database cannot be reached.

    Examples
    --------
    >>> with Store("sqlite://") as store:
    ...     store.studies().empty
    True
    """

    def __init__(self, url: str | None = None, clock: Callable[[], datetime] = now) -> None:
        self.clock = clock
        self.engine = engine(url or default_url())
        try:
            with self.transaction("no_database") as connection:
                t.upgrade(connection)
        except StudyError:
            self.engine.dispose()
            raise

    @contextmanager
    def transaction(self, trouble: str = "database_lost") -> Iterator[Connection]:
        """Yield a connection; what is done with it happens wholly or not at all, and then a `StudyError` says why."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except (OperationalError, sqlite3.OperationalError) as error:  # its server is gone, its disk is full
            why = str(getattr(error, "orig", error)).strip()
            raise StudyError(trouble, why=why.splitlines()[0]) from None

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --------------------------------------------------------------------------------------- the study's leader
    def create(
        self, protocol: Protocol, chosen: pd.DataFrame, answers: pd.DataFrame | None = None, lead: str = ""
    ) -> str:
        """Store a new study and return its id.

        Parameters
        ----------
        protocol : Protocol
        chosen : DataFrame
            As :func:`~xrlearn.readers.plan.choose_cases` returns it.
        answers : DataFrame, optional
            As :func:`~xrlearn.readers.plan.ai_answers` returns it; not needed where no arm has AI.
        lead : str
            Code of whoever leads the study (:func:`~xrlearn.readers.lead.new_code`), with which alone the pages and
            commands open its results; left out, they open for everybody.

        Raises
        ------
        StudyError
            If an arm has AI and a film has no answer of it.
        """
        films = chosen if answers is None else chosen.merge(answers, on="case", how="left", validate="one_to_one")
        for column in ("ai", "own", "threshold", "peak_row", "peak_col"):
            films = films if column in films else films.assign(**{column: np.nan})
        films = films.assign(planted=films.get("planted", ""))
        if protocol.has_ai and films["ai"].isna().any():
            raise StudyError("no_answer", number=int(films["ai"].isna().sum()))
        study = letters(6)
        rows = [film_row(study, place, film) for place, film in enumerate(films.to_dict("records"))]
        row = {"id": study, "protocol": protocol.to_toml(), "created": self.clock()}
        row |= {"lead": hashed(lead) if lead else None}
        with self.transaction() as connection:
            connection.execute(insert(t.study).values(**row))
            connection.execute(insert(t.film), rows)
        return study

    def studies(self) -> pd.DataFrame:
        """Return the studies, newest first: study, title, task, readers, done, total (films of all), created."""
        with self.transaction() as connection:
            rows = connection.execute(select(t.study).order_by(t.study.c.created.desc())).mappings().all()
            readers = counts(connection, select(t.reader.c.study, func.count()).group_by(t.reader.c.study))
            total = counts(connection, select(t.reading.c.study, func.count()).group_by(t.reading.c.study))
            done = counts(connection, select(t.reading.c.study, func.count()).where(DONE).group_by(t.reading.c.study))
        found = []
        for row in rows:
            id_, protocol = row["id"], _parsed(row["protocol"])
            films = (readers.get(id_, 0), done.get(id_, 0), total.get(id_, 0))
            found.append((id_, protocol.title, protocol.task, *films, utc(row["created"])))
        return pd.DataFrame(found, columns=["study", "title", "task", "readers", "done", "total", "created"])

    def study(self, study: str) -> Study:
        """Return a study with its films, truth and AI answers included.

        Raises
        ------
        StudyError
            If there is none of this id.
        """
        with self.transaction() as connection:
            return self._study(connection, study)

    def locked(self, study: str) -> bool:
        """Say whether the results of a study ask for its leader's code."""
        return self._lead(study) is not None

    def check_lead(self, study: str, code: str) -> None:
        """Let whoever leads a study pass.

        Raises
        ------
        StudyError
            If the study has a leader's code, and this is not it.
        """
        stored = self._lead(study)
        if stored is not None and not matches(code, stored):
            raise StudyError("not_lead")

    def _lead(self, study: str) -> str | None:
        with self.transaction() as connection:
            self._protocol(connection, study)
            return connection.scalar(select(t.study.c.lead).where(t.study.c.id == study))

    def readers(self, study: str) -> list[Reader]:
        """Return the readers of a study, by number."""
        with self.transaction() as connection:
            query = select(t.reader).where(t.reader.c.study == study).order_by(t.reader.c.number)
            return [reader_of(row) for row in connection.execute(query).mappings()]

    def delete(self, study: str) -> None:
        """Remove a study with everything in it."""
        with self.transaction() as connection:
            self._study(connection, study)
            connection.execute(t.reader.delete().where(t.reader.c.study == study))
            connection.execute(t.study.delete().where(t.study.c.id == study))

    # --------------------------------------------------------------------------------------- a reader's page
    def join(self, study: str, seniority: str | None = None, years: int | None = None) -> Reader:
        """Add a reader to a study, with her plan, and return her with the code by which she resumes.

        Parameters
        ----------
        study : str
        seniority : one of :data:`~xrlearn.readers.records.SENIORITIES`, optional
        years : int, optional
            How long she has read radiographs.
        """
        if seniority not in (None, *SENIORITIES):
            raise ValueError(f"{seniority!r} is not one of {', '.join(SENIORITIES)}")
        with self.transaction() as connection:
            connection.execute(select(t.study.c.id).where(t.study.c.id == study).with_for_update())  # one at a time
            found = self._study(connection, study)
            last = connection.scalar(select(func.max(t.reader.c.number)).where(t.reader.c.study == study))
            number = (last or 0) + 1
            reader = Reader(letters(4) + "-" + letters(4), number, f"R{number:02d}", study, seniority, years)
            row = {"code": plain_code(reader.code), "pseudonym": reader.pseudonym, "number": number, "study": study}
            row |= {"seniority": seniority, "years": years}
            connection.execute(insert(t.reader).values(**row, joined=self.clock()))
            connection.execute(
                insert(t.reading),
                [
                    {
                        "reader": row["code"],
                        "position": r.position,
                        "session": r.session,
                        "arm": r.arm,
                        "study": study,
                        "case": r.case,
                        "practice": r.practice,
                        "final": r.stages[-1],
                    }
                    for r in plan(found.protocol, found.films, number)
                ],
            )
        return reader

    def resume(self, code: str) -> Reader:
        """Return the reader of this code; case, blanks and hyphens do not matter.

        Raises
        ------
        StudyError
            If there is none.
        """
        with self.transaction() as connection:
            return self._reader(connection, code)

    def protocol(self, code: str) -> Protocol:
        """Return the protocol of the reader's study."""
        with self.transaction() as connection:
            return self._protocol(connection, self._reader(connection, code).study)

    def next(self, code: str) -> Reading | None:
        """Return the film that is due; None when all are read or the washout is not over (see :meth:`progress`)."""
        with self.transaction() as connection:
            reader = self._reader(connection, code)
            protocol = self._protocol(connection, reader.study)
            due = self._due(connection, reader)
            if due is None or self._waiting_until(connection, reader, protocol, due):
                return None
            return reading_of(connection, protocol, due)

    def begin(self, code: str, reading: int) -> float:
        """Note that the film of a reading was shown; return the seconds since it was shown first.

        Raises
        ------
        StudyError
            If it is neither due nor read.
        """
        with self.transaction() as connection:
            reader = self._reader(connection, code)
            row = self._open(connection, reader, reading)
            moment = self.clock()
            if row["started"] is not None:
                return max((moment - utc(row["started"])).total_seconds(), 0.0)
            connection.execute(update(t.reading).where(t.reading.c.id == reading).values(started=moment))
            return 0.0

    def film(self, code: str, reading: int) -> str:
        """Return the path of a reading's film, relative to the source (:func:`~xrlearn.readers.plan.find_film`)."""
        with self.transaction() as connection:
            row = self._open(connection, self._reader(connection, code), reading)
            return str(film_of(connection, row)["path"])

    def ai(self, code: str, reading: int) -> AIAnswer | None:
        """Return what the AI says of a film; None in an arm without AI, and before a second reader's turn has come."""
        with self.transaction() as connection:
            reader = self._reader(connection, code)
            row = self._open(connection, reader, reading)
            protocol = self._protocol(connection, reader.study)
            if reading_of(connection, protocol, row).stage == "alone" or protocol.arm(row["arm"]).ai == "none":
                return None
            film = film_of(connection, row)
            peak = None if film["peak_row"] is None else (film["peak_row"], film["peak_col"])
            return AIAnswer(film["ai"], film["own"], film["threshold"], peak, protocol.arm(row["arm"]).shows)

    def commit(self, code: str, reading: int, answer: Answer) -> Answer:
        """Keep an answer for good and return it; where there is one already, that one stands and is returned.

        Raises
        ------
        StudyError
            If the film is not due, the stage is not asked for or its turn has not come, or the score is off the scale.
        """
        with self.transaction() as connection:
            reader = self._reader(connection, code)
            row = self._open(connection, reader, reading)
            protocol = self._protocol(connection, reader.study)
            found = reading_of(connection, protocol, row)
            given = [kept for kept in found.answers if kept.stage == answer.stage]
            if given:
                return given[0]
            _check(protocol, found, answer)
            connection.execute(insert(t.answer).values(**answer_row(reading, answer), committed=self.clock()))
            return answer

    def feedback(self, code: str, reading: int) -> Feedback:
        """Return the truth of a practice film that is read, or of any film once the reader has read them all.

        Raises
        ------
        StudyError
            Before.
        """
        with self.transaction() as connection:
            reader = self._reader(connection, code)
            row = self._open(connection, reader, reading)
            done = connection.scalar(select(DONE).where(t.reading.c.id == reading))
            if not (done and row["practice"]) and self._due(connection, reader) is not None:
                raise StudyError("not_yet")
            film = film_of(connection, row)
            return Feedback(film["truth"], tuple(tuple(box) for box in json.loads(film["boxes"])))

    def own_result(self, code: str) -> list[OwnResult] | None:
        """Return how a reader did, arm by arm, once she has read all; None where the protocol keeps it from her."""
        reader, protocol = self.resume(code), self.protocol(code)
        if not protocol.own_result or protocol.scale != "confidence" or not self.progress(code).finished:
            return None
        mine = self.ratings(reader.study).query("reader == @reader.pseudonym")
        found = []
        for arm, part in mine.groupby("modality", observed=True):
            sick, yes = part["truth"] == 1, part["score"] >= YES
            counts = (int(x.sum()) for x in (sick & yes, sick, ~sick & ~yes, ~sick))
            found.append(OwnResult(str(arm), *counts))
        return found

    def progress(self, code: str) -> ReaderProgress:
        """Return how far the reader is."""
        with self.transaction() as connection:
            reader = self._reader(connection, code)
            mine = t.reading.c.reader == plain_code(reader.code)
            query = select(t.reading.c.session, func.count()).where(mine).group_by(t.reading.c.session)
            total, done = counts(connection, query), counts(connection, query.where(DONE))
            due = self._due(connection, reader)
            session = due["session"] if due else max(total)
            protocol = self._protocol(connection, reader.study)
            until = self._waiting_until(connection, reader, protocol, due) if due else None
        return ReaderProgress(
            sum(done.values()), sum(total.values()), session, len(total), done.get(session, 0), total[session], until
        )

    # --------------------------------------------------------------------------------------- results
    def ratings(self, study: str, *, practice: bool = False) -> pd.DataFrame:
        """Return every film that was read to the end, for the study's leader: the table that the results are made of.

        Parameters
        ----------
        study : str
        practice : bool
            With the practice films.

        Returns
        -------
        DataFrame
            One row a reading: reader (pseudonym), modality (arm; categories in the protocol's order), case, truth,
            score (last stage), seconds, mark_row, mark_col, hit (1 or 0 on films with a marked lesion), position,
            session, planted, ai, threshold, first_score, first_seconds, first_mark_row and first_mark_col (before the
            AI, where asked), trust, changed, timed_out, practice, started, committed (UTC), seniority (""
            where not said), years.
        """
        with self.transaction() as connection:
            found = self._study(connection, study)
            last, first = t.answer.alias("last"), t.answer.alias("first")
            query = (
                select(
                    t.reader.c.pseudonym.label("reader"),
                    t.reader.c.seniority,
                    t.reader.c.years,
                    t.reading.c.arm.label("modality"),
                    t.reading.c.case,
                    *(last.c[name] for name in ("score", "seconds", "mark_row", "mark_col")),
                    t.reading.c.position,
                    t.reading.c.session,
                    first.c.score.label("first_score"),
                    first.c.seconds.label("first_seconds"),
                    first.c.mark_row.label("first_mark_row"),
                    first.c.mark_col.label("first_mark_col"),
                    *(last.c[name] for name in ("trust", "changed", "timed_out")),
                    t.reading.c.practice,
                    t.reading.c.started,
                    last.c.committed,
                )
                .join(t.reader, t.reader.c.code == t.reading.c.reader)
                .join(last, (last.c.reading == t.reading.c.id) & (last.c.stage == t.reading.c.final))
                .outerjoin(
                    first,
                    (first.c.reading == t.reading.c.id) & (first.c.stage == "alone") & (t.reading.c.final == "aided"),
                )
                .where(t.reading.c.study == study)
                .order_by(t.reader.c.number, t.reading.c.position)
            )
            rows = connection.execute(query).mappings().all()
        return tabulate(found, pd.DataFrame([dict(row) for row in rows], columns=READ), practice=practice)

    # --------------------------------------------------------------------------------------- rows
    def _study(self, connection: Connection, study: str) -> Study:
        protocol = self._protocol(connection, study)
        query = select(t.film).where(t.film.c.study == study).order_by(t.film.c.place)
        films = pd.DataFrame([dict(row) for row in connection.execute(query).mappings()])
        boxes = pd.Series([[tuple(box) for box in json.loads(boxes)] for boxes in films["boxes"]], dtype=object)
        return Study(study, protocol, films.assign(boxes=boxes).drop(columns=["study", "place"]))

    def _protocol(self, connection: Connection, study: str) -> Protocol:
        content = connection.scalar(select(t.study.c.protocol).where(t.study.c.id == study))
        if content is None:
            raise StudyError("no_study", study=study)
        return _parsed(content)

    def _reader(self, connection: Connection, code: str) -> Reader:
        """Return the reader and hold her row until the transaction ends: her tabs take turns."""
        query = select(t.reader).where(t.reader.c.code == plain_code(code)).with_for_update()
        row = connection.execute(query).mappings().first()
        if row is None:
            raise StudyError("no_code")
        return reader_of(row)

    def _due(self, connection: Connection, reader: Reader) -> RowMapping | None:
        query = select(t.reading).where(t.reading.c.reader == plain_code(reader.code), ~DONE)
        return connection.execute(query.order_by(t.reading.c.position).limit(1)).mappings().first()

    def _open(self, connection: Connection, reader: Reader, reading: int) -> RowMapping:
        """Return a reading that the reader may see: the one that is due, or one already read."""
        query = select(t.reading, DONE.label("done")).where(t.reading.c.id == reading)
        row = connection.execute(query.where(t.reading.c.reader == plain_code(reader.code))).mappings().first()
        if row is None:
            raise StudyError("not_yours")
        if not row["done"]:
            due = self._due(connection, reader)
            protocol = self._protocol(connection, reader.study)
            if due is None or due["id"] != reading or self._waiting_until(connection, reader, protocol, due):
                raise StudyError("not_due")
        return row

    def _waiting_until(
        self, connection: Connection, reader: Reader, protocol: Protocol, due: RowMapping
    ) -> datetime | None:
        """Return when the washout before the session of `due` ends, if that is to come."""
        if due["session"] == 1 or not protocol.washout_days:
            return None
        latest = (
            select(func.max(t.answer.c.committed))
            .join(t.reading, t.reading.c.id == t.answer.c.reading)
            .where(t.reading.c.reader == plain_code(reader.code))
        )
        if connection.scalar(latest.where(t.reading.c.session == due["session"])) is not None:
            return None
        last = connection.scalar(latest)
        until = utc(last) + timedelta(days=protocol.washout_days)
        return until if until > self.clock() else None


def _check(protocol: Protocol, reading: Reading, answer: Answer) -> None:
    """Raise StudyError unless `answer` is the one that is due, on the protocol's scale."""
    if answer.stage != reading.stage:
        raise StudyError("not_stage", stage=answer.stage)
    low, high = protocol.limits
    if not low <= answer.score <= high or (protocol.grades and answer.score not in protocol.grades):
        raise StudyError("off_scale", score=answer.score, low=low, high=high)
    if not 0 <= answer.seconds < float("inf"):
        raise StudyError("bad_time", seconds=answer.seconds)
