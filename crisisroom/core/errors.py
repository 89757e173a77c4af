"""Every refusal a person or program can meet: an HTTP status, a stable type and a plain sentence."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


class Refused(Exception):
    """A request that was understood and not carried out. Nothing was changed.

    `type` is the stable last part of the problem type (RFC 9457); `detail` says what is safe and what to do.
    """

    status: ClassVar[int] = 422
    type: ClassVar[str] = "refused"
    title: ClassVar[str] = "Refused"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def more(self) -> dict[str, Any]:
        """Further members of the problem document."""
        return {}


class BadInput(Refused):
    """Something in the request is wrong; `fields` names each and says what."""

    type = "bad-input"
    title = "Bad input"

    def __init__(self, detail: str, field: str | None = None, fields: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.fields = fields or ({field: detail} if field else {})

    def more(self) -> dict[str, Any]:
        return {"fields": self.fields} if self.fields else {}


class KeyReused(BadInput):
    """The idempotency key was used before for another command."""

    type = "key-reused"
    title = "Idempotency key reused"


class Malformed(Refused):
    """The body could not be read at all."""

    status = 400
    type = "malformed"
    title = "Malformed request"


class SignedOut(Refused):
    """No valid sign-in came with the request."""

    status = 401
    type = "signed-out"
    title = "Sign in first"

    def __init__(self, detail: str = "Sign in, or send a valid token.") -> None:
        super().__init__(detail)


class NotAllowed(Refused):
    """The caller may see this but not do it."""

    status = 403
    type = "not-allowed"
    title = "Not allowed"


class NotFound(Refused):
    """Hidden or absent: the two look the same, byte for byte."""

    status = 404
    type = "not-found"
    title = "There is nothing here for you to see"

    def __init__(self) -> None:
        super().__init__("The address is wrong, or it belongs to something your organisation is not part of.")


@dataclass(frozen=True)
class FieldConflict:
    """One field that somebody else changed first, with both texts."""

    field: str
    base: Any
    theirs: Any
    yours: Any
    by: dict[str, str]


class Conflict(Refused):
    """The fields were changed by somebody else since the writer read them; both values are kept and shown."""

    status = 409
    type = "conflict"
    title = "Someone changed it first"

    def __init__(self, conflict: list[FieldConflict]) -> None:
        super().__init__("Someone changed this while you were typing. Nothing is lost: choose which value stays.")
        self.conflict = conflict

    def more(self) -> dict[str, Any]:
        return {"conflict": [asdict(one) for one in self.conflict]}


class IncidentClosed(Refused):
    """The incident is closed; its board and log can only be read."""

    status = 409
    type = "incident-closed"
    title = "This incident is closed"

    def __init__(self) -> None:
        super().__init__("This incident is closed. Its board and log can be read, not changed.")


class WrongMethod(Refused):
    """The address exists, but not for this method."""

    status = 405
    type = "wrong-method"
    title = "Method not allowed"


class LogBroken(Refused):
    """The stored log was damaged, so what is asked for cannot be made from it."""

    status = 500
    type = "log-broken"
    title = "The log is broken"


class Fault(Refused):
    """Something happened on the server that should not; its log has the details under the request's id."""

    status = 500
    type = "fault"
    title = "Something went wrong"

    def __init__(self) -> None:
        super().__init__("Something went wrong on the server. Try again; if it stays so, tell whoever runs it.")


class TooLarge(Refused):
    """The body is larger than this address takes."""

    status = 413
    type = "too-large"
    title = "Too large"


class TooFast(Refused):
    """Too many tries; wait and try again."""

    status = 429
    type = "too-fast"
    title = "Too many tries"


class NotSaved(Refused):
    """The change could not be stored; `saved` is False, or "unknown" when the answer of the disk was lost."""

    status = 503
    type = "not-saved"
    title = "Not saved"

    def __init__(self, detail: str, saved: bool | str = False) -> None:
        super().__init__(detail)
        self.saved = saved

    def more(self) -> dict[str, Any]:
        return {"saved": self.saved}
