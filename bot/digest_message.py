"""The weekly review as a neutral message: one screen, a row of buttons under each section, and everything else behind a button."""

from __future__ import annotations

from datetime import timedelta

from agents.answer import Action, Evidence
from agents.digest.keeping import WHOLE
from agents.digest.record import Digest, Line, Section
from bot.compose import View
from bot.figures import counted
from bot.message import Button, Buttons, Fold, Message, Part, Quote, Text, plain
from bot.pictures.drawing import part_of

KEY = "review:"
"""What the key of a review's message begins with; then its id, and after `@` for whom its first screen was chosen."""

FIRST_PICTURE = 1
"""Pictures that stand open; the others are folded."""

EVIDENCE, PICTURES = "Evidence", "More pictures"
"""The labels of the folds that belong to the first screen; every other fold is a section's."""

_USEFUL, _NOT_USEFUL = "useful", "not_useful"
_LONGEST_LABEL = 60
_ACTIONS = 4
"""Buttons of lines in one row: a fifth and sixth say what somebody thinks of the section."""


def message_key(review_id: str, reader: str | None) -> str:
    """Return the key of a review's message for a reader (None: everybody in a channel)."""
    return f"{KEY}{review_id}{f'@{reader}' if reader else ''}"


def read_key(key: str) -> tuple[str, str | None, str] | None:
    """Return a review's id, its reader and the section that a button speaks of, from a message's key or a button's value; None for what is no review's."""
    if not key.startswith(KEY):
        return None
    whole, _, section = key.removeprefix(KEY).partition("#")
    review_id, at, reader = whole.rpartition("@")
    return (review_id, reader, section or WHOLE) if at else (whole, None, section or WHOLE)


class _Numbered:
    """Numbers evidence in the order in which lines cite it, the same piece always the same."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str, str], int] = {}
        self.evidence: list[Evidence] = []
        self._told = 0

    def marks(self, evidence: tuple[Evidence, ...]) -> str:
        numbers = []
        for piece in evidence:
            key = (piece.source, piece.id, piece.quote)
            if key not in self._numbers:
                self.evidence.append(piece)
                self._numbers[key] = len(self.evidence)
            numbers.append(self._numbers[key])
        return "".join(f"[{number}]" for number in dict.fromkeys(numbers))

    def quotes(self, view: View) -> tuple[Quote, ...]:
        """Return what was numbered since it was asked for last, as quotes."""
        told, self._told = self._told, len(self.evidence)
        return tuple(_quote(number, one, view) for number, one in enumerate(self.evidence[told:], told + 1))


def digest_message(digest: Digest, view: View, *, reader: str | None = None, kept: bool = True) -> Message:
    """Return the message of a review. `reader` is the person whose first screen it is; one that is not `kept` asks for no verdict."""
    key = message_key(digest.id, reader) if kept else ""
    numbered = _Numbered()
    parts: list[Part] = [Text(_headline(digest), "heading")]
    parts += _openly(digest, view)
    for section in digest.sections:
        if section.lines:
            parts += _section(section, numbered, view, key)
    charts = [part_of(picture) for picture in digest.pictures]
    parts += charts[:FIRST_PICTURE]
    parts += [_rest(section, numbered, view, key) for section in digest.sections]
    if charts[FIRST_PICTURE:]:
        parts.append(Fold("More pictures", tuple(charts[FIRST_PICTURE:])))
    if numbered.evidence:
        parts.append(
            Fold("Evidence", tuple(_quote(number, one, view) for number, one in enumerate(numbered.evidence, 1)))
        )
    parts += _small_print(digest, view)
    if key:
        parts.append(Buttons((Button("Useful", _USEFUL, key), Button("Not useful", _NOT_USEFUL, key))))
    return Message(digest.headline, tuple(parts), key=key, about={"kind": "review", "review": digest.id})  # fmt: skip


def _headline(digest: Digest) -> str:
    name, dot, rest = digest.headline.partition(" · ")
    facts = "".join(f" · {plain(one)}" for one in digest.headline_facts)
    return f"**{plain(name)}**{f' · {plain(rest)}' if dot else ''}{facts}"


def _openly(digest: Digest, view: View) -> list[Part]:
    """Return what is said where there is nothing to list: that nothing changed, or that nothing is known yet."""
    if not digest.open_deals and not digest.sections:
        words = "There is no deal to tell of yet. Import your pipeline, or connect your CRM, and the next review tells what moved."
        return [Text(plain(words))]
    if not digest.quiet:
        return []
    since = view.calendar.day(digest.begin)
    words = f"Nothing changed since {since}: no deal moved or changed its health, nobody raised an objection, nothing is overdue."
    return [Text(plain(words)), Text(plain(f"{counted(digest.open_deals, 'open deal')} {'stands' if digest.open_deals == 1 else 'stand'} as before."))]  # fmt: skip


def _section(section: Section, numbered: _Numbered, view: View, key: str) -> list[Part]:
    parts: list[Part] = [Text(f"**{plain(section.title)}**")]
    parts += [_bullet(line, numbered) for line in section.lines]
    buttons = _actions(section.lines, view)[:_ACTIONS]
    if key:
        buttons += _verdict(section, key)
    return [*parts, Buttons(tuple(buttons))] if buttons else parts


def _rest(section: Section, numbered: _Numbered, view: View, key: str) -> Fold:
    """Return what of a section does not stand open: always one fold a section, so that folds keep their numbers whatever its reader thinks of it."""
    parts: list[Part] = []
    if section.folded_why:
        parts.append(Text(f"*{plain(section.folded_why)}*", "quiet"))
    parts += [_bullet(line, numbered) for line in section.more]
    buttons = [] if section.lines else _actions(section.more, view)[:_ACTIONS]
    if key and not section.lines:
        buttons += _verdict(section, key)
    if buttons:
        parts.append(Buttons(tuple(buttons)))
    if section.note:
        parts.append(Text(f"*{plain(section.note)}*", "quiet"))
    if not parts:
        parts.append(Text("*That is all of it.*", "quiet"))
    parts += numbered.quotes(view)
    return Fold(_fold_label(section), tuple(parts))


def _fold_label(section: Section) -> str:
    if not section.lines:
        return f"{section.title} ({len(section.more)})" if section.more else section.title
    return f"{section.title}: {len(section.more)} more" if section.more else f"{section.title}: the rule"


def _bullet(line: Line, numbered: _Numbered) -> Text:
    marks = numbered.marks(line.evidence)
    return Text(" ".join(filter(None, (spoken(line), marks))), "bullet", line.tone)


def spoken(line: Line) -> str:
    """Return a line as marked-up text: its label in bold, what it is about, what is said of it."""
    label = f"**{plain(line.label)}**" if line.label else ""
    if line.subject is None:
        return " ".join(filter(None, (label, plain(line.text))))
    joint = "," if line.text[:1].isdigit() or (not line.text[:1].isalnum() and line.text[:1] not in "“\"'") or line.text.startswith("no amount") else ":"  # fmt: skip
    subject = plain(line.subject) if line.label else f"**{plain(line.subject)}**"
    return " ".join(filter(None, (label, f"{subject}{joint} {plain(line.text)}")))


def _actions(lines: tuple[Line, ...], view: View) -> list[Button]:
    made: dict[tuple[str, str], Button] = {}
    for line in lines:
        if line.action is not None and (button := _button(line.action, view)) is not None:
            made.setdefault((button.action, button.value or button.url or ""), button)
    return list(made.values())


def _button(action: Action, view: View) -> Button | None:
    label = action.label if len(action.label) <= _LONGEST_LABEL else action.label[: _LONGEST_LABEL - 1].rstrip() + "…"
    if action.verb == "open":
        url = view.link(action.value)
        return Button(label, "open", action.value, url=url) if url else None
    return Button(label, "ask", action.value)


def _verdict(section: Section, key: str) -> list[Button]:
    return [Button("Useful", _USEFUL, f"{key}#{section.key}"), Button("Not useful", _NOT_USEFUL, f"{key}#{section.key}")]  # fmt: skip


def _quote(number: int, piece: Evidence, view: View) -> Quote:
    return Quote(number, piece.quote, piece.speaker, piece.at, piece.label or piece.source, view.link(piece.url))


def _small_print(digest: Digest, view: View) -> list[Part]:
    # A week ends where the next begins: its last day is the one before.
    until = view.calendar.day(min(digest.through, digest.end - timedelta(microseconds=1)))
    words = f"Week {digest.week[-2:].lstrip('0')}, {view.calendar.day(digest.begin)} to {until}; told as of {view.calendar.moment(digest.as_of)}."
    if digest.personal:
        words += " For your eyes only."
    return [Text(f"*{plain(one)}*", "quiet") for one in (*digest.notes, words)]
