"""An alert as a message: what has become of the deal and since when, what to do about it, and what may be pressed; later, how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from agents.alerts.deciding import REASONS
from agents.alerts.record import OPEN, AlertOut, Cause
from agents.alerts.titles import course_of
from agents.answer import Evidence
from bot.compose import View
from bot.figures import money
from bot.message import Button, Buttons, Fold, Form, Input, Message, Part, Quote, Text, plain

WORK, SNOOZE, DISMISS, USEFUL, WHY = "alert_work", "alert_snooze", "alert_dismiss", "alert_useful", "alert_why"
"""The actions of an alert's buttons. The value is its id and a number, as every card's."""

ACTIONS = frozenset({WORK, SNOOZE, DISMISS, USEFUL, WHY})

ALERT = "alert-"
"""How the id of every alert begins, so that a press on one is told from a press on a card."""

_MOST_CAUSES = 6


def alert_card(
    alert: AlertOut, view: View, *, folded: bool = False, forms: bool = False, may_act: bool = True
) -> Message:
    """Return the card of an alert as it stands. Its evidence is `folded` into it, or opens from a button; with `forms` what asks for more stands in it."""
    numbered = _Numbered()
    parts: list[Part] = [Text(_headline(alert, view), "heading")]
    if standing := _standing(alert, view, numbered):
        parts.append(Text(standing, "body", "good" if alert.state in ("resolved", "working") else "plain"))
    if moved := course_of(alert):
        parts.append(Text(f"*Health {moved}*", "quiet"))
    if alert.why_held and alert.state in ("held", "muted"):
        parts.append(Text(f"*Not sent: {plain(alert.why_held)}*", "quiet"))
    parts += _causes(alert, view, numbered)
    if alert.state in OPEN and alert.play is not None:
        parts.append(Text(_play(alert), "body"))
    if alert.state in OPEN and alert.next is not None:
        parts.append(Text(f"**Next:** {plain(alert.next.label)}", "body"))
    buttons = _buttons(alert, view, asked=bool(numbered.evidence) and not folded, forms=forms) if may_act else ()
    if buttons:
        parts.append(Buttons(buttons))
    if forms and may_act and alert.state in OPEN:
        parts += [snooze_form(alert, view), dismiss_form(alert)]
    if folded and numbered.evidence:
        parts.append(Fold("Evidence", tuple(numbered.quotes(view))))
    return Message(_summary(alert), tuple(parts), about={"alert": alert.id, "state": alert.state})


def evidence_of_alert(alert: AlertOut, view: View) -> Message:
    """Return what `Why?` opens: every cause in full, with the words that it rests on."""
    numbered = _Numbered()
    parts: list[Part] = [Text(f"**{plain(alert.title)}**", "heading")]
    for cause in (*alert.new, *alert.standing):
        since = f" *since {view.calendar.day(cause.since)}*" if cause.since else ""
        parts.append(Text(f"{plain(cause.sentence)}{numbered.marks(cause.evidence)}{since}", "bullet"))
    if alert.ending is not None:
        parts.append(Text(f"{plain(alert.ending.sentence)}{numbered.marks(alert.ending.evidence)}", "bullet"))
    parts += numbered.quotes(view)
    return Message(f"Why: {alert.title}", tuple(parts), about={"alert": alert.id})


def snooze_form(alert: AlertOut, view: View) -> Form:
    """Return the form that `Snooze` opens."""
    until = view.calendar.today + timedelta(days=3)
    return Form(
        "Snooze", SNOOZE, _value(alert), (Input("until", "Until the morning of", "date", until.isoformat(), optional=False),), "Snooze"
    )  # fmt: skip


def dismiss_form(alert: AlertOut) -> Form:
    """Return the form that `Not a risk, because…` opens."""
    return Form(
        "Not a risk",
        DISMISS,
        _value(alert),
        (
            Input("reason", "Because", "choice", REASONS[0][0], REASONS, optional=False),
            Input("words", "In your own words", "long"),
        ),
        "Not a risk",
    )


class _Numbered:
    """Gives each piece of evidence its number, the same piece always the same."""

    def __init__(self) -> None:
        self.evidence: list[Evidence] = []

    def marks(self, evidence: Sequence[Evidence]) -> str:
        numbers = []
        for piece in evidence:
            if piece not in self.evidence:
                self.evidence.append(piece)
            numbers.append(self.evidence.index(piece) + 1)
        marks = "".join(f"[{number}]" for number in dict.fromkeys(numbers))
        return f" {marks}" if marks else ""

    def quotes(self, view: View) -> list[Part]:
        return [
            Quote(number, piece.quote, piece.speaker, piece.at, piece.label or piece.source, view.link(piece.url))
            for number, piece in enumerate(self.evidence, 1)
        ]


def _headline(alert: AlertOut, view: View) -> str:
    facts = [money(alert.amount, alert.currency) if alert.amount is not None else ""]
    facts.append(f"closes {view.calendar.day(alert.close_date)}" if alert.close_date else "")
    if alert.owner and alert.owner != alert.to:
        facts.append(f"owner {alert.owner}")
    told = ", ".join(filter(None, facts))
    return f"**{plain(alert.title)}**" + (f" ({plain(told)})" if told else "")


def _standing(alert: AlertOut, view: View, numbered: _Numbered) -> str:
    if alert.state == "resolved" and alert.ending is not None:
        said = ""
        if alert.ending.evidence:
            said = f" “{plain(alert.ending.evidence[0].quote)}”"
        return f"**Resolved:** {plain(alert.ending.sentence)}{said}{numbered.marks(alert.ending.evidence)}"
    if alert.state == "dismissed" and alert.ending is not None:
        return f"**{plain(alert.ending.sentence)}** *It stays quiet for a while.*"
    if alert.state == "snoozed" and alert.snoozed_until is not None:
        return f"**Snoozed** until {view.calendar.moment(alert.snoozed_until)}"
    if alert.state == "working":
        return "**You are working on it.** " + ("The draft is beside this." if alert.proposal else "")
    return ""


def _causes(alert: AlertOut, view: View, numbered: _Numbered) -> list[Part]:
    parts: list[Part] = []
    if alert.new:
        since = f" since {view.calendar.recent_day(alert.since)}" if alert.since else ""
        parts.append(Text(f"**New{since}:**"))
        parts += [_cause(one, numbered) for one in alert.new[:_MOST_CAUSES]]
    if alert.standing and alert.new:
        told = " · ".join(plain(one.sentence) for one in alert.standing[:_MOST_CAUSES])
        parts.append(Text(f"*Not new: {told}*", "quiet"))
    else:
        parts += [_cause(one, numbered) for one in alert.standing[:_MOST_CAUSES]]
    more = max(0, len(alert.new) - _MOST_CAUSES) + max(0, len(alert.standing) - _MOST_CAUSES)
    if more:
        parts.append(Text(f"*and {more} more*", "quiet"))
    return parts


def _cause(cause: Cause, numbered: _Numbered) -> Text:
    return Text(f"{plain(cause.sentence)}{numbered.marks(cause.evidence)}", "bullet", "trouble")


def _play(alert: AlertOut) -> str:
    play = alert.play
    assert play is not None
    if play.tried is None:
        return f"**What helps:** {plain(play.do)}"
    without = f"; without it {play.otherwise_worked} of {play.otherwise}" if play.otherwise else ""
    return f"**What has worked here before ({play.worked} of {play.tried}{without}):** {plain(play.do)}"


def _buttons(alert: AlertOut, view: View, *, asked: bool, forms: bool) -> tuple[Button, ...]:
    value = _value(alert)
    made: list[Button] = []
    if alert.state in OPEN:
        if alert.state != "working":
            made.append(Button(_work_label(alert), WORK, value, style="primary"))
        if not forms:
            made += [Button("Snooze", SNOOZE, value), Button("Not a risk, because…", DISMISS, value)]
        if alert.verdict is None:
            made.append(Button("Useful", USEFUL, value))
    if asked:
        made.append(Button("Why?", WHY, value))
    if url := view.link(_deal_url(alert)):
        made.append(Button("The deal", "open", "", url=url))
    return tuple(made)


def _work_label(alert: AlertOut) -> str:
    return "See the mail I drafted" if alert.proposal else "I work on it"


def _deal_url(alert: AlertOut) -> str | None:
    from bot.addresses import record_address

    return record_address("deal", alert.deal)


def _value(alert: AlertOut) -> str:
    return f"{alert.id}:0"


def _summary(alert: AlertOut) -> str:
    said = {
        "resolved": "Resolved",
        "dismissed": "Not a risk",
        "snoozed": "Snoozed",
        "working": "In hand",
    }.get(alert.state)
    return f"{said}: {alert.title}" if said else alert.title
