"""Readers out of thin air, who take part in a study as people do: through the store, film by film.

With them one person sees a department's study in a minute, and the statistics are tried where the truth is known.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from .errors import StudyError
from .plan import plan, plant
from .protocol import Protocol
from .ratings import READ, Study, tabulate
from .records import AIAnswer, Answer, Reading, Spot
from .store import Store

#: standard deviation of one reading by a reader of skill 2 on the scales that measure: grades, months, degrees
_SPREAD = {"ordinal": 0.6, "months": 8.0, "degrees": 5.0}


@dataclass(frozen=True)
class SimulatedReader:
    """How a simulated reader reads.

    Attributes
    ----------
    skill : float
        Separation of diseased and normal films in standard deviations (d'); 2 is an AUC of 0.92.
    bias : float
        Inclination to say yes (or to measure too much), in standard deviations.
    fatigue : float
        Share of the skill lost over 100 films.
    trust : float
        Weight of the AI's answer against the own, 0 (ignores it) to 1 (repeats it).
    anchoring : float
        How much further trust goes where the AI speaks first.
    pace : float
        Median seconds for a film.
    """

    skill: float = 1.6
    bias: float = 0.0
    fatigue: float = 0.0
    trust: float = 0.4
    anchoring: float = 0.2
    pace: float = 25.0


def draw_readers(number: int, seed: int = 0) -> list[SimulatedReader]:
    """Return readers as a department has them: some better, some bolder, some more trusting than others.

    Examples
    --------
    >>> len(draw_readers(3))
    3
    """
    rng = np.random.default_rng(seed)
    return [
        SimulatedReader(
            skill=float(rng.uniform(1.1, 2.2)),
            bias=float(rng.normal(0, 0.25)),
            fatigue=float(rng.uniform(0, 0.2)),
            trust=float(rng.uniform(0.15, 0.75)),
            pace=float(rng.uniform(15, 40)),
        )
        for _ in range(number)
    ]


def make_up(protocol: Protocol, seed: int = 0, ai_skill: float = 2.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return films without pixels for a protocol, and the answers of an AI of the given skill, errors planted.

    Returns
    -------
    chosen, answers : DataFrame
        As :func:`~xrlearn.readers.plan.choose_cases` and :func:`~xrlearn.readers.plan.ai_answers` return them.

    Examples
    --------
    >>> chosen, answers = make_up(Protocol.example())
    >>> int(chosen["truth"][~chosen["practice"]].sum()), (answers["planted"] != "").sum()
    (10, np.int64(4))
    """
    rng = np.random.default_rng(seed)
    n, practice = protocol.cases.number, protocol.practice
    low, high = protocol.limits
    if protocol.scale == "confidence":
        sick = round(n * protocol.cases.prevalence)
        truth = np.concatenate([rng.permutation(np.repeat([1.0, 0.0], [sick, n - sick])), np.arange(practice) % 2])
        evidence = ai_skill * (truth - 0.5) + rng.normal(size=n + practice)
        ai = expit(ai_skill * evidence)
    else:
        span = high - low
        truth = np.round(rng.uniform(low + 0.05 * span, high - 0.05 * span, n + practice))
        ai = np.clip(truth + rng.normal(0, _SPREAD[protocol.scale] * 2 / ai_skill, n + practice), low, high)
        ai = np.round(ai) if protocol.scale == "ordinal" else ai
    sickness = truth > low if protocol.scale == "confidence" else np.zeros(n + practice, bool)
    corners = rng.integers(20, 200, (n + practice, 2))
    chosen = pd.DataFrame(
        {
            "case": [f"made-up-{i:04d}" for i in range(n + practice)],
            "path": [f"made-up-{i:04d}.png" for i in range(n + practice)],
            "truth": truth,
            "boxes": [[(float(r), float(c), r + 40.0, c + 40.0)] if x else [] for x, (r, c) in zip(sickness, corners)],
            "practice": np.arange(n + practice) >= n,
        }
    )
    answers = pd.DataFrame(
        {
            "case": chosen["case"],
            "ai": ai,
            "own": ai,
            "peak_row": corners[:, 0] + 20,
            "peak_col": corners[:, 1] + 20,
            "threshold": 0.5,
        }
    )
    return chosen, plant(protocol, chosen, answers)


def department(
    store: Store,
    protocol: Protocol | None = None,
    readers: int | Sequence[SimulatedReader] = 6,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> str:
    """Make up a study, let simulated readers read it to the end, and return its id. There is no washout.

    Examples
    --------
    >>> with Store("sqlite://") as store:
    ...     study = department(store, readers=2)
    ...     len(store.ratings(study))
    80
    """
    protocol = (protocol or Protocol.example()).model_copy(update={"washout_days": 0})
    chosen, answers = make_up(protocol, seed)
    study = store.create(protocol, chosen, answers)
    run(store, study, readers, seed, progress)
    return study


def run(
    store: Store,
    study: str,
    readers: int | Sequence[SimulatedReader] = 6,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Let simulated readers join a study of the store and read it to the end.

    Parameters
    ----------
    store : Store
    study : str
    readers : int or sequence of SimulatedReader
        A number draws them (:func:`draw_readers`).
    seed : int
        The same seed gives the same answers.
    progress : callable, optional
        Called with (readers done, readers in all).

    Raises
    ------
    StudyError
        If the protocol has a washout: simulated readers cannot wait.
    """
    who = draw_readers(readers, seed) if isinstance(readers, int) else list(readers)
    found = store.study(study)
    if found.protocol.washout_days and found.protocol.design == "crossover":
        raise StudyError("washout")
    for done, eye in enumerate(_eyes(found, who, seed), start=1):
        reader = store.join(study)
        while (reading := store.next(reader.code)) is not None:
            store.begin(reader.code, reading.id)
            for stage in reading.stages:
                store.commit(reader.code, reading.id, eye.answer(reading, stage, store.ai(reader.code, reading.id)))
        if progress is not None:
            progress(done, len(who))


def imagine(
    protocol: Protocol, readers: int | Sequence[SimulatedReader] = 6, seed: int = 0, ai_skill: float = 2.0
) -> pd.DataFrame:
    """Return the ratings that :func:`department` would leave behind, without a store and its clock: at once.

    Examples
    --------
    >>> imagine(Protocol.example(), readers=3).shape[0]
    120
    """
    who = draw_readers(readers, seed) if isinstance(readers, int) else list(readers)
    chosen, answers = make_up(protocol, seed, ai_skill)
    study = Study("", protocol, chosen.merge(answers, on="case"))
    rows: list[dict[str, Any]] = []
    for number, eye in enumerate(_eyes(study, who, seed), start=1):
        for reading in plan(protocol, chosen, number):
            given = [
                eye.answer(reading, stage, eye.ai(reading) if stage == "aided" else None) for stage in reading.stages
            ]
            rows.append(_row(f"R{number:02d}", reading, given))
    return tabulate(study, pd.DataFrame(rows, columns=READ))


def _row(reader: str, reading: Reading, given: list[Answer]) -> dict[str, Any]:
    """Return the row of ratings of one reading."""
    row = dict.fromkeys(READ) | asdict(given[-1]) | {"reader": reader, "modality": reading.arm, "case": reading.case}
    row |= {name: getattr(reading, name) for name in ("position", "session", "practice")}
    row["mark_row"], row["mark_col"] = given[-1].mark or (None, None)
    if len(given) > 1:
        row["first_mark_row"], row["first_mark_col"] = given[0].mark or (None, None)
        row["first_score"], row["first_seconds"] = given[0].score, given[0].seconds
    return row


def _eyes(study: Study, who: Sequence[SimulatedReader], seed: int) -> Iterator["_Eye"]:
    """Give each reader eyes for the study's films, one after the other."""
    rng = np.random.default_rng(seed + 1)
    hardness = rng.normal(size=len(study.films))  # what a film does to every reader
    for person in who:
        yield _Eye(person, study, hardness, rng)


class _Eye:
    """One simulated reader at work on one study."""

    def __init__(
        self, person: SimulatedReader, study: Study, hardness: NDArray[np.float64], rng: np.random.Generator
    ) -> None:
        self.person, self.protocol, self.rng = person, study.protocol, rng
        self.films: dict[str, dict[Any, Any]] = {film["case"]: film for film in study.films.to_dict("records")}
        own = rng.normal(size=len(hardness))  # what a film does to this reader each time
        self.habit = dict(zip(self.films, np.sqrt(0.3) * hardness + np.sqrt(0.2) * own))
        self.seen: tuple[int, float] | None = None

    def ai(self, reading: Reading) -> AIAnswer:
        """Return what the AI says of a film."""
        film = self.films[reading.case]
        return AIAnswer(film["ai"], film["own"], film["threshold"], None, self.protocol.arm(reading.arm).shows)

    def answer(self, reading: Reading, stage: str, ai: AIAnswer | None) -> Answer:
        """Return the reader's answer to a film. What she sees in it does not change between two stages."""
        if self.seen is None or self.seen[0] != reading.position:
            self.seen = reading.position, float(self.habit[reading.case] + np.sqrt(0.5) * self.rng.normal())
        noise, film = self.seen[1], self.films[reading.case]
        person = self.person
        skill = person.skill * max(1 - person.fatigue * reading.position / 100, 0.1)
        trust = 0.0
        if ai is not None:
            first = self.protocol.arm(reading.arm).ai == "first"
            trust = min(person.trust + (person.anchoring if first and person.trust else 0), 1.0)
        mark: Spot | None = None
        if self.protocol.scale == "confidence":
            odds = skill * (skill * (film["truth"] - 0.5) + noise + person.bias)
            if ai is not None:
                odds = (1 - trust) * odds + trust * float(_log_odds(ai.answer) - _log_odds(ai.threshold))
            score = float(np.round(100 * expit(odds)))
            if self.protocol.localise and score >= 50:
                mark = self._mark(film["boxes"], noise)
        else:
            low, high = self.protocol.limits
            score = float(film["truth"]) + _SPREAD[self.protocol.scale] * 2 / skill * (noise + person.bias)
            if ai is not None:
                score = (1 - trust) * score + trust * ai.answer
            score = float(np.clip(np.round(score), low, high))
        seconds = float(person.pace * np.exp(0.4 * self.rng.normal()) * (0.5 if stage != reading.stages[0] else 1))
        return Answer(stage, score, mark, seconds, trust=None if ai is None else round(100 * trust))

    def _mark(self, boxes: Sequence[tuple[float, ...]], noise: float) -> Spot:
        """Return where the reader sees a lesion: on it, if there is one and she was not misled; else beside."""
        if not boxes:
            return 10, 10
        r0, c0, r1, c1 = boxes[0]
        return (int(r0 + r1) // 2, int(c0 + c1) // 2) if noise > -0.8 else (int(r1) + 15, int(c1) + 15)


def _log_odds(p: float) -> float:
    return float(logit(np.clip(p, 1e-6, 1 - 1e-6)))
