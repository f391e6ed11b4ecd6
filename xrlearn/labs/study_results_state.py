"""What a study came to, without widgets: one study of the store, or a department made up in memory."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..locale import text

if TYPE_CHECKING:
    import pandas as pd

    from ..readers.protocol import Protocol
    from ..readers.store import Store
    from ..stats import MRMC

#: readers, and films of the rarer kind, below which a study says little; readers: Obuchowski (2000), AJR 175:603-608
FEW_READERS, FEW_FILMS = 4, 20


@dataclass(frozen=True)
class Department:
    """A department to simulate.

    Attributes
    ----------
    readers, films : int
    skill : float
        The readers' mean separation of diseased and normal films in standard deviations; 2 is an AUC of 0.92.
    trust : float
        Mean weight of the AI's answer against their own, 0 to 1.
    seed : int
        Another seed draws other readers and films.
    """

    readers: int = 6
    films: int = 60
    skill: float = 1.6
    trust: float = 0.4
    seed: int = 1


class StudyResults:
    """The ratings of one study, and which two arms are compared.

    Attributes
    ----------
    protocol : Protocol or None
        Of the study that is open.
    ratings : DataFrame or None
        As :meth:`xrlearn.readers.Store.ratings` returns it.
    before, after : str
        The arms compared: the first without AI, and one with.
    simulated : bool
        Whether the readers are made up.
    """

    def __init__(self, store: "Store | None" = None) -> None:
        self._store = store
        self._opened = set[str]()  # studies whose leader has shown her code
        self.protocol: Protocol | None = None
        self.ratings: pd.DataFrame | None = None
        self.before = self.after = ""
        self.simulated = False

    @property
    def store(self) -> "Store":
        """The store, opened when it is first asked for."""
        if self._store is None:
            from ..readers.store import Store

            self._store = Store()
        return self._store

    def studies(self) -> list[tuple[str, str]]:
        """Return the studies, newest first: id, and how a list shows it."""
        return [
            (
                str(row.study),
                text("results.choose.listed", title=row.title, study=row.study, done=row.done, total=row.total),
            )
            for row in self.store.studies().itertuples()
        ]

    def locked(self, study: str) -> bool:
        """Say whether a study asks for its leader's code, and has not been given it on this page."""
        return study not in self._opened and self.store.locked(study)

    def unlock(self, study: str, code: str) -> None:
        """Take the code of the study's leader.

        Raises
        ------
        StudyError
            If it is another.
        """
        self.store.check_lead(study, code)
        self._opened.add(study)

    def open(self, study: str) -> None:
        """Open a study of the store.

        Raises
        ------
        StudyError
            If there is none of this id, or it is still locked.
        """
        if self.locked(study):
            self.store.check_lead(study, "")
        self._take(self.store.study(study).protocol, self.store.ratings(study), simulated=False)

    def simulate(self, department: Department) -> None:
        """Let a made-up department read made-up films; nothing is stored."""
        from ..readers.protocol import Protocol
        from ..readers.simulate import draw_readers, imagine

        drawn = draw_readers(department.readers, department.seed)
        skill, trust = (sum(getattr(r, name) for r in drawn) / len(drawn) for name in ("skill", "trust"))
        readers = [
            replace(
                reader,
                skill=max(reader.skill - skill + department.skill, 0.0),
                trust=min(max(reader.trust - trust + department.trust, 0.0), 1.0),
            )
            for reader in drawn
        ]
        raw = Protocol.example()
        planted = raw.planted.model_copy(
            update={"commission": department.films // 10, "omission": department.films // 10}
        )
        cases = raw.cases.model_copy(update={"number": department.films})
        wishes = {"cases": cases, "planted": planted, "practice": 0, "washout_days": 0, "seed": department.seed}
        protocol = raw.model_copy(update=wishes)
        self._take(protocol, imagine(protocol, readers, department.seed), simulated=True)

    def adopt(self, other: "StudyResults") -> None:
        """Show what another state holds."""
        if other.protocol is not None and other.ratings is not None:
            self._take(other.protocol, other.ratings, other.simulated)

    def close(self) -> None:
        """Close the study."""
        self.protocol = self.ratings = None
        self.before = self.after = ""

    def _take(self, protocol: "Protocol", ratings: "pd.DataFrame", simulated: bool) -> None:
        self.protocol, self.ratings, self.simulated = protocol, ratings, simulated
        self.before = next((arm.name for arm in protocol.arms if arm.ai == "none"), protocol.arms[0].name)
        self.after = next((arm.name for arm in protocol.arms if arm.ai != "none"), self.before)

    @property
    def aided(self) -> list[str]:
        """The arms that can be compared with the one without AI."""
        return [arm.name for arm in self.protocol.arms if arm.name != self.before] if self.protocol else []

    def pair(self) -> "pd.DataFrame":
        """Return the ratings of the two arms compared, arms named in the language in use.

        Examples
        --------
        >>> results = StudyResults()
        >>> results.simulate(Department(readers=2, films=20))
        >>> list(results.pair()["modality"].cat.categories)
        ['unaided reading', 'AI-aided reading']
        """
        assert self.ratings is not None, "no study is open"
        part = self.ratings[self.ratings["modality"].isin([self.before, self.after])]
        names = {arm: arm_name(arm) for arm in (self.before, self.after)}
        return part.assign(modality=part["modality"].cat.set_categories(list(names)).cat.rename_categories(names))

    def compare(self, metric: str = "auc") -> "MRMC":
        """Return the multi-reader multi-case analysis of the two arms; its differences are `after` less `before`.

        Raises
        ------
        StudyError
            If no reader has finished.
        StatsError
            If there are too few of anything.
        """
        from ..readers.results import compare

        pair = self.pair()
        last_first = list(pair["modality"].cat.categories)[::-1]
        return compare(pair.assign(modality=pair["modality"].cat.set_categories(last_first)), metric)

    def kinds(self) -> tuple[int, int]:
        """Return how many films with and without a lesion were read."""
        if self.ratings is None:
            return 0, 0
        truth = self.ratings.groupby("case")["truth"].first()
        return int((truth > 0).sum()), int((truth == 0).sum())

    def finished(self) -> tuple[int, int]:
        """Return how many readers have read every film in every arm, and how many have begun."""
        if self.ratings is None or self.protocol is None:
            return 0, 0
        films = self.protocol.cases.films
        wanted = (len(films) if films else self.protocol.cases.number) * len(self.protocol.arms)
        counts = self.ratings.groupby("reader").size()
        return int((counts == wanted).sum()), len(counts)


def arm_name(arm: str) -> str:
    """Return an arm's name in the language in use; names that a protocol's author chose stay as they are.

    Examples
    --------
    >>> arm_name("unaided"), arm_name("junior mode")
    ('unaided reading', 'junior mode')
    """
    known = {"unaided", "aided", "AI concurrent", "AI second", "AI first"}
    return text(f"results.arm.{arm.lower().replace(' ', '_')}") if arm in known else arm
