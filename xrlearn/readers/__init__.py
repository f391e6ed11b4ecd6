"""Reader studies: who reads which film when, with and without AI; what they answered; what it amounts to.

Each name is imported from its file when it is first used.

>>> from xrlearn.readers import Protocol
>>> Protocol.example().design
'crossover'
"""

from typing import TYPE_CHECKING

import lazy_loader

#: public name -> file
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
    from .records import Reader as Reader
    from .records import ReaderProgress as ReaderProgress
    from .records import Reading as Reading
    from .source import films as films
    from .store import Store as Store
    from .store import Study as Study

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "errors": ["StudyError"],
        "exchange": ["read_ratings", "replay"],
        "plan": ["ai_answers", "choose_cases", "dress", "find_film"],
        "protocol": ["Arm", "Protocol"],
        "records": ["AIAnswer", "Answer", "Feedback", "ReaderProgress", "Reader", "Reading"],
        "source": ["films"],
        "store": ["Store", "Study"],
    },
)
