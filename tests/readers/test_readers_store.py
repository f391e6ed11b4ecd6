"""Nothing is lost and nothing is doubled: on SQLite and on a real PostgreSQL server."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from full_disk import full_disk
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from xrlearn import stats
from xrlearn.readers import Answer, Feedback, Protocol, Store, StudyError, tables
from xrlearn.readers.ratings import RATINGS
from xrlearn.readers.simulate import make_up


@pytest.fixture
def study(store, protocol, films) -> str:
    return store.create(protocol, *films)


def answer_due(store: Store, code: str, score: float = 60.0) -> int:
    """Answer the film that is due; return its reading's number."""
    reading = store.next(code)
    store.begin(code, reading.id)
    for stage in reading.stages[len(reading.answers) :]:
        store.commit(code, reading.id, Answer(stage, score, seconds=2.0))
    return reading.id


def test_a_study_comes_back_as_it_was_stored(store, study, protocol, films):
    found, (chosen, answers) = store.study(study), films
    assert found.protocol == protocol
    for name in chosen:
        assert found.films[name].tolist() == chosen[name].tolist(), name
    for name in answers.columns:
        assert found.films[name].tolist() == answers[name].tolist(), name


def test_the_tables_are_what_the_migrations_make(store):
    made = inspect(store.engine)
    for name, table in tables.metadata.tables.items():
        columns = {column["name"]: column["nullable"] for column in made.get_columns(name)}
        assert columns == {column.name: column.nullable for column in table.columns}
        unique = {tuple(found["column_names"]) for found in made.get_unique_constraints(name)}
        wanted = {
            tuple(c.name for c in constraint.columns)
            for constraint in table.constraints
            if type(constraint).__name__ == "UniqueConstraint"
        }
        assert unique == wanted
        assert made.get_pk_constraint(name)["constrained_columns"] == [c.name for c in table.primary_key]


def test_opening_again_changes_nothing(url, store, study):
    with Store(url) as again:
        assert again.studies()["study"].tolist() == [study]
        with again.engine.begin() as connection:
            assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1


def test_an_older_store_is_brought_up_to_date_and_keeps_what_it_holds(url, store, study):
    code = store.join(study).code
    answer_due(store, code)
    with store.engine.begin() as connection:  # as the first version left it
        for table, column in (("study", "lead"), ("reader", "seniority"), ("reader", "years")):
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with Store(url) as again:
        assert again.progress(code).done == 1
        assert again.resume(code).seniority is None
        assert not again.locked(study)
        assert again.join(study, "consultant", 20) == again.readers(study)[1]


def test_only_the_hash_of_a_leaders_code_is_stored(store, protocol, films):
    study = store.create(protocol, *films, lead="7F2K-0QXD")
    with store.engine.begin() as connection:
        kept = connection.scalar(text("SELECT lead FROM study"))
    assert "7F2K" not in kept
    store.check_lead(study, "7f2k oqxd")
    with pytest.raises(StudyError, match="leads the study"):
        store.check_lead(study, "7F2K-0QXE")


def test_many_open_a_new_database_at_once(url):
    def open_() -> int:
        with Store(url) as store:
            return len(store.studies())

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda _: open_(), range(6))) == [0] * 6


def test_a_reader_goes_through_and_resumes(store, study, read_all):
    reader = store.join(study)
    assert (reader.number, reader.pseudonym) == (1, "R01")
    assert store.resume(f" {reader.code.lower().replace('-', '')} ") == reader
    first = store.next(reader.code)
    assert (first.practice, first.session, first.stage) == (True, 1, "alone")
    assert store.progress(reader.code).total == 14
    for _ in range(5):
        answer_due(store, reader.code)
    done = store.progress(reader.code)
    assert (done.done, done.session_done, done.session_total, done.finished) == (5, 5, 8, False)
    assert read_all(store, reader.code) == 9
    assert store.next(reader.code) is None
    assert store.progress(reader.code).finished
    assert store.studies().loc[0, ["readers", "done", "total"]].tolist() == [1, 14, 14]


def test_a_wrong_code_is_told(store, study):
    reader = store.join(study)
    for code in ("", "AAAA-AAAA", reader.code[:-1], "'; DROP TABLE reader; --"):
        with pytest.raises(StudyError, match="no reader with this code"):
            store.resume(code)
    with pytest.raises(StudyError, match="no study NOPE"):
        store.join("NOPE")


def test_letters_that_are_mistaken_for_digits_are_forgiven(store, study):
    code = store.join(study).code
    assert store.resume(code.replace("0", "O").replace("1", "l")).code == code


def test_the_ratings_are_what_the_statistics_want(store, study, read_all):
    for _ in range(2):
        read_all(store, store.join(study).code)
    ratings = store.ratings(study)
    assert list(ratings.columns) == RATINGS
    assert len(ratings) == 24
    assert not ratings["practice"].any()
    assert stats.mrmc(ratings).modalities == ("unaided", "aided")
    assert len(store.ratings(study, practice=True)) == 28
    assert (ratings["committed"] >= ratings["started"]).all()


def test_ratings_of_a_study_that_nobody_has_read(store, study):
    assert list(store.ratings(study).columns) == RATINGS
    assert store.ratings(study).empty


# ------------------------------------------------------------------------------------------------ exactly once
def test_the_first_answer_stands(store, study):
    code = store.join(study).code
    reading = store.next(code)
    first = store.commit(code, reading.id, Answer("alone", 20.0, (3, 4), 5.5, 2))
    assert first == Answer("alone", 20.0, (3, 4), 5.5, 2)
    assert store.commit(code, reading.id, Answer("alone", 90.0)) == first


def test_two_tabs_commit_at_the_same_moment(url, store, study):
    """Each tab has its own connection and has seen that there is no answer yet."""
    code = store.join(study).code
    for _ in range(12):
        reading, gate = store.next(code), threading.Barrier(2)

        def tab(score: float, reading=reading, gate=gate) -> Answer:
            with Store(url) as own:
                own.resume(code)  # the connection is warm: nothing but the commit lies between the tabs
                gate.wait(30)
                return own.commit(code, reading.id, Answer(reading.stage, score))

        with ThreadPoolExecutor(2) as pool:
            one, two = pool.map(tab, (10.0, 90.0))
        assert one == two
        assert store.next(code).id != reading.id


def test_the_database_itself_refuses_a_second_answer(store, study):
    code = store.join(study).code
    number = answer_due(store, code)
    row = "INSERT INTO answer SELECT * FROM answer WHERE reading = :number"
    with pytest.raises(IntegrityError), store.engine.begin() as connection:
        connection.execute(text(row), {"number": number})


def test_eight_readers_at_once(url, store, study, read_all):
    def read(_: int) -> int:
        with Store(url) as own:
            reader = own.join(study)
            assert read_all(own, reader.code) == 14
            return reader.number

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(read, range(8))) == list(range(1, 9))
    ratings = store.ratings(study)
    assert len(ratings) == 8 * 12
    assert not ratings.duplicated(["reader", "modality", "case"]).any()
    assert len({reader.code for reader in store.readers(study)}) == 8


KILLED = """
import os, sys, signal
from sqlalchemy import event
from xrlearn.readers import Answer, Store
store = Store(sys.argv[1])
code, reading, moment = sys.argv[2], int(sys.argv[3]), sys.argv[4]
store.begin(code, reading)
if moment == "before":
    event.listen(store.engine, "commit", lambda connection: os.kill(os.getpid(), signal.SIGKILL))
store.commit(code, reading, Answer("alone", 77.0))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_killed_around_its_commit(url, store, study, moment):
    """Killed before the commit is through there is no answer, and the film is due; after, it is kept."""
    code = store.join(study).code
    reading = store.next(code)
    run = subprocess.run([sys.executable, "-c", KILLED, url, code, str(reading.id), moment], check=False, timeout=120)
    assert run.returncode == -9
    kept = moment == "after"
    assert store.progress(code).done == int(kept)
    assert (store.next(code).id == reading.id) is not kept
    answer = store.commit(code, reading.id, Answer("alone", 11.0))
    assert answer.score == (77.0 if kept else 11.0)
    assert store.progress(code).done == 1


def test_a_failure_on_the_way_leaves_nothing_behind(store, protocol, films, monkeypatch):
    study = store.create(protocol, *films)
    monkeypatch.setattr("xrlearn.readers.store.plan", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store.join(study)
    assert store.readers(study) == []


@pytest.mark.parametrize("reopened", [False, True], ids=["open", "reopened"])
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_full_disk_is_told_and_what_was_saved_stands(url, store, study, reopened):
    code = store.join(study).code
    answer_due(store, code)
    if reopened:
        store.close()
    with full_disk(0), pytest.raises(StudyError, match="does not keep this now"):
        answer_due(store, code)
    assert store.progress(code).done == 1
    answer_due(store, code)
    assert store.progress(code).done == 2


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_database_that_goes_is_told_and_goes_on_when_it_is_back(url, store, study):
    psycopg = pytest.importorskip("psycopg")
    code = store.join(study).code
    answer_due(store, code)
    server, _, name = url.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as leader:
        leader.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        leader.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        for _ in range(2):
            with pytest.raises(StudyError, match="does not keep this now"):
                answer_due(store, code)
        leader.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert store.progress(code).done == 1
    answer_due(store, code)
    assert store.progress(code).done == 2


# ------------------------------------------------------------------------------------------------ what a reader may see
def second_reader(protocol: Protocol) -> Protocol:
    raw = protocol.model_dump()
    raw["arms"] = [{"name": "second", "ai": "second", "shows": ["probability", "heatmap"]}]
    return Protocol.model_validate(raw)


def test_the_ai_is_silent_until_the_reader_has_answered(memory, protocol, films):
    study = memory.create(second_reader(protocol), *films)
    code = memory.join(study).code
    reading = memory.next(code)
    assert reading.stages == ("alone", "aided")
    assert memory.ai(code, reading.id) is None
    with pytest.raises(StudyError, match="'aided' is not what is asked for"):
        memory.commit(code, reading.id, Answer("aided", 50.0))
    memory.commit(code, reading.id, Answer("alone", 30.0, (1, 2), 4.0))
    again = memory.next(code)
    assert (again.id, again.stage, again.answers[0].score) == (reading.id, "aided", 30.0)
    said, film = memory.ai(code, reading.id), films[1].set_index("case").loc[reading.case]
    assert (said.answer, said.peak) == (film["ai"], (film["peak_row"], film["peak_col"]))
    assert said.shows == ("probability", "heatmap")
    memory.commit(code, reading.id, Answer("aided", 80.0, seconds=2.0, trust=60.0))
    row = memory.ratings(study, practice=True).iloc[0]
    assert row[["first_score", "first_seconds", "first_mark_row", "score", "trust"]].tolist() == [30, 4, 1, 80, 60]


def test_there_is_no_ai_in_an_arm_without(memory, protocol, films):
    code = memory.join(memory.create(protocol, *films)).code
    number = memory.next(code).id
    assert memory.ai(code, number) is None
    answer_due(memory, code)
    assert memory.ai(code, number) is None


def test_truth_comes_after_practice_or_at_the_end(memory, protocol, films, read_all):
    study = memory.create(protocol, *films)
    code, truth = memory.join(study).code, films[0].set_index("case")
    practice = memory.next(code)
    with pytest.raises(StudyError, match="only after the last film"):
        memory.feedback(code, practice.id)
    answer_due(memory, code)
    film = truth.loc[practice.case]
    assert memory.feedback(code, practice.id) == Feedback(film["truth"], tuple(film["boxes"]))
    answer_due(memory, code)
    real = memory.next(code)
    answer_due(memory, code)
    with pytest.raises(StudyError, match="only after the last film"):
        memory.feedback(code, real.id)
    read_all(memory, code)
    assert memory.feedback(code, real.id).truth == truth.loc[real.case, "truth"]


def test_only_the_film_that_is_due_and_only_ones_own(memory, protocol, films):
    study = memory.create(protocol, *films)
    one, two = memory.join(study).code, memory.join(study).code
    reading = memory.next(one)
    for step in (memory.begin, memory.film, memory.ai, memory.feedback):
        with pytest.raises(StudyError, match="not due"):
            step(one, reading.id + 1)
        with pytest.raises(StudyError, match="not on your list"):
            step(two, reading.id)
    with pytest.raises(StudyError, match="not due"):
        memory.commit(one, reading.id + 1, Answer("alone", 1.0))
    with pytest.raises(StudyError, match="not on your list"):
        memory.commit(two, reading.id, Answer("alone", 1.0))
    assert memory.film(one, reading.id) == films[0].set_index("case").loc[reading.case, "path"]


@pytest.mark.parametrize("score", [-1.0, 101.0, float("nan"), float("inf")])
def test_an_answer_off_the_scale_is_refused(memory, protocol, films, score):
    code = memory.join(memory.create(protocol, *films)).code
    with pytest.raises(StudyError, match="off the scale"):
        memory.commit(code, memory.next(code).id, Answer("alone", score))


def test_a_grade_between_grades_is_refused(memory):
    protocol = Protocol.example("kl")
    code = memory.join(memory.create(protocol, *make_up(protocol))).code
    with pytest.raises(StudyError, match="off the scale"):
        memory.commit(code, memory.next(code).id, Answer("alone", 2.5))
    assert memory.commit(code, memory.next(code).id, Answer("alone", 2.0)).score == 2


@pytest.mark.parametrize("seconds", [-0.1, float("nan"), float("inf")])
def test_a_time_that_cannot_be_is_refused(memory, protocol, films, seconds):
    code = memory.join(memory.create(protocol, *films)).code
    with pytest.raises(StudyError, match="cannot be"):
        memory.commit(code, memory.next(code).id, Answer("alone", 5.0, seconds=seconds))


def test_the_clock_runs_from_the_first_sight(url, protocol, films):
    time = [datetime(2026, 1, 1, tzinfo=UTC)]
    with Store(url, clock=lambda: time[0]) as store:
        code = store.join(store.create(protocol, *films)).code
        number = store.next(code).id
        assert store.begin(code, number) == 0
        time[0] += timedelta(seconds=90)
        assert store.begin(code, number) == 90


def test_the_washout_is_kept(url, protocol, films):
    time = [datetime(2026, 1, 1, tzinfo=UTC)]
    with Store(url, clock=lambda: time[0]) as store:
        code = store.join(store.create(protocol.model_copy(update={"washout_days": 28}), *films)).code
        for _ in range(8):
            answer_due(store, code)
            time[0] += timedelta(minutes=1)
        last = time[0] - timedelta(minutes=1)
        assert store.next(code) is None
        waiting = store.progress(code)
        assert (waiting.finished, waiting.session, waiting.waiting_until) == (False, 2, last + timedelta(days=28))
        time[0] = last + timedelta(days=28)
        assert store.next(code).session == 2
        answer_due(store, code)
        assert store.next(code).session == 2


def test_an_arm_with_ai_needs_its_answers(memory, protocol, films):
    chosen, answers = films
    with pytest.raises(StudyError, match="8 film"):
        memory.create(protocol, chosen)
    with pytest.raises(StudyError, match="1 film"):
        memory.create(protocol, chosen, answers[1:])
    alone = Protocol.model_validate(protocol.model_dump() | {"planted": {}, "arms": [{"name": "unaided"}]})
    assert memory.create(alone, chosen)


def test_deleting_takes_all_of_a_study_and_nothing_else(store, protocol, films, read_all):
    kept, gone = (store.create(protocol, *films) for _ in range(2))
    for study in (kept, gone):
        read_all(store, store.join(study).code)
    before = store.ratings(kept)
    store.delete(gone)
    assert store.studies()["study"].tolist() == [kept]
    pd.testing.assert_frame_equal(store.ratings(kept), before)
    with store.engine.begin() as connection:
        counts = [connection.scalar(text(f"SELECT count(*) FROM {t}")) for t in ("film", "reader", "reading", "answer")]
    assert counts == [8, 1, 14, 14]


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("mysql://localhost/x", "must begin with sqlite"),
        ("nonsense", "must begin with sqlite"),
        ("postgresql://nobody@127.0.0.1:1/x", "cannot be reached"),
        ("sqlite:////nowhere/at/all/x.sqlite", "cannot be reached"),
    ],
)
def test_a_database_that_is_not_there_is_told(address, sentence):
    with pytest.raises(StudyError, match=sentence):
        Store(address)


def test_the_default_is_a_file_of_the_user_unless_told_otherwise(monkeypatch, tmp_path):
    from xrlearn.readers.database import default_url

    monkeypatch.delenv("XRLEARN_DATABASE_URL", raising=False)
    monkeypatch.setattr("xrlearn.paths.user_data_path", lambda *_, **__: tmp_path / "data")
    assert default_url() == f"sqlite:///{tmp_path / 'data' / 'studies.sqlite'}"
    monkeypatch.setenv("XRLEARN_DATABASE_URL", "sqlite:///elsewhere")
    assert default_url() == "sqlite:///elsewhere"


def test_nothing_stored_names_a_person_or_holds_a_film(store, study):
    """Columns are all there is: no blob, no name, no absolute path."""
    made = inspect(store.engine)
    names = {column["name"] for table in tables.metadata.tables for column in made.get_columns(table)}
    assert not names & {"patient", "name", "pixels", "image", "email"}
    assert not store.study(study).films["path"].str.startswith("/").any()
