"""The code of whoever leads a study: only its hash is stored, and the results open with it.

It keeps readers of a shared machine from the results while the study runs. It does not encrypt the database: who may
read that file may read all that is in it.
"""

import hashlib
import hmac
import secrets

from .rows import letters, plain_code


def new_code() -> str:
    """Return a code that nobody can guess, such as ``7F2K-0QXD``."""
    return f"{letters(4)}-{letters(4)}"


def hashed(code: str) -> str:
    """Return what is stored of a code: salt and scrypt hash, in hexadecimal.

    Examples
    --------
    >>> matches("abcd 1234", hashed("ABCD-1234")), matches("ABCD-1235", hashed("ABCD-1234"))
    (True, False)
    """
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}:{_scrypt(code, salt).hex()}"


def matches(code: str, stored: str) -> bool:
    """Say whether a code, however it was typed, is the one that was hashed."""
    salt, _, digest = stored.partition(":")
    return hmac.compare_digest(_scrypt(code, bytes.fromhex(salt)), bytes.fromhex(digest))


def _scrypt(code: str, salt: bytes) -> bytes:
    return hashlib.scrypt(plain_code(code).encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
