"""Reader studies: who reads which film when, with and without AI; what they answered; what it amounts to.

Each name is imported from its file when it is first used.

>>> from xrlearn.readers import Protocol
>>> Protocol.example().design
'crossover'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

#: public name -> file
_HOME = {
    "AIAnswer": "records",
    "Answer": "records",
    "Arm": "protocol",
    "Feedback": "records",
    "Progress": "records",
    "Protocol": "protocol",
    "Reader": "records",
    "Reading": "records",
    "Store": "store",
    "Study": "store",
    "StudyError": "errors",
    "ai_answers": "plan",
    "choose_cases": "plan",
    "dress": "plan",
    "films": "source",
    "find_film": "plan",
    "read_ratings": "exchange",
    "replay": "exchange",
}

if TYPE_CHECKING:
    from .errors import StudyError as StudyError
    from .exchange import read_ratings as read_ratings
    from .exchange import replay as replay
    from .plan import ai_answers as ai_answers
    from .plan import choose_cases as choose_cases
    from .plan import dress as dress
    from .plan import find_film as find_film
    from .protocol import Arm as Arm
    from .protocol import Protocol as Protocol
    from .records import AIAnswer as AIAnswer
    from .records import Answer as Answer
    from .records import Feedback as Feedback
    from .records import Progress as Progress
    from .records import Reader as Reader
    from .records import Reading as Reading
    from .source import films as films
    from .store import Store as Store
    from .store import Study as Study

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f".{_HOME[name]}", __name__), name)
    raise AttributeError(f"module 'xrlearn.readers' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
