"""A proposal as a card: what would happen, why, on what evidence, and what may be pressed; after a decision, what came of it.

The buttons carry `<proposal id>:<version>` and nothing else: what they do is decided at the click, on what stands in the spine then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from agents.answer import Evidence
from agents.proposals.record import Closing, Mail, ProposalOut, Task
from bot import call_card
from bot.compose import View
from bot.message import Button, Buttons, Fold, Form, Input, Message, Part, Quote, Text, plain
from sales.proposal import WAITING

EvidenceShown = Literal["folded", "asked"]
"""Whether evidence stands folded in the card (console, terminal), or opens from a `Why?` button (chat)."""

REASONS: tuple[tuple[str, str], ...] = (
    ("bad_timing", "Bad timing"),
    ("wrong_person", "Wrong person"),
    ("not_a_fit", "Not a fit"),
    ("already_in_touch", "Already in touch"),
    ("not_true", "Something in it is not true"),
    ("poor_draft", "The draft is not good enough"),
    ("other", "Another reason"),
)
"""Why a proposal is turned down: counted, so that the same thing is not proposed again and again."""

_URGENT = timedelta(hours=24)
_WEEK = 7


def card(
    proposal: ProposalOut,
    view: View,
    *,
    may_decide: bool = True,
    evidence: EvidenceShown = "folded",
    forms: bool = False,
) -> Message:
    """Return the card of a proposal as it stands now. Without `may_decide` it has no buttons that change anything.

    With `forms`, what asks for more than a press stands as a form in the card, for surfaces that open none of their own.
    """
    value = f"{proposal.id}:{proposal.version}"
    parts: list[Part] = [Text(f"**{plain(proposal.headline)}**", "heading")]
    if standing := status_line(proposal, view):
        parts.append(Text(standing, "body", _tone(proposal)))
    if proposal.state in WAITING and (best := _best_before(proposal, view)):
        parts.append(Text(best, "quiet"))
    if isinstance(proposal.effect, Closing):
        parts += call_card.parts_of(proposal, view, may_decide=may_decide, in_chat=evidence == "asked")
    else:
        parts += _effect(proposal)
    parts += [Text(f"**Check:** {plain(risk)}", "bullet", "trouble") for risk in proposal.risks]
    if proposal.why and not isinstance(proposal.effect, Closing):
        parts.append(Text("Why: " + " · ".join(_why(proposal.why)), "body"))
    quotes = tuple(_quote(number, piece, view) for number, piece in enumerate(proposal.evidence, 1))
    asked = evidence == "asked" and bool(quotes)
    if buttons := _buttons(proposal, view, value, may_decide=may_decide, asked=asked, forms=forms):
        parts.append(Buttons(buttons))
    if forms and may_decide:
        parts += _forms(proposal, view)
    if quotes and evidence == "folded":
        parts.append(Fold("Why? The evidence", quotes))
    return Message(_summary(proposal), tuple(parts), key="", about={"proposal": value})


def evidence_of(proposal: ProposalOut, view: View) -> Message:
    """Return what `Why?` opens: the reasons and every piece of evidence in its own words."""
    parts: list[Part] = [Text(f"**Why {plain(_lower(proposal.headline))}**", "heading")]
    parts += [Text(plain(reason), "bullet") for reason in proposal.why]
    parts += [_quote(number, piece, view) for number, piece in enumerate(proposal.evidence, 1)]
    if not proposal.evidence:
        parts.append(Text("No source is cited: nothing in it claims anything.", "body"))
    return Message(f"Why: {proposal.headline}", tuple(parts), about={"proposal": f"{proposal.id}:{proposal.version}"})


def edit_form(proposal: ProposalOut) -> Form:
    """Return the form that `Edit` opens. What is saved becomes a new version, which has to be approved by itself."""
    effect = proposal.effect
    if isinstance(effect, Closing):
        return call_card.edit_form(proposal)
    if isinstance(effect, Task):
        inputs: tuple[Input, ...] = (
            Input("title", "Task", value=effect.title, optional=False),
            Input("due", "Due", "date", effect.due.isoformat() if effect.due else ""),
            Input("note", "Note", "long", effect.note),
        )
    else:
        inputs = (
            Input("subject", "Subject", value=effect.subject, optional=False),
            Input("body", "Mail", "long", effect.body, optional=False),
        )
    return Form("Edit", "edit", f"{proposal.id}:{proposal.version}", inputs)


def snooze_form(proposal: ProposalOut, view: View) -> Form:
    """Return the form that `Snooze` opens."""
    tomorrow = view.calendar.today + timedelta(days=1)
    return Form(
        "Snooze",
        "snooze",
        f"{proposal.id}:{proposal.version}",
        (Input("until", "Until the morning of", "date", tomorrow.isoformat(), optional=False),),
        "Snooze",
    )


def reject_form(proposal: ProposalOut) -> Form:
    """Return the form that `Not this one…` opens."""
    return Form(
        "Not this one",
        "reject",
        f"{proposal.id}:{proposal.version}",
        (
            Input("reason", "Because", "choice", REASONS[0][0], REASONS, optional=False),
            Input("words", "In your own words", "long"),
        ),
        "Turn it down",
    )


def status_line(proposal: ProposalOut, view: View) -> str:
    """Return what came of the proposal in one line of marked-up text, or "" while nobody decided."""
    when = view.calendar.moment
    by = f" by {plain(proposal.decided_by)}" if proposal.decided_by else ""
    at = f" at {when(proposal.decided_at)}" if proposal.decided_at else ""
    if isinstance(proposal.effect, Closing) and proposal.state in ("approved", "executing", "done"):
        return f"**Submitted{by}**{at}"
    if proposal.held and proposal.state in ("pending", "approved"):
        return f"**Held:** {plain(proposal.held)}"
    if proposal.state == "approved":
        goes = f" · goes {when(proposal.due_at)}" if proposal.due_at else ""
        return f"**Approved{by}**{at}{goes}"
    if proposal.state == "snoozed":
        back = f" until {when(proposal.due_at)}" if proposal.due_at else ""
        return f"**Snoozed**{back}{by}"
    if proposal.state == "rejected" and proposal.outcome.get("sent") == "unknown":
        return f"**Left as it is**{by}{at}: nobody knows whether it went out, and it is not sent again."
    if proposal.state == "rejected":
        reason = f": {plain(_reason(proposal.reason))}" if proposal.reason else ""
        return f"**Turned down**{by}{at}{reason}"
    return {
        "executing": f"**Being sent** · approved{by}{at}",
        "done": _done_line(proposal, view, by),
        "expired": "**Expired**: the occasion is too old to write about now.",
        "unknown": "**Nobody can tell whether this mail left.** Look in the mailbox, then say which.",
    }.get(proposal.state, "")


def _done_line(proposal: ProposalOut, view: View, by: str) -> str:
    done_at = proposal.outcome.get("done_at")
    at = f" {view.calendar.moment(datetime.fromisoformat(done_at))}" if isinstance(done_at, str) else ""
    said = "Done" if isinstance(proposal.effect, Task) else "Sent"
    reply = proposal.outcome.get("reply")
    answered = f" · {plain(str(reply))}" if reply else ""
    return f"**{said}{at}**{f' · approved{by}' if by else ''}{answered}"


def _tone(proposal: ProposalOut) -> Literal["plain", "trouble", "good"]:
    if proposal.state == "unknown" or proposal.held:
        return "trouble"
    return "good" if proposal.state == "done" else "plain"


def _best_before(proposal: ProposalOut, view: View) -> str:
    if proposal.expires_at is None:
        return ""
    soon = proposal.expires_at - view.now <= _URGENT
    told = f"best before {view.calendar.moment(proposal.expires_at)}"
    return f"**{told}**" if soon else f"*{told}*"


def _effect(proposal: ProposalOut) -> list[Part]:
    effect = proposal.effect
    assert isinstance(effect, Mail | Task)
    if isinstance(effect, Mail):
        to = f"{plain(effect.to_name)} ({plain(effect.to)})" if effect.to_name else plain(effect.to)
        sender = plain(effect.sender_name or effect.sender)
        parts: list[Part] = [Text(f"To: {to} · from {sender}"), Text(f"**Subject:** {plain(effect.subject)}")]
        if body := effect.body.strip():
            parts.append(Text(plain(body), "letter"))
        return parts
    due = f" · due {effect.due.isoformat()}" if effect.due else ""
    parts = [Text(f"Task: **{plain(effect.title)}**{due}")]
    if effect.note:
        parts.append(Text(plain(effect.note)))
    return parts


def _why(reasons: Sequence[str]) -> list[str]:
    return [plain(reason) for reason in reasons]


def _forms(proposal: ProposalOut, view: View) -> list[Part]:
    if proposal.state in WAITING:
        return [edit_form(proposal), snooze_form(proposal, view), reject_form(proposal)]
    return [reject_form(proposal)] if proposal.state == "unknown" else []


def _buttons(
    proposal: ProposalOut, view: View, value: str, *, may_decide: bool, asked: bool, forms: bool
) -> tuple[Button, ...]:
    made: list[Button] = []
    if isinstance(proposal.effect, Closing):
        made += call_card.buttons_of(proposal, view, may_decide=may_decide, in_chat=not forms)
    if may_decide:
        asking = ("edit", "snooze", "reject") if forms else ()
        made += [
            _button(action, label, value, style)
            for action, label, style in _decisions(proposal, view)
            if action not in asking
        ]
    if asked:
        made.append(Button("Why?", "why", value))
    return tuple(made)


def _decisions(proposal: ProposalOut, view: View) -> list[tuple[str, str, str]]:
    if isinstance(proposal.effect, Closing):
        closing = [
            ("edit", call_card.edit_label(proposal), ""),
            ("snooze", "Snooze", ""),
            ("reject", "Not this one…", ""),
        ]
        return closing if proposal.state in WAITING else []
    if proposal.state in WAITING:
        approve = [("approve", f"Approve{_sends(proposal, view)}", "primary")]
        if proposal.goes_at is not None and proposal.goes_at > view.now:
            approve.append(("now", "Send now", ""))
        return [*approve, ("edit", "Edit", ""), ("snooze", "Snooze", ""), ("reject", "Not this one…", "")]
    if proposal.state == "approved":
        return [("undo", "Undo", "")]
    if proposal.state == "unknown":
        return [
            ("sent", "It was sent", "primary"),
            ("resend", "It was not: send it", ""),
            ("reject", "Leave it", ""),
        ]
    return []


def _sends(proposal: ProposalOut, view: View) -> str:
    """Return when the mail would go, as the button says it: ` · sends Mon 09:00 their time`, "" for what is no mail."""
    if proposal.goes_at is None:
        return ""
    if proposal.goes_at <= view.now:
        return " · sends now"
    zone = ZoneInfo(proposal.goes_zone) if proposal.goes_zone else view.calendar.zone
    goes, here = proposal.goes_at.astimezone(zone), view.now.astimezone(zone)
    ahead = (goes.date() - here.date()).days
    day = "" if ahead == 0 else f"{goes:%a} " if ahead < _WEEK else f"{goes:%a} {goes.day} {goes:%b} "
    return f" · sends {day}{goes:%H:%M}{' their time' if proposal.goes_zone else ''}"


def _button(action: str, label: str, value: str, style: str) -> Button:
    return Button(label, action, value, style="primary" if style == "primary" else "plain")


def _quote(number: int, piece: Evidence, view: View) -> Quote:
    return Quote(number, piece.quote, piece.speaker, piece.at, piece.label or piece.source, view.link(piece.url))


def _summary(proposal: ProposalOut) -> str:
    said = {
        "approved": "Approved",
        "executing": "Being sent",
        "done": "Done",
        "rejected": "Turned down",
        "expired": "Expired",
        "snoozed": "Snoozed",
        "unknown": "Needs you",
    }.get(proposal.state)
    return f"{said}: {proposal.headline}" if said else proposal.headline


def _reason(reason: str | None) -> str:
    return dict(REASONS).get(reason or "", reason or "")


def _lower(headline: str) -> str:
    return headline[:1].lower() + headline[1:] if headline[1:2].islower() else headline
