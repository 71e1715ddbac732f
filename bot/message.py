"""The neutral Message: written once, rendered to Block Kit, Adaptive Cards, HTML and the terminal. Limits live in the renderers.

Text is plain with a small markup that every renderer translates: `**bold**`, `*quiet*`, and `[n]` for the evidence with that number.
Text from outside (quotes, names) is data: build it with `plain()`, which keeps markup characters from taking effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bot.pictures.record import Picture

_MARKUP = str.maketrans({"*": "\\*", "[": "\\[", "]": "\\]", "\\": "\\\\"})


def plain(text: str) -> str:
    """Return `text` with the markup characters escaped by a backslash, for words that come from outside."""
    return text.translate(_MARKUP)


@dataclass(frozen=True)
class Text:
    """A paragraph or bullet of marked-up text; a `letter` is words that go out, with their own lines, and stands apart. `tone` trouble and good are shown by colour or sign, never by colour alone."""

    text: str
    style: Literal["heading", "body", "bullet", "quiet", "letter"] = "body"
    tone: Literal["plain", "trouble", "good"] = "plain"


@dataclass(frozen=True)
class Quote:
    """A piece of evidence, numbered: verbatim words, who said them, when, and the link that opens them in their place."""

    number: int
    text: str
    speaker: str | None
    at: datetime | None
    label: str | None
    url: str | None


@dataclass(frozen=True)
class Grid:
    """A table: headings, alignment, cells as marked-up text, and for each row the link that opens its record (or None)."""

    headings: tuple[str, ...]
    align: tuple[Literal["left", "right"], ...]
    rows: tuple[tuple[str, ...], ...]
    links: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A picture with an alternative text that tells the same figures. It is drawn only where it is shown: `bot.pictures.drawing.png_of`.

    `png` is one that is drawn already; else `picture` has the figures, from which the console makes one that can be explored. `url` is where a chat
    fetches it, `upload` its id in the chat that it was uploaded to: see `with_charts`.
    """

    png: bytes
    alternative: str
    title: str
    picture: Picture | None = None
    url: str | None = None
    upload: str | None = None


@dataclass(frozen=True)
class Button:
    """A button. `action` is what the surface sends back as `dw:<action>` with `value`; a `url` makes it a link."""

    label: str
    action: str
    value: str
    url: str | None = None
    style: Literal["plain", "primary", "danger"] = "plain"


@dataclass(frozen=True)
class Buttons:
    """A row of buttons."""

    buttons: tuple[Button, ...]


@dataclass(frozen=True)
class Input:
    """A field of a form. `ticks` are lines to be ticked, each by itself: `choices` by their ids, `value` the ids that are ticked beforehand with commas
    between, `notes` what stands under each, by id. What is ticked comes back as a field of its own: see `TICK`.
    """

    key: str
    label: str
    kind: Literal["text", "long", "date", "choice", "ticks"] = "text"
    value: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    optional: bool = True
    notes: tuple[tuple[str, str], ...] = ()

    @property
    def chosen(self) -> frozenset[str]:
        """The ids that are ticked beforehand."""
        return frozenset(filter(None, self.value.split(",")))


@dataclass(frozen=True)
class Form:
    """A form that opens from a button: a modal in Slack, a task module in Teams, a form in the console. One that is `inside` stands open in its card.

    `lead` stands above its fields where it opens by itself.
    """

    title: str
    action: str
    value: str
    inputs: tuple[Input, ...]
    submit: str = "Save"
    inside: bool = False
    lead: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Fold:
    """Parts that are shown on demand ("3 more", "Evidence"): a renderer may show them folded, or behind a button."""

    label: str
    parts: tuple[Part, ...]


Part = Text | Quote | Grid | Chart | Buttons | Form | Fold


@dataclass(frozen=True)
class Message:
    """What is shown. `summary` is one line of plain text for notifications and screen readers; `key` identifies the message in metadata."""

    summary: str
    parts: tuple[Part, ...]
    key: str = ""
    about: dict[str, str] = field(default_factory=dict)


FEEDBACK = frozenset({"useful", "not_useful"})
"""The actions of the buttons that say what somebody thinks of an answer."""

REVIEW = "review"
"""The button that opens the form of a card whose lines are too many to be ticked in a message."""

FORMS = frozenset({"edit", "snooze", "reject", REVIEW, "alert_snooze", "alert_dismiss"})
"""The actions of the buttons that open a form."""

TICK, TICKS = "tick.", "ticks"
"""Fields of a form with lines to tick: `tick.<id>` is "true" where the line is ticked, and `ticks` says that there were any."""


def fixed(sentence: str, next_step: str = "") -> Message:
    """Return the message of a fixed sentence."""
    told = [one for one in (sentence, next_step) if one]
    return Message(" ".join(told), tuple(Text(plain(one), "body") for one in told))


def with_note(message: Message, note: str | None) -> Message:
    """Return a message with a small line at its end."""
    if not note:
        return message
    return replace(message, parts=(*message.parts, Text(f"*{plain(note)}*", "quiet")))


def folds(parts: tuple[Part, ...]) -> Iterator[Fold]:
    """Yield all folds, depth first, in the order that their numbers count."""
    for part in parts:
        if isinstance(part, Fold):
            yield part
            yield from folds(part.parts)


def unfolded(parts: tuple[Part, ...]) -> Iterator[Part]:
    """Yield all parts in their order, in the place of each fold what it holds."""
    for part in parts:
        if isinstance(part, Fold):
            yield from unfolded(part.parts)
        else:
            yield part


def all_buttons(parts: tuple[Part, ...]) -> Iterator[Button]:
    """Yield all buttons, depth first, in the order that their numbers count."""
    for part in unfolded(parts):
        if isinstance(part, Buttons):
            yield from part.buttons


def quotes(parts: tuple[Part, ...]) -> Iterator[Quote]:
    """Yield all quotes, those in folds too."""
    return (part for part in unfolded(parts) if isinstance(part, Quote))


def charts(parts: tuple[Part, ...]) -> Iterator[Chart]:
    """Yield all charts, those in folds too."""
    return (part for part in unfolded(parts) if isinstance(part, Chart))


def with_charts(message: Message, change: Callable[[Chart], Chart]) -> Message:
    """Return a message with each of its charts changed, those in folds too."""

    def changed(parts: tuple[Part, ...]) -> tuple[Part, ...]:
        return tuple(
            change(part)
            if isinstance(part, Chart)
            else replace(part, parts=changed(part.parts))
            if isinstance(part, Fold)
            else part
            for part in parts
        )

    return replace(message, parts=changed(message.parts))


def is_feedback(part: Part) -> bool:
    """Return whether a part is the row of buttons that ask what somebody thinks of the answer."""
    return isinstance(part, Buttons) and bool(part.buttons) and all(one.action in FEEDBACK for one in part.buttons)
