"""Pictures in Teams: at addresses that it can fetch from us; else inside the cards, those that stand in the open each in a card behind the message."""

from __future__ import annotations

from bot.figures import Calendar
from bot.message import Message
from bot.pictures.inline import parted
from bot.pictures.keeping import Pictures
from bot.teams.render import Rendered, render


def inside(pictures: Pictures, message: Message) -> Message:
    """Return the message as its one card shows it, its pictures at their addresses or, in what is folded, inside. Blocks."""
    return pictures.linked(message) if pictures.reachable else parted(message)[0]


def drawn(pictures: Pictures, message: Message, calendar: Calendar, lead: str | None = None) -> Rendered:
    """Return the message rendered, with a card for each picture that nobody could fetch from us. Blocks."""
    if pictures.reachable:
        return render(pictures.linked(message), calendar, lead)
    shown, behind = parted(message)
    rendered = render(shown, calendar, lead)
    cards = [card for chart in behind for card in render(Message(chart.title, (chart,)), calendar).cards]
    return Rendered(rendered.text, [*rendered.cards, *cards])
