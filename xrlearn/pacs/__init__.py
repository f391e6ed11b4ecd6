"""An archive of films that speaks DICOMweb (a PACS): find studies, fetch films into memory, store answers beside them.

Off unless the environment says where the archive is (:mod:`.settings`); the extra ``pacs`` brings what it needs, which
is imported when the archive is first asked. What is stored is marked as research, not for diagnosis, and never takes
the place of anything that was there.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from .archive import Archive as Archive
    from .archive import Place as Place
    from .archive import Study as Study
    from .settings import ArchiveError as ArchiveError
    from .settings import Settings as Settings
    from .settings import configured as configured

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={"archive": ["Archive", "Place", "Study"], "settings": ["ArchiveError", "Settings", "configured"]},
)
