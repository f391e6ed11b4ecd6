"""Where the archive is, and who asks: the environment alone says it; nothing of it is written or shown."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from .. import paths
from ..locale.errors import SentenceError

#: the address of the DICOMweb service, such as ``https://pacs.example/dicom-web``; without it there is no archive
URL = "XRLEARN_PACS_URL"
#: a name and a password, or a token
USER, PASSWORD, TOKEN = "XRLEARN_PACS_USER", "XRLEARN_PACS_PASSWORD", "XRLEARN_PACS_TOKEN"
#: a file of the certificates to trust, where the archive's is the hospital's own
CERTIFICATES = "XRLEARN_PACS_CA"


class ArchiveError(SentenceError):
    """The archive cannot be asked, or did not answer as hoped; the message says why."""

    section = "pacs.error."


@dataclass(frozen=True)
class Settings:
    """An archive and how to enter it; secrets are not part of its ``repr``."""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    certificates: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment.

        Raises
        ------
        ArchiveError
            If it names no archive, none that can be asked, or one to which secrets would travel in the clear.

        Examples
        --------
        >>> Settings.from_environment({URL: "http://127.0.0.1:8042/dicom-web/", USER: "eve", PASSWORD: "secret"})
        Settings(url='http://127.0.0.1:8042/dicom-web', user='eve', certificates='')
        >>> Settings.from_environment({URL: "http://pacs.example", TOKEN: "secret"})
        Traceback (most recent call last):
        ...
        xrlearn.pacs.settings.ArchiveError: XRLEARN_PACS_URL begins with http://, so name, password and token would
        travel for everybody to read; use https://.
        """
        told = os.environ if environment is None else environment
        url, user, password, token, ca = (told.get(name, "") for name in (URL, USER, PASSWORD, TOKEN, CERTIFICATES))
        if not url:
            raise ArchiveError("none", name=URL)
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ArchiveError("address", name=URL)
        if parts.username or parts.password:
            raise ArchiveError("secret", name=URL, user=USER, password=PASSWORD)
        if (user or token) and parts.scheme == "http" and not _here(parts.hostname):
            raise ArchiveError("clear", name=URL)
        if ca and not Path(ca).is_file():
            raise ArchiveError("certificates", name=CERTIFICATES)
        return cls(url.rstrip("/"), user, password, token, ca)


def configured() -> bool:
    """Say whether there is an archive to ask; for guests of this machine there is none."""
    return bool(os.environ.get(URL)) and not paths.guests()


def _here(host: str) -> bool:
    """Say whether a name means this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
