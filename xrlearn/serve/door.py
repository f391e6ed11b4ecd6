"""Who may come in: whoever has the class's token or password; and, with a token of her own, the teacher."""

import asyncio
import hmac
import ipaddress
import secrets
from dataclasses import dataclass, field
from typing import Any

import tornado.web
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.identity import IdentityProvider, User
from jupyter_server.auth.login import LoginFormHandler
from traitlets import Unicode

from . import pages
from .kernels import requested_language

#: the name under which the teacher's browser is known; all others have random ones
TEACHER = "teacher"
_WRONG_TAKES = 1.0  # seconds; guessing is slow


@dataclass(frozen=True)
class Keys:
    """What opens the door.

    Attributes
    ----------
    token : str
        Opens it as a part of an address, too.
    password : str
        Opens it where it is typed.
    teacher : str
        The teacher's token, which opens the teacher's page besides.

    Examples
    --------
    >>> len(Keys.made(password="radius").token), Keys.made(token="ulna").token
    (0, 'ulna')
    """

    token: str = ""
    password: str = field(default="", repr=False)
    teacher: str = field(default_factory=lambda: secrets.token_urlsafe(12))

    @classmethod
    def made(cls, token: str | None = None, password: str | None = None, teacher: str | None = None) -> "Keys":
        """Return keys: where there is neither token nor password, the token is drawn, and so is the teacher's."""
        drawn = "" if password else secrets.token_urlsafe(12)
        return cls(token or drawn, password or "", teacher or secrets.token_urlsafe(12))


def only_this_machine(address: str) -> bool:
    """Return whether an address to listen at can be reached from this machine alone.

    Examples
    --------
    >>> [only_this_machine(a) for a in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "10.0.0.7", "class.example")]
    [True, True, True, False, False, False, False]
    """
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


class SignIn(LoginFormHandler):
    """The page that asks for the password; whoever has it, or a token, is let through to where she wanted to go."""

    def _render(self, message: dict[str, str] | None = None) -> None:
        lang = requested_language(self.request.query)
        wanted = self.get_argument("next", default=self.base_url)
        self.write(pages.plain("signin", self, lang, next=wanted, wrong=message is not None))

    @allow_unauthenticated
    async def post(self) -> None:
        """Look at what was typed."""
        if self.identity_provider.process_login_form(self) is None:
            await asyncio.sleep(_WRONG_TAKES)
        super().post()


class Door(IdentityProvider):
    """Lets in whoever has the token or the password; everybody where there is neither."""

    password = Unicode("").tag(config=True)
    teacher = Unicode("").tag(config=True)

    @property
    def auth_enabled(self) -> bool:
        """Whether the door is locked at all."""
        return bool(self.token or self.password)

    def get_handlers(self) -> list[tuple[str, Any]]:
        """Serve the sign-in page, where there is something to sign in to."""
        return [(r"/login", SignIn)] if self.auth_enabled else []

    async def get_user_token(self, handler: tornado.web.RequestHandler) -> User | None:
        """Return who comes with a token in the address or in a header."""
        return await self._known(handler, self.get_token(handler), self.token)

    def process_login_form(self, handler: tornado.web.RequestHandler) -> User | None:
        """Return who has typed a password or a token."""
        typed = handler.get_body_argument("password", default="")
        if _same(typed, self.teacher):
            return User(TEACHER)
        return self.generate_anonymous_user(handler) if _same(typed, self.token, self.password) else None

    async def _known(self, handler: Any, given: str | None, *keys: str) -> User | None:
        if _same(given, self.teacher):
            return User(TEACHER)
        if not _same(given, *keys):
            return None
        already = self.get_user_cookie(handler)
        user: User | None = await already if asyncio.iscoroutine(already) else already  # type: ignore[assignment]
        return user or self.generate_anonymous_user(handler)


def _same(given: str | None, *keys: str) -> bool:
    """Return whether `given` is one of the keys, in a time that tells nothing; the empty one is none."""
    return any(key and hmac.compare_digest((given or "").encode(), key.encode()) for key in keys)
