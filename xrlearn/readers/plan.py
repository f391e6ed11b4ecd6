"""Who reads what, when: films, their order for each reader, and what the AI says of them. All from the seed."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from os.path import commonpath
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..data.labels import LABELS
from .errors import StudyError
from .protocol import Protocol
from .records import Reading, Spot

#: called with (films done, films in all)
Progress = Callable[[int, int], None]
#: reads one film: answer (probability on the confidence scale) and where its evidence is strongest
Model = Callable[[Path], tuple[float, Spot | None]]

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


def choose_cases(protocol: Protocol, cases: pd.DataFrame) -> pd.DataFrame:
    """Choose the films of a study, and some for practice, from those that no model was trained or tuned on.

    Parameters
    ----------
    protocol : Protocol
    cases : DataFrame
        The source's cases table (:func:`xrlearn.tasks.load`): image, patient, split, the task's label.

    Returns
    -------
    DataFrame
        One row a film, in an order that tells nothing: case (digest), path (relative to :func:`root`), truth, boxes
        (list), practice; practice films last.

    Raises
    ------
    StudyError
        If the label or the subtlety column is missing, a named film is not there, or there are too few films.

    Notes
    -----
    Only the test part is used, one film a patient, and of it only films that do not bear the fingerprint of a film
    that the shipped model has seen (:mod:`xrlearn.training.fingerprint`).
    """
    if protocol.task not in cases:
        raise StudyError("no_label", label=protocol.task)
    folder, rng = root(cases), _rng(protocol, "cases")
    table = cases.assign(path=[Path(image).relative_to(folder).as_posix() for image in cases["image"]])
    table = table[table[protocol.task].notna()].sort_values("path")
    if protocol.cases.films is None:
        pool = table[table["split"] == "test"]
        pool = pool.iloc[rng.permutation(len(pool))].drop_duplicates("patient")
        draw = _Draw(pool, protocol.task)
        chosen = [film for share in _quotas(protocol, pool) for film in draw.take(*share)]
        practice = draw.practice(protocol.practice, both=protocol.scale == "confidence")
    else:
        named = table.set_index("path", drop=False)
        absent = [film for film in protocol.cases.films if film not in named.index]
        if absent:
            raise StudyError("film_absent", path=absent[0], number=len(absent))
        chosen = list(protocol.cases.films)
        pool = table[(table["split"] == "test") & ~table["path"].isin(chosen)]
        pool = pool[~pool["patient"].isin(named.loc[chosen, "patient"])]
        draw = _Draw(pool.iloc[rng.permutation(len(pool))].drop_duplicates("patient"), protocol.task)
        draw.refuse_seen(named.loc[chosen, "image"].tolist())
        practice = draw.practice(protocol.practice, both=protocol.scale == "confidence")
    order = [chosen[i] for i in rng.permutation(len(chosen))]
    picked = table.set_index("path", drop=False).loc[order + practice]
    return pd.DataFrame(
        {
            "case": [case_id(Path(image)) for image in picked["image"]],
            "path": order + practice,
            "truth": picked[protocol.task].astype(float).tolist(),
            "boxes": [list(b) if isinstance(b, list | tuple) else [] for b in picked.get("boxes", [()] * len(picked))],
            "practice": [False] * len(order) + [True] * len(practice),
        }
    )


def _quotas(protocol: Protocol, pool: pd.DataFrame) -> list[tuple[int, pd.Series, str]]:
    """Return how many films to take of which rows of the pool, and what those are called if there are too few."""
    n, truth = protocol.cases.number, pool[protocol.task]
    if protocol.scale != "confidence":
        return [(n, truth.notna(), protocol.task)]
    diseased = round(n * protocol.cases.prevalence)
    healthy = (n - diseased, truth == 0, f"{protocol.task} 0")
    mix = protocol.cases.subtlety
    if not mix:
        return [(diseased, truth == 1, f"{protocol.task} 1"), healthy]
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


class _Draw:
    """Takes films from a shuffled pool, in its order, each once, passing over those that the model has seen."""

    def __init__(self, pool: pd.DataFrame, task: str) -> None:
        self.pool, self.task, self.known, self.used = pool, task, _seen_by_model(task), set[str]()

    def take(self, number: int, rows: pd.Series, name: str) -> list[str]:
        taken: list[str] = []
        for path, image in self.pool.loc[rows, ["path", "image"]].itertuples(index=False):
            if len(taken) == number:
                break
            if path not in self.used and not self._seen(image):
                taken.append(path)
        if len(taken) < number:
            raise StudyError("too_few", wanted=number, what=name, found=len(taken))
        self.used |= set(taken)
        return taken

    def practice(self, number: int, *, both: bool) -> list[str]:
        """Take films for practice; with `both`, half of them with a lesion, in turn."""
        truth = self.pool[self.task]
        if not both:
            return self.take(number, truth.notna(), self.task)
        with_, without = (
            self.take(k, truth == t, f"{self.task} {t}") for k, t in ((-(-number // 2), 1), (number // 2, 0))
        )
        turns = [film for pair in zip(with_, without, strict=False) for film in pair]
        return turns + with_[len(without) :]

    def refuse_seen(self, images: Sequence[str]) -> None:
        bad = [image for image in images if self._seen(image)]
        if bad:
            raise StudyError("seen", path=Path(bad[0]).name, number=len(bad))

    def _seen(self, image: str) -> bool:
        from ..training.fingerprint import fingerprints, seen

        return bool(len(self.known) and seen(fingerprints([image]), self.known)[0])


def _seen_by_model(task: str) -> NDArray[np.int8]:
    """Return the fingerprints of the films that trained or tuned the model that ships; none where none ships."""
    from safetensors import SafetensorError, safe_open

    from ..paths import WEIGHTS

    try:
        with safe_open(WEIGHTS / f"{task}.safetensors", framework="numpy") as stored:
            prints: NDArray[np.int8] = stored.get_tensor("seen")
            return prints
    except (FileNotFoundError, SafetensorError):
        return np.empty((0, 450), np.int8)


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
        If a film is gone, or there are not enough films to plant the errors on.
    """
    read, threshold = (model, threshold) if model else _shipped(protocol)
    rows = []
    for done, (case, path) in enumerate(chosen[["case", "path"]].itertuples(index=False), start=1):
        own, peak = read(find_film(folder, path, case))
        rows.append((case, own, own, *(peak or (-1, -1))))
        if progress is not None:
            progress(done, len(chosen))
    answers = pd.DataFrame(rows, columns=["case", "ai", "own", "peak_row", "peak_col"])
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


def _shipped(protocol: Protocol) -> tuple[Model, float]:
    """Return the task's shipped model as a reader of films, and its threshold."""
    if protocol.scale != "confidence" or LABELS[protocol.task].high != 1:
        raise StudyError("no_model", task=protocol.task)

    from ..training import card, predict

    def read(film: Path) -> tuple[float, Spot | None]:
        said = predict(film, protocol.task)
        return said.probability, said.heatmap_peak

    return read, card(protocol.task).threshold
