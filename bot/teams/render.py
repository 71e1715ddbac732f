"""From a neutral Message to Adaptive Cards 1.5, inside Teams' limits. What does not fit is folded behind a button or follows in another card; nothing is cut.

Limits: Teams' pages name 28, 40 and 100 KB for a message, some of them counted in UTF-16. A card of at most 18,000 bytes, all of them ASCII, is inside
each (https://learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages). Six actions stand side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.figures import Calendar
from bot.markup import unmarked
from bot.message import (
    FORMS,
    Button,
    Buttons,
    Chart,
    Fold,
    Form,
    Grid,
    Message,
    Part,
    Quote,
    Text,
    all_buttons,
    folds,
    is_feedback,
    quotes,
)
from bot.teams.elements import (
    ACTIONS,
    Element,
    Run,
    action_set,
    carried,
    chart,
    container,
    entries,
    execute,
    is_short,
    link_run,
    open_url,
    paragraphs,
    pieces,
    rich,
    run,
    runs,
    short,
    size,
    toggle,
)
from bot.teams.tables import table
from bot.teams.words import is_link, shown

Card = dict[str, Any]

CARD_BYTES = 18_000
CONTENT_TYPE = "application/vnd.microsoft.card.adaptive"
REST = "rest"
"""Stands in a fold's value for "what did not fit into the message"."""

_PLAIN_BYTES = 2_400
_LETTER_BYTES = 6_000
_SUMMARY = 400
_AROUND = 600
_ROWS_LEFT = 3
_SIGNS = {"trouble": "⚠ ", "good": "✓ ", "plain": ""}
_COLOURS = {"trouble": "Attention", "good": "Good", "plain": ""}
_SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"


@dataclass(frozen=True)
class Rendered:
    """A message for Teams: `text` for notifications and where cards can't be shown, and one card, or several that follow one another."""

    text: str
    cards: list[Card]


def render(message: Message, calendar: Calendar, lead: str | None = None) -> Rendered:
    """Return the message as cards; `lead` is a line of plain text in front of it."""
    text = _plain(message)
    top = paragraphs([run(lead, isSubtle=True)]) if lead else []
    tail = _Drawing(message, calendar).tail()
    for behind in _foldings(message):
        drawn = _Drawing(message, calendar, behind).body()
        if size([*top, *drawn, *tail]) <= _room(text):
            return Rendered(text, [_card([*top, *drawn, *tail], text)])
    if message.key:
        for shorter in _shortened(message):
            drawn = _Drawing(shorter, calendar, frozenset(_numbers(shorter))).body()
            if size([*top, *drawn, *tail]) <= _room(text):
                return Rendered(text, [_card([*top, *drawn, *tail], text)])
        drawn = _Drawing(message, calendar, frozenset(_numbers(message))).body()
        # A picture stays in sight, however much of the words does not.
        pictures = [one for one in drawn if one.get("type") == "Image"]
        room = _room(text) - size([*top, *pictures, *tail]) - _AROUND
        end = _page(drawn, 0, room)
        more = action_set([execute("Show the rest", "fold", f"{message.key}:{REST}:{end}")])
        kept = [one for one in drawn[end:] if one.get("type") == "Image"]
        return Rendered(text, [_card([*top, *drawn[:end], more, *kept, *tail], text)])
    # Nothing is kept of this message, so no click could fetch the rest of it.
    drawn = _Drawing(message, calendar, open=True).body()
    return Rendered(text, list(_cards([*top, *drawn, *tail], text)))


def render_fold(message: Message, calendar: Calendar, which: str, start: int) -> Card:
    """Return the card that a fold's button puts in the place of the message's: from element `start` on, as much as fits.

    `which` is a fold's number, depth first, or `REST`. Raises IndexError where there is nothing of that name there.
    """
    drawing = _Drawing(message, calendar, frozenset(_numbers(message)))
    if which == REST:
        label, drawn = "The rest", drawing.body()
    else:
        fold = list(folds(message.parts))[int(which)]
        label, drawn = fold.label, drawing.elements(fold.parts)
    if not 0 <= start < len(drawn):
        raise IndexError(start)
    text = shown(label)
    head = rich([run(short(label), weight="Bolder")])
    end = _page(drawn, start, _room(text) - size(head) - _AROUND)
    buttons = [execute("Back", "back", message.key)]
    if end < len(drawn):
        buttons.append(execute("More", "fold", f"{message.key}:{which}:{end}"))
    return _card([head, *drawn[start:end], action_set(buttons)], text)


def lead_of(form: Form, calendar: Calendar) -> list[Element]:
    """Return what stands above the fields of a form that opens by itself."""
    return _Drawing(Message(form.title, form.lead), calendar).body()


def with_line(rendered: Rendered, line: str) -> Card:
    """Return the first card with a line at its end, such as thanks for feedback."""
    card = rendered.cards[0]
    return {**card, "body": [*card["body"], rich([run(line, isSubtle=True)])]}


def activity_of(card: Card, text: str) -> dict[str, Any]:
    """Return the activity that shows a card; its first line of `text` is told in notifications."""
    line = text.partition("\n")[0]
    summary = line if len(line) <= _SUMMARY else line[: _SUMMARY - 1].rstrip() + "…"
    return {"type": "message", "summary": summary, "attachments": [{"contentType": CONTENT_TYPE, "content": card}]}


def _foldings(message: Message) -> Iterator[frozenset[int]]:
    """Yield which folds stand behind a button of ours: none, then the largest first, until all do."""
    behind: frozenset[int] = frozenset()
    yield behind
    if not message.key:
        return
    weights = sorted(((size(repr(fold)), number) for number, fold in enumerate(folds(message.parts))), reverse=True)
    for _weight, number in weights:
        behind |= {number}
        yield behind


def _shortened(message: Message) -> Iterator[Message]:
    """Yield the message with ever fewer rows in its tables that stand whole in the fold behind them: nothing is lost, and what follows stays in sight."""
    most = max((len(part.rows) for part in message.parts if isinstance(part, Grid)), default=0)
    for rows in range(most - 1, _ROWS_LEFT - 1, -1):
        parts = tuple(_cut(part, rows, behind) for part, behind in zip(message.parts, (*message.parts[1:], None)))
        if parts != message.parts:
            yield replace(message, parts=parts)


def _cut(part: Part, rows: int, behind: Part | None) -> Part:
    if not isinstance(part, Grid) or not isinstance(behind, Fold) or len(part.rows) <= rows:
        return part
    whole = behind.parts[0] if len(behind.parts) == 1 else None
    if not isinstance(whole, Grid) or whole.rows[: len(part.rows)] != part.rows:
        return part
    return replace(part, rows=part.rows[:rows], links=part.links[:rows])


def _numbers(message: Message) -> range:
    return range(sum(1 for _ in folds(message.parts))) if message.key else range(0)


def _page(drawn: list[Element], start: int, room: int) -> int:
    """Return where the page that begins at `start` ends: at least one element further."""
    end, used = start, 2
    while end < len(drawn):
        used += size(drawn[end]) + 2
        if used > room and end > start:
            break
        end += 1
    return end


def _cards(elements: list[Element], text: str) -> Iterator[Card]:
    at = 0
    while at < len(elements) or at == 0:
        end = _page(elements, at, _room(text))
        yield _card(elements[at:end], text if at == 0 else "")
        at = max(end, at + 1)


def _room(text: str) -> int:
    return CARD_BYTES - size(_card([], text))


def _card(body: list[Element], text: str) -> Card:
    card: Card = {
        "type": "AdaptiveCard",
        "$schema": _SCHEMA,
        "version": "1.5",
        "msteams": {"width": "Full"},
        "body": body or [rich([run("–")])],
    }
    if text:
        card["fallbackText"] = text
    return card


def _plain(message: Message) -> str:
    """Return the message in plain words, for phones that can't show the card: its point first, and what it lacks is said."""
    lines = [shown(message.summary)]
    for part in message.parts:
        told = _told(part)
        if told and told != lines[0]:
            lines.append(told)
    text = ""
    for number, line in enumerate(lines):
        longer = f"{text}\n{line}" if text else line
        if size(longer) > _PLAIN_BYTES:
            head = text or next(pieces(line), "")
            return f"{head}\n… The rest needs a newer Teams: open it on a computer."
        text = longer
        if number == 0 and not text:
            text = "An answer."
    return text


def _told(part: Part) -> str:
    if isinstance(part, Text):
        return ("• " if part.style == "bullet" else "") + _SIGNS[part.tone] + shown(unmarked(part.text))
    if isinstance(part, Grid):
        return "\n".join("• " + " · ".join(shown(unmarked(cell)) for cell in row) for row in part.rows)
    if isinstance(part, Quote):
        return f"[{part.number}] “{shown(part.text)}”"
    return ""


@dataclass
class _Drawing:
    """Draws the parts of one message. `behind` holds the numbers of the folds that a click fetches; the others open in
    the card itself, or with `open` stand open."""

    message: Message
    calendar: Calendar
    behind: frozenset[int] = frozenset()
    open: bool = False
    _links: Mapping[int, str] = field(default_factory=dict)
    _entries: int = 0

    def __post_init__(self) -> None:
        self._links = {q.number: q.url for q in quotes(self.message.parts) if q.url is not None and is_link(q.url)}

    def body(self) -> list[Element]:
        """Return the elements of all parts but the feedback buttons."""
        return self.elements(tuple(part for part in self.message.parts if not is_feedback(part)))

    def tail(self) -> list[Element]:
        """Return the feedback buttons, which stand at the end whatever is folded."""
        return [
            action_set(self._buttons(part, []))
            for part in self.message.parts
            if isinstance(part, Buttons) and is_feedback(part)
        ]

    def elements(self, parts: tuple[Part, ...]) -> list[Element]:
        """Return the elements of some parts."""
        drawn: list[Element] = []
        for part in parts:
            if isinstance(part, Text):
                drawn += self._text(part)
            elif isinstance(part, Quote):
                drawn += self._quote(part)
            elif isinstance(part, Grid):
                drawn += table(part, self._links)
            elif isinstance(part, Buttons):
                self._add_actions(drawn, self._buttons(part, drawn))
            elif isinstance(part, Fold):
                self._add_fold(drawn, part)
            elif isinstance(part, Chart):
                drawn += chart(part)
            elif isinstance(part, Form):
                drawn.append(self._form(part))
        return drawn

    def _letter(self, part: Text) -> list[Element]:
        """Return the words that go out on a ground of their own; a long letter takes several."""
        boxes: list[list[Element]] = []
        for paragraph in part.text.split("\n\n"):
            lines = [line for line in paragraph.split("\n") if line.strip()]
            drawn = [
                element
                for number, line in enumerate(lines)
                for element in paragraphs(runs(line, self._links), spacing="None" if number else "Default")
            ]
            for element in drawn:
                if not boxes or size([*boxes[-1], element]) > _LETTER_BYTES:
                    boxes.append([])
                boxes[-1].append(element)
        return [container(box, style="emphasis") for box in boxes]

    def _text(self, part: Text) -> list[Element]:
        if part.style == "letter":
            return self._letter(part)
        look: dict[str, Any] = {"color": _COLOURS[part.tone]}
        if part.style == "heading":
            look["size"] = "Medium"
        if part.style == "quiet":
            look |= {"size": "Small", "isSubtle": True}
        before = ("• " if part.style == "bullet" else "") + _SIGNS[part.tone]
        told = runs(part.text, self._links, **look)
        if not told:
            return []
        spacing = {"spacing": "Small"} if part.style in ("bullet", "quiet") else {}
        return paragraphs([*([run(before, **look)] if before else []), *told], **spacing)

    def _quote(self, quote: Quote) -> list[Element]:
        about = [quote.speaker or "", self.calendar.day(quote.at) if quote.at else "", quote.label or ""]
        source = " · ".join(filter(None, about))
        told: list[Run] = [link_run(f"[{quote.number}]", quote.url, weight="Bolder"), run(" ")]
        told.append(run(f"“{quote.text}”"))
        if source:
            told.append(run(f" — {source}", isSubtle=True))
        return paragraphs(told, spacing="Small")

    def _buttons(self, part: Buttons, drawn: list[Element]) -> list[Element]:
        """Return the actions of a row of buttons; what a button can't hold is said in `drawn`, before them."""
        actions = []
        for button in part.buttons:
            if button.action == "open" or button.url:
                if is_link(button.url):
                    actions.append(open_url(button.label, button.url or ""))
                continue
            value = carried(button, self.message.key, self._number(button))
            if value is None or not is_short(button.label):
                said = button.label if value is not None else f"{button.label}: {button.value}"
                drawn += paragraphs([run(f"• {said}")], spacing="Small")
            if value is not None:
                opens = button.action in FORMS
                actions.append(execute(button.label, button.action, value, button.style, dialog=opens))
        return actions

    def _number(self, button: Button) -> int:
        return next(number for number, one in enumerate(all_buttons(self.message.parts)) if one is button)

    def _add_fold(self, drawn: list[Element], fold: Fold) -> None:
        number = next(number for number, one in enumerate(folds(self.message.parts)) if one is fold)
        if number in self.behind:
            self._add_actions(drawn, [execute(fold.label, "fold", f"{self.message.key}:{number}:0")])
            return
        inside = self.elements(fold.parts)
        if not inside:
            return
        if self.open:
            drawn += [*paragraphs([run(fold.label, weight="Bolder")]), *inside]
            return
        name = f"dw-fold-{number}"
        self._add_actions(drawn, [toggle(fold.label, name)])
        drawn.append(container(inside, id=name, isVisible=False))

    def _add_actions(self, drawn: list[Element], actions: list[Element]) -> None:
        for action in actions:
            row = next((one for one in reversed(drawn) if one.get("isVisible", True)), {})
            if row.get("type") == "ActionSet" and len(row["actions"]) < ACTIONS and size(row) < CARD_BYTES // 3:
                row["actions"].append(action)
            else:
                drawn.append(action_set([action]))

    def _form(self, form: Form) -> Element:
        fields: list[Element] = []
        for one in form.inputs:
            self._entries += 1
            fields += entries(one, self._entries)
        send = {**execute(form.submit, form.action, form.value, "primary"), "associatedInputs": "auto"}
        title = [] if form.inside else paragraphs([run(form.title, weight="Bolder")])
        return container([*title, *fields, action_set([send])])
