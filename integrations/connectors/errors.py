"""What can go wrong with an outside system, told apart by what follows from it. None of them carries the system's words: those may be customers'."""

from __future__ import annotations

from infra.errors import Fatal, Retriable, Skippable


class Unreachable(Retriable):
    """Nothing came through: the network, a timeout, or an answer of 5xx after all patience."""

    def __init__(self, title: str) -> None:
        super().__init__(f"{title} does not answer.", "It is tried again by itself; see that the network is up.")


class Busy(Retriable):
    """The system asks for more patience than a request can have. `after_s` is how long it asked for, in seconds."""

    def __init__(self, title: str, after_s: float = 0.0) -> None:
        super().__init__(f"{title} asks for patience: its limit of requests is used up.", "It is tried again later.")
        self.after_s = after_s


class SignedOut(Fatal):
    """The token is refused and can't be renewed."""

    status = 502

    def __init__(self, title: str, sentence: str = "", next_step: str = "") -> None:
        super().__init__(
            sentence or f"{title} no longer takes our token.",
            next_step or f"Connect {title} again, or set a new token.",
        )


class ClientRefused(SignedOut):
    """The system does not know our client, or its secret is another one: no consent helps before that is mended."""

    def __init__(self, title: str) -> None:
        super().__init__(
            title,
            f"{title} does not take our app's client id and secret.",
            "Set both as the app has them now, then connect again.",
        )


class NotAllowed(Fatal):
    """The token does not reach that far."""

    status = 502

    def __init__(self, title: str, what: str = "that") -> None:
        super().__init__(f"{title} does not allow us {what}.", "Give the app the scopes that docs/connectors.md lists.")


class NotUnderstood(Retriable):
    """An answer of another shape than the system's documentation tells."""

    def __init__(self, title: str) -> None:
        super().__init__(f"{title} answered something that can't be understood.", "It is tried again later.")


class NotThere(Skippable):
    """The record is not there (any more)."""

    def __init__(self, title: str) -> None:
        super().__init__(f"{title} does not have this record.", "It may have been deleted there.")


class Refused(Skippable):
    """The system refused this one request for good. `code` is its own fixed word for why, `fields` the names of fields that it named."""

    def __init__(self, title: str, code: str, fields: tuple[str, ...] = ()) -> None:
        named = f" ({', '.join(fields)})" if fields else ""
        super().__init__(f"{title} refused it: {code}{named}.", "Mend the record or the field there, then try again.")
        self.code = code
        self.fields = fields


class Clash(Refused):
    """Something with that unique value is there already."""


class OutcomeUnknown(Retriable):
    """A request that must not be repeated blindly broke off: it may have been done."""

    def __init__(self, title: str) -> None:
        super().__init__(f"Whether {title} took it is not known.", "It is looked up before it is tried again.")
