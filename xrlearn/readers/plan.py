"""Who reads what, when: films, their order for each reader, and what the AI says of them. All from the seed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from os.path import commonpath
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..progress import Progress
from .errors import StudyError
from .protocol import Protocol
from .records import Reading
from .shipped import Model, known_to_model, seen_by_model, shipped_model

#: called with (films done, films in all)

#: how far a planted answer is from the truth on the scales that measure: grades, months (two years), degrees
_OFF = {"ordinal": 2.0, "months": 24.0, "degrees": 15.0}


def _rng(protocol: Protocol, *what: Any) -> np.random.Generator:
    """Return a generator that depends on the protocol's seed and on what it is used for, and on nothing else."""
    digest = sha256(repr((protocol.seed, *what)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def case_id(film: Path) -> str:
    """Return the digest by which a film is known in every table, whatever it is called."""
    return sha256(film.read_bytes()).hexdigest()[:12]


def root(cases: pd.DataFrame) -> Path:
    """Return the folder that the films of a source have in common; their paths are stored relative to it."""
    folders = [str(Path(image).parent) for image in cases["image"]]
    return Path(commonpath(folders))


def find_film(folder: Path, path: str, case: str) -> Path:
    """Return the film at `path` below `folder`.

    Raises
    ------
    StudyError
        If it is not there, or another film now bears its name.
    """
    film = folder / path
    if not film.is_file():
        raise StudyError("no_film", path=path)
    if case_id(film) != case:
        raise StudyError("other_film", path=path)
    return film


def choose_cases(protocol: Protocol, cases: pd.DataFrame, model: Model | None = None) -> pd.DataFrame:
    """Choose the films of a study, and some for practice, from those that no model was trained or tuned on.

    Parameters
    ----------
    protocol : Protocol
    cases : DataFrame
        The source's cases table (:func:`xrlearn.tasks.load`): image, patient, split, the task's label.
    model : callable, optional
        Reads one film; the task's shipped model when left out. In a study with AI, films that it does not know (its
        answer is NaN) are passed over.

    Returns
    -------
    DataFrame
        One row a film, in an order that tells nothing: case (digest), path (relative to :func:`root`), truth, boxes
        (list), practice, and what the task's model reads beside the film; practice films last. ``attrs["unknown"]`` is
        the number of films passed over because the model does not know such films.

    Raises
    ------
    StudyError
        If the label or the subtlety column is missing, a named film is not there, or there are too few films.

    Notes
    -----
    Only the test part is used, one film a patient, and of it only films that do not bear the fingerprint of a film
    that the shipped model has seen (:mod:`xrlearn.training.fingerprint`).
    """
    if protocol.label not in cases:
        raise StudyError("no_label", label=protocol.label)
    folder, rng = root(cases), _rng(protocol, "cases")
    table = cases.assign(path=[Path(image).relative_to(folder).as_posix() for image in cases["image"]])
    table = table[table[protocol.label].notna()].sort_values("path")
    beside = [name for name in protocol.inputs if name in table]
    if protocol.has_ai:
        table = table[(table[beside].notna() & (table[beside] != "")).all(axis=1)]
    fit = _Fit(protocol, model, _beside(table[beside], map(Path, table["image"])))
    if protocol.cases.films is None:
        pool = table[table["split"] == "test"]
        pool = pool.iloc[rng.permutation(len(pool))].drop_duplicates("patient")
        draw = _Draw(pool, protocol.label, fit)
        chosen = [film for share in quotas(protocol, pool) for film in draw.take(*share)]
        practice = draw.practice(protocol.practice, both=protocol.scale == "confidence")
    else:
        named = table.set_index("path", drop=False)
        absent = [film for film in protocol.cases.films if film not in named.index]
        if absent:
            raise StudyError("film_absent", path=absent[0], number=len(absent))
        chosen = list(protocol.cases.films)
        pool = table[(table["split"] == "test") & ~table["path"].isin(chosen)]
        pool = pool[~pool["patient"].isin(named.loc[chosen, "patient"])]
        draw = _Draw(pool.iloc[rng.permutation(len(pool))].drop_duplicates("patient"), protocol.label, fit)
        fit.refuse(named.loc[chosen, "image"].tolist())
        practice = draw.practice(protocol.practice, both=protocol.scale == "confidence")
    order = [chosen[i] for i in rng.permutation(len(chosen))]
    picked = table.set_index("path", drop=False).loc[order + practice]
    found = pd.DataFrame(
        {
            "case": [case_id(Path(image)) for image in picked["image"]],
            "path": order + practice,
            "truth": picked[protocol.label].astype(float).tolist(),
            "boxes": [list(b) if isinstance(b, list | tuple) else [] for b in picked.get("boxes", [()] * len(picked))],
            "practice": [False] * len(order) + [True] * len(practice),
            **{name: picked[name].tolist() for name in beside},
        }
    )
    found.attrs["unknown"] = len(fit.unknown)
    return found


def quotas(protocol: Protocol, pool: pd.DataFrame) -> list[tuple[int, pd.Series, str]]:
    """Return how many films to take of which rows of the pool, and what those are called if there are too few."""
    n, truth = protocol.cases.number, pool[protocol.label]
    if protocol.scale != "confidence":
        return [(n, truth.notna(), protocol.label)]
    diseased = round(n * protocol.cases.prevalence)
    healthy = (n - diseased, truth == 0, f"{protocol.label} 0")
    mix = protocol.cases.subtlety
    if not mix:
        return [(diseased, truth == 1, f"{protocol.label} 1"), healthy]
    if "subtlety" not in pool:
        raise StudyError("no_subtlety")
    ends = np.round(np.cumsum(list(mix.values())) * diseased).astype(int)
    counts = np.diff(ends, prepend=0)
    words = _in_words(pool["subtlety"])
    rows = [(int(k), (truth == 1) & (words == name), name) for name, k in zip(mix, counts)]
    return [*rows, healthy]


def _in_words(subtlety: pd.Series) -> pd.Series:
    """Name the thirds of a subtlety from 0 to 1, as simulated films have it; words stay as they are."""
    if not pd.api.types.is_numeric_dtype(subtlety):
        return subtlety
    return pd.cut(subtlety, [-0.001, 1 / 3, 2 / 3, 1.0], labels=["obvious", "moderate", "subtle"]).astype(str)


def _beside(inputs: pd.DataFrame, films: Iterable[Path]) -> dict[Path, dict[str, Any]]:
    """Return what a model reads beside each film: film -> column -> value."""
    rows = inputs.itertuples(index=False, name=None)
    return {film: dict(zip(map(str, inputs.columns), row)) for film, row in zip(films, rows)}


class _Fit:
    """Says which films a study may use: none that the model has seen, and with AI none that it does not know."""

    def __init__(self, protocol: Protocol, model: Model | None, beside: Mapping[Path, Mapping[str, Any]]) -> None:
        self.seen, self.unknown = seen_by_model(protocol.task), set[str]()
        self._knows: Callable[[Path], bool] | None = None
        if protocol.has_ai:
            self._knows = (
                known_to_model(protocol, beside) if model is None else lambda film: not np.isnan(model(film)[0])
            )

    def __call__(self, image: str) -> bool:
        return not self._seen(image) and self._known(image)

    def refuse(self, images: Sequence[str]) -> None:
        """Raise unless all these films are fit."""
        for key, bad in (
            ("seen", [image for image in images if self._seen(image)]),
            ("unknown", [image for image in images if not self._known(image)]),
        ):
            if bad:
                raise StudyError(key, path=Path(bad[0]).name, number=len(bad))

    def _seen(self, image: str) -> bool:
        from ..training.fingerprint import fingerprints, seen

        return bool(len(self.seen) and seen(fingerprints([image]), self.seen)[0])

    def _known(self, image: str) -> bool:
        if self._knows is None or (image not in self.unknown and self._knows(Path(image))):
            return True
        self.unknown.add(image)
        return False


class _Draw:
    """Takes films from a shuffled pool, in its order, each once, passing over those that are not fit."""

    def __init__(self, pool: pd.DataFrame, label: str, fit: _Fit) -> None:
        self.pool, self.label, self.fit, self.used = pool, label, fit, set[str]()

    def take(self, number: int, rows: pd.Series, name: str) -> list[str]:
        taken: list[str] = []
        for path, image in self.pool.loc[rows, ["path", "image"]].itertuples(index=False):
            if len(taken) == number:
                break
            if path not in self.used and self.fit(image):
                taken.append(path)
        if len(taken) < number:
            key = "too_few_known" if self.fit.unknown else "too_few"
            raise StudyError(key, wanted=number, what=name, found=len(taken), unknown=len(self.fit.unknown))
        self.used |= set(taken)
        return taken

    def practice(self, number: int, *, both: bool) -> list[str]:
        """Take films for practice; with `both`, half of them with a lesion, in turn."""
        truth = self.pool[self.label]
        if not both:
            return self.take(number, truth.notna(), self.label)
        with_, without = (
            self.take(k, truth == t, f"{self.label} {t}") for k, t in ((-(-number // 2), 1), (number // 2, 0))
        )
        turns = [film for pair in zip(with_, without, strict=False) for film in pair]
        return turns + with_[len(without) :]


# ------------------------------------------------------------------------------------------------ orders
def latin_square(n: int) -> list[list[int]]:
    """Return orders of `n` things, each at every place equally often and, as far as can be, after every other.

    Williams' design: n rows for even `n`, and 2 n (each row and its mirror) for odd `n` above 1.

    References
    ----------
    Williams (1949), Aust J Sci Res A 2:149-168.

    Examples
    --------
    >>> latin_square(2)
    [[0, 1], [1, 0]]
    >>> len(latin_square(3))
    6
    """
    first = [(k + 1) // 2 if k % 2 else -(k // 2) % n for k in range(n)]
    rows = [[(place + shift) % n for place in first] for shift in range(n)]
    return rows if n % 2 == 0 or n == 1 else rows + [row[::-1] for row in rows]


def plan(protocol: Protocol, chosen: pd.DataFrame, reader_number: int) -> list[Reading]:
    """Return the readings of one reader, in order.

    Crossover: one session an arm, every film once in each; the order of arms comes from a Latin square by reader
    number (from 1), the order of films is drawn anew for each reader and session. Sequential: one session, the arms
    one right after the other on each film. Practice comes first, in the arms of the first session.

    Parameters
    ----------
    protocol : Protocol
    chosen : DataFrame
        Columns case and practice, as :func:`choose_cases` returns them.
    reader_number : int
        From 1.

    Examples
    --------
    >>> chosen = pd.DataFrame({"case": list("abcd"), "practice": False})
    >>> [(r.session, r.arm) for r in plan(Protocol.example(), chosen, 2)][::4]
    [(1, 'aided'), (2, 'unaided')]
    """
    arms = [arm.name for arm in protocol.arms]
    films = chosen.loc[~chosen["practice"], "case"].tolist()
    drill = chosen.loc[chosen["practice"], "case"].tolist()
    steps: list[tuple[int, str, str, bool]] = []
    if protocol.design == "sequential":
        shuffled = _rng(protocol, "order", reader_number, 1).permutation(len(films))
        steps += [(1, arm, case, True) for case in drill for arm in arms]
        steps += [(1, arm, films[i], False) for i in shuffled for arm in arms]
    else:
        square = latin_square(len(arms))
        order = [arms[i] for i in square[(reader_number - 1) % len(square)]]
        steps += [(1, order[0], case, True) for case in drill]
        for session, arm in enumerate(order, start=1):
            shuffled = _rng(protocol, "order", reader_number, session).permutation(len(films))
            steps += [(session, arm, films[i], False) for i in shuffled]
    return [
        Reading(position, session, arm, case, practice, protocol.stages(arm))
        for position, (session, arm, case, practice) in enumerate(steps)
    ]


# ------------------------------------------------------------------------------------------------ the AI
def ai_answers(
    protocol: Protocol,
    chosen: pd.DataFrame,
    folder: Path,
    model: Model | None = None,
    threshold: float = 0.5,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Let the AI read the films of a study, and plant the errors that the protocol asks for.

    Parameters
    ----------
    protocol : Protocol
    chosen : DataFrame
        As :func:`choose_cases` returns it.
    folder : Path
        The source's :func:`root`.
    model : callable, optional
        Reads one film; the task's shipped model, with its own threshold, when left out.
    threshold : float
        Probability from which `model` says yes.
    progress : callable, optional

    Returns
    -------
    DataFrame
        case, ai (the answer shown; probability 0 to 1 on the confidence scale), own (what the model said), peak_row,
        peak_col (-1 where unknown), threshold, planted ("", "commission", "omission").

    Raises
    ------
    StudyError
        If a film is gone, the model does not know one, none ships for the task, or there are not enough films to plant
        the errors on.
    """
    if model is None:
        inputs = chosen[[name for name in protocol.inputs if name in chosen]]
        model, threshold = shipped_model(protocol, _beside(inputs, [folder / path for path in chosen["path"]]))
    rows = []
    for done, (case, path) in enumerate(chosen[["case", "path"]].itertuples(index=False), start=1):
        own, peak = model(find_film(folder, path, case))
        rows.append((case, own, own, *(peak or (-1, -1))))
        if progress is not None:
            progress(done, len(chosen))
    answers = pd.DataFrame(rows, columns=["case", "ai", "own", "peak_row", "peak_col"])
    if answers["own"].isna().any():
        bad = chosen.loc[answers["own"].isna().to_numpy(), "path"]
        raise StudyError("unknown", path=bad.iloc[0], number=len(bad))
    return plant(protocol, chosen, answers.assign(threshold=threshold))


def plant(protocol: Protocol, chosen: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """Return `answers` with the protocol's errors planted: column ``ai`` changed and ``planted`` added.

    Errors are planted on films that the model reads rightly, as far as there are such. A planted probability is drawn
    evenly from a fifth to nine tenths of the way from the threshold to 1 (commission, on films without a lesion) or to
    0 (omission, on films with one); on the other scales it lies two grades, 24 months or 15 degrees above or below the
    truth, within the scale.
    """
    rng = _rng(protocol, "planted")
    answers = answers.assign(planted="")
    table = answers.merge(chosen[["case", "truth", "practice"]], on="case")
    table = table[~table["practice"]]
    binary = protocol.scale == "confidence"
    low, high = protocol.limits
    for kind, number in (("commission", protocol.planted.commission), ("omission", protocol.planted.omission)):
        up = kind == "commission"
        free = table[~table["case"].isin(answers.loc[answers["planted"] != "", "case"])]
        if binary:
            free = free[free["truth"] == (0 if up else 1)]
            right = (free["ai"] >= free["threshold"]) == (free["truth"] == 1)
        else:
            room = free["truth"] + (_OFF[protocol.scale] if up else -_OFF[protocol.scale])
            free = free[room.between(low, high)]
            right = (free["ai"] - free["truth"]).abs() <= _OFF[protocol.scale] / 2
        if len(free) < number:
            raise StudyError("too_few_to_plant", kind=kind, wanted=number, found=len(free))
        drawn = free.assign(order=rng.permutation(len(free)), wrong=~right).sort_values(["wrong", "order"]).head(number)
        for case, truth, threshold in drawn[["case", "truth", "threshold"]].itertuples(index=False):
            if binary:
                said = threshold + rng.uniform(0.2, 0.9) * ((1 if up else 0) - threshold)
            else:
                said = truth + (_OFF[protocol.scale] if up else -_OFF[protocol.scale])
            answers.loc[answers["case"] == case, ["ai", "planted"]] = [said, kind]
    return answers


def dress(heatmap: NDArray[np.float32], own: float, shown: float) -> NDArray[np.float32]:
    """Return the model's heat map made to fit the answer shown, so that a planted error does not give itself away.

    The evidence of every pixel is moved by the same amount of log odds as the answer was. Where nothing was planted
    nothing changes.

    Parameters
    ----------
    heatmap : ndarray, float32, 0 to 1
    own, shown : float
        Probability that the model gave, and that the study shows.

    Examples
    --------
    >>> dress(np.array([[0.5]], np.float32), 0.5, 0.9).round(3)
    array([[0.9]], dtype=float32)
    """
    if own == shown:
        return heatmap
    p = np.clip(heatmap.astype(np.float64), 1e-6, 1 - 1e-6)
    was, is_ = (min(max(x, 1e-6), 1 - 1e-6) for x in (own, shown))
    odds = p / (1 - p) * (1 - was) / was * is_ / (1 - is_)
    moved: NDArray[np.float32] = (odds / (1 + odds)).astype(np.float32)
    return moved
