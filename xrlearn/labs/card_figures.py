"""The figures of a model card that may stand beside a film: those measured on films like it, or none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..locale import text


@dataclass(frozen=True)
class CardFigures:
    """Figures of a card, for films of one source.

    Attributes
    ----------
    figures : mapping
        ``n``, ``metrics``, ``operating``, ``heatmaps`` as a card holds them; empty where none hold.
    of : str or None
        The films that they were measured on, in the language in use, where these are of another source.
    """

    figures: Mapping[str, Any] = field(default_factory=dict)
    of: str | None = None

    @classmethod
    def beside(cls, card: Any, source: str | None) -> "CardFigures":
        """Choose the figures of a :class:`xrlearn.training.Card` that may stand beside a film.

        Those of the film's own source come first. A film of unknown origin, and a real one of a source that was not
        measured, have the card's first ones with their origin said; these are never measured on simulated films where
        the film is known to be real, nor on real films where it is simulated.

        Parameters
        ----------
        card : DataCard
        source : str or None
            As the column ``source`` of a cases table says; None for a film of which nothing is known.

        Examples
        --------
        >>> from types import SimpleNamespace
        >>> by_source = {"simulated": {"n": 5}}
        >>> card = SimpleNamespace(data={}, figures={"source": "fracatlas", "n": 9, "by_source": by_source})
        >>> sources = ("fracatlas", "simulated", "simulated hip", "ours", None)
        >>> [CardFigures.beside(card, source).figures.get("n") for source in sources]
        [9, 5, None, 9, 9]
        >>> CardFigures.beside(card, "ours").of[:9]
        'FracAtlas'
        """
        from ..tasks import SIMULATED

        first = card.figures
        own = first.get("source")
        if source is not None and source in first.get("by_source", {}):
            return cls(first["by_source"][source])
        if source is not None and source == own:
            return cls(first)
        if source is not None and source.startswith(SIMULATED) != (own == SIMULATED):
            return cls()
        return cls(first, card.data.get("name") if own is None else source_title(own))


def source_title(source: str) -> str:
    """Return what the films of a source are called, in the language in use.

    Examples
    --------
    >>> source_title("simulated"), source_title("my films")
    ('simulated films', 'my films')
    """
    from ..data.cards import data_card, names
    from ..tasks import SIMULATED

    if source == SIMULATED:
        return text("lesson.compare.simulated")
    return str(data_card(source).title) if source in names() else source
