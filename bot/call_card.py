"""The card of a call: what was said, the lines to tick with the words that each rests on, and after the submit what came of each line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from agents.proposals.record import Change, Closing, ClosingTask, Mail, ProposalOut
from bot.compose import View
from bot.message import REVIEW, Button, Fold, Form, Input, Part, Text, plain
from sales.fields import FIELDS, QUALIFICATION
from sales.ownership import KINDS
from sales.proposal import WAITING

MOST_IN_CHAT = 12
"""So many lines are ticked in a message itself; more stand in the form that `Review` opens."""

_MAIL_IN_CHAT, _SUMMARY_IN_CHAT = 1_500, 1_800
_QUOTED = 240
_UNDER, _IN_ROW = 110, 70
"""Letters of a quote under its line, and in one: a card is read in a minute and a half, and its evidence holds them in full."""

_LINES_SHOWN = 4
"""Lines of the summary that are read at once; the rest is folded under them."""
_SYSTEMS = {"hubspot": "HubSpot", "salesforce": "Salesforce"}


def parts_of(proposal: ProposalOut, view: View, *, may_decide: bool, in_chat: bool) -> list[Part]:
    """Return what stands on the card between its headline and its buttons."""
    closing = _closing(proposal)
    parts: list[Part] = []
    if closing.trouble:
        parts.append(Text(f"**{plain(closing.trouble)}** Nothing is claimed of it.", "body", "trouble"))
    if proposal.state not in WAITING:
        return [*parts, *_outcomes(proposal, closing, view), *_by_hand(closing, view)]
    short = not in_chat or _fits(closing)
    if short:
        parts += _summary(closing)
        parts += _qualification(closing)
        parts += _letter(closing, proposal, view)
    elif closing.mail is not None:
        parts.append(Text(f"Mail to {plain(closing.mail.to_name or closing.mail.to)}: {plain(closing.mail.subject)}"))
    if may_decide and closing.lines() and short:
        parts.append(_ticks(proposal, closing, view, inside=True))
    elif not may_decide or not short:
        parts += [Text(f"{plain(label)}", "bullet") for label in _labels(closing, view)[:MOST_IN_CHAT]]
        more = len(closing.lines()) - MOST_IN_CHAT
        if more > 0:
            parts.append(Text(f"and {more} more, all of them in the review", "quiet"))
    if not closing.lines() and not closing.trouble:
        parts.append(Text("Nothing was agreed that could be told. Write it yourself, or let the card go.", "body"))
    return [*parts, *_by_hand(closing, view)]


def buttons_of(proposal: ProposalOut, view: View, *, may_decide: bool, in_chat: bool) -> list[Button]:
    """Return the buttons that only a call's card has: the review, its call, the holds, and taking the mail back."""
    closing = _closing(proposal)
    made: list[Button] = []
    if proposal.state in WAITING and may_decide and in_chat and closing.lines() and not _fits(closing):
        made.append(Button("Review and submit", REVIEW, f"{proposal.id}:{proposal.version}", style="primary"))
    lines = proposal.outcome.get("lines") or {}
    mail = lines.get("mail") or {}
    if may_decide and mail.get("state") == "goes":
        made.append(Button("Undo the mail", "undo", f"{mail['proposal']}:{mail['version']}"))
    holds = [(task, (lines.get(task.id) or {}).get("hold")) for task in closing.tasks]
    made += [Button(f"Add to calendar: {_short(task.title, 40)}", "open", "", url=url) for task, url in holds if url]
    if url := view.link(closing.url):
        made.append(Button("The transcript" if closing.trouble else "The call", "open", "", url=url))
    return made


def edit_label(proposal: ProposalOut) -> str:
    """Return what the button says that opens the words of the card."""
    return "Edit" if _closing(proposal).lines() else "Write it yourself"


def submit_form(proposal: ProposalOut, view: View) -> Form:
    """Return the form in which the lines are ticked and submitted, with the mail above them."""
    return _ticks(proposal, _closing(proposal), view, inside=False)


def edit_form(proposal: ProposalOut) -> Form:
    """Return the form that holds the words of the card: what is saved becomes a new version. What is emptied is taken off."""
    closing = _closing(proposal)
    inputs: list[Input] = []
    mail = closing.mail
    if mail is not None or closing.between is not None:
        inputs += [
            Input("subject", "Subject", value=mail.subject if mail else ""),
            Input("body", f"Mail to {_to(closing)}", "long", mail.body if mail else ""),
        ]
    for task in closing.tasks:
        inputs += [
            Input(f"{task.id}.title", "Task", value=task.title),
            Input(f"{task.id}.due", "Due", "date", task.due.isoformat() if task.due else ""),
        ]
    for change in closing.changes:
        inputs.append(
            Input(f"{change.id}.new", change.label, "date" if _type(change) == "date" else "text", change.new)
        )
    inputs += [Input("task", "One more task"), Input("task_due", "Due", "date")]
    fields = {(one.record, one.field) for one in closing.changes}
    if closing.deal_id:
        if ("deal", "next_step") not in fields:
            inputs.append(Input("next_step", "Next step"))
        if ("deal", "next_step_date") not in fields:
            inputs.append(Input("next_step_date", "Next step date", "date"))
    return Form("Edit", "edit", f"{proposal.id}:{proposal.version}", tuple(inputs))


def _closing(proposal: ProposalOut) -> Closing:
    assert isinstance(proposal.effect, Closing)
    return proposal.effect


def _fits(closing: Closing) -> bool:
    mail = len(closing.mail.body) if closing.mail is not None else 0
    summary = sum(len(line.text) + len(line.label) for line in closing.summary)
    words = sum(len(one.title) for one in closing.tasks) + sum(
        len(one.old or "") + len(one.new) for one in closing.changes
    )
    return len(closing.lines()) <= MOST_IN_CHAT and mail <= _MAIL_IN_CHAT and summary + words <= _SUMMARY_IN_CHAT


def _summary(closing: Closing) -> list[Part]:
    lines: list[Part] = []
    for line in closing.summary:
        label = f"**{plain(line.label)}:** " if line.label else ""
        lines.append(Text(f"{label}{plain(line.text)} {_marks(line.evidence)}".rstrip(), "bullet"))
    shown, rest = lines[:_LINES_SHOWN], lines[_LINES_SHOWN:]
    return [*shown, Fold(f"{len(rest)} more of what was said", tuple(rest))] if rest else shown


def _qualification(closing: Closing) -> list[Part]:
    """Return how the deal is qualified after the call: what stands against the CRM first, what is open by name, and the words behind the rest."""
    filled = [one for one in closing.qualification if one.state != "open"]
    if not closing.qualification:
        return []
    missing = [one.label for one in closing.qualification if one.state == "open"]
    still = f" · open: {plain(', '.join(missing))}" if missing else ""
    name = plain(closing.framework)
    parts: list[Part] = [Text(f"**{name}:** {len(filled)} of {len(closing.qualification)}{still}", "bullet")]
    for one in filled:
        if one.state == "contradicted" and one.against:
            words = f"“{plain(_short(one.text, _QUOTED))}” {_marks(one.evidence)}, against {plain(one.against)}"
            parts.append(Text(f"**{plain(one.label)}:** {words}", "bullet", "trouble"))
    lines = tuple(
        Text(f"**{plain(one.label)}:** “{plain(_short(one.text, _QUOTED))}” {_marks(one.evidence)}", "bullet")
        for one in filled
    )
    return [*parts, Fold(f"{name} in their words", lines)] if lines else parts


def _marks(evidence: Sequence[int]) -> str:
    return "".join(f"[{number}]" for number in evidence)


def _letter(closing: Closing, proposal: ProposalOut, view: View) -> list[Part]:
    mail = closing.mail
    if mail is None:
        return []
    to = f"{plain(mail.to_name)} ({plain(mail.to)})" if mail.to_name else plain(mail.to)
    return [
        Text(f"**Follow-up** to {to} · from {plain(mail.sender_name or mail.sender)}"),
        Text(f"**Subject:** {plain(mail.subject)}"),
        Text(plain(mail.body.strip()), "letter"),
    ]


def _ticks(proposal: ProposalOut, closing: Closing, view: View, *, inside: bool) -> Form:
    chosen = set(closing.ticked())
    usual = [one for one in closing.changes if not one.forecast]
    forecast = [one for one in closing.changes if one.forecast]
    groups = [("tasks", "Tasks", [(one.id, _task(one, view), one.evidence) for one in closing.tasks])]
    if closing.mail is not None:
        groups.append(("mail", "Follow-up", [("mail", _mail(closing.mail, proposal, view), closing.mail_evidence[:1])]))
    groups.append(("changes", "CRM", [(one.id, _change(one, view), one.evidence) for one in usual]))
    groups.append(("forecast", "Moves the forecast: tick each yourself", [(one.id, _change(one, view), one.evidence) for one in forecast]))  # fmt: skip
    inputs = tuple(
        Input(
            key,
            label,
            "ticks",
            ",".join(name for name, _, _ in lines if name in chosen),
            tuple((name, told) for name, told, _ in lines),
            notes=tuple((name, said) for name, told, numbers in lines if (said := _said(proposal, numbers, told))),
        )
        for key, label, lines in groups
        if lines
    )
    lead = () if inside else (*_summary(closing), *_qualification(closing), *_letter(closing, proposal, view))
    return Form("Submit", "approve", f"{proposal.id}:{proposal.version}", inputs, "Submit", inside=inside, lead=lead)


def _said(proposal: ProposalOut, numbers: Sequence[int], line: str) -> str:
    """Return the words that a line rests on, as they stand under it; nothing where the line itself says them."""
    for number in numbers[:1]:
        piece = proposal.evidence[number - 1]
        if f"“{' '.join(piece.quote.split())[: _IN_ROW // 2]}" in line:
            continue
        who = f" — {piece.speaker}" if piece.speaker else ""
        return f"“{_short(piece.quote, _UNDER)}”{who}"
    return ""


def _labels(closing: Closing, view: View) -> list[str]:
    told = [_task(one, view) for one in closing.tasks]
    return [*told, *(f"{_change(one, view)}{' (you tick it)' if one.forecast else ''}" for one in closing.changes)]


def _task(task: ClosingTask, view: View) -> str:
    if task.starts_at is not None:
        return f"{task.title} · held {view.calendar.moment(task.starts_at)}"
    return f"{task.title} · due {_day(task.due, view)}" if task.due and _day_missing(task) else task.title


def _day_missing(task: ClosingTask) -> bool:
    return task.due is not None and f"{task.due.day} " not in task.title


def _mail(mail: Mail, proposal: ProposalOut, view: View) -> str:
    goes = (
        f" · sends {view.calendar.moment(proposal.goes_at)}" if proposal.goes_at and proposal.goes_at > view.now else ""
    )
    return f"Send the mail to {mail.to_name or mail.to}{goes}"


def _change(change: Change, view: View) -> str:
    if change.record_id is None:
        more = f" ({', '.join(change.also.values())})" if change.also else ""
        return f"{change.label}: {change.new}{more}"
    if change.field.startswith(QUALIFICATION) and not change.old:
        # Its words stand in full in the fold above, with who said them.
        words, _, _ = change.new.rpartition("” (")
        return f"{change.label}: {_short(words or change.new, _IN_ROW)}{'”' if words else ''}"
    old = _value(change, change.old, view) if change.old else "nothing"
    why = f" · {change.why}" if change.why else ""
    return f"{change.label}: {old} → {_value(change, change.new, view)}{why}"


def _type(change: Change) -> str:
    return next((one.type for one in FIELDS[KINDS[change.record]] if one.key == change.field), "text")


def _value(change: Change, value: str, view: View) -> str:
    try:
        if _type(change) == "date":
            return _day(date.fromisoformat(value[:10]), view)
        if _type(change) == "money":
            return f"{Decimal(value):,f}"
    except (ValueError, ArithmeticError):
        return value
    return value


def _day(day: date | None, view: View) -> str:
    if day is None:
        return ""
    year = f" {day.year}" if day.year != view.calendar.today.year else ""
    return f"{day:%a} {day.day} {day:%b}{year}"


def _by_hand(closing: Closing, view: View) -> list[Part]:
    if not closing.by_hand:
        return []
    told = "; ".join(f"{plain(_change(one, view))} {_marks(one.evidence)}".rstrip() for one in closing.by_hand)
    return [Text(f"**For you to change in the CRM yourself:** {told}")]


def _outcomes(proposal: ProposalOut, closing: Closing, view: View) -> list[Part]:
    lines: dict[str, dict[str, Any]] = proposal.outcome.get("lines") or {}
    labels = {one.id: _task(one, view) for one in closing.tasks} | {
        one.id: _change(one, view) for one in closing.changes
    }
    if closing.mail is not None:
        labels["mail"] = f"Mail to {closing.mail.to_name or closing.mail.to}"
    parts: list[Part] = []
    for name in closing.lines():
        line = lines.get(name)
        if line is None:
            told, tone = (
                (
                    "left out"
                    if lines
                    else "is being done"
                    if proposal.state in ("approved", "executing")
                    else "not done"
                ),
                "plain",
            )
        else:
            told, tone = _outcome(line, view)
        parts.append(Text(f"{plain(labels[name])} — **{plain(told)}**", "bullet", tone))  # type: ignore[arg-type]
    return parts


def _outcome(line: dict[str, Any], view: View) -> tuple[str, str]:
    """Return what came of a line, and its tone."""
    system = _SYSTEMS.get(str(line.get("system")), "the CRM")
    at = line.get("at")
    when = f" {view.calendar.moment(datetime.fromisoformat(at))}" if isinstance(at, str) else ""
    trouble = f": {line['trouble']}" if line.get("trouble") else ""
    match line["state"]:
        case "made":
            held = ", hold ready for your calendar" if line.get("hold") else ""
            crm = {"written": f", in {system}", "writing": f", on its way to {system}"}.get(str(line.get("crm")), "")
            return f"on your list{held}{crm}", "good"
        case "written":
            return (
                "changed here; the CRM has no such field" if line.get("only_here") else f"written to {system}{when}"
            ), "good"
        case "waiting":
            return "changed here, waits for a CRM", "good"
        case "writing":
            return f"is being written to {system}", "plain"
        case "conflict":
            return "changed in the CRM meanwhile: asked again", "trouble"
        case "failed":
            return f"not written{trouble}", "trouble"
        case "goes":
            return f"goes{when}", "plain"
        case "sent":
            return f"sent{when}", "good"
        case "held":
            return f"held{trouble}", "trouble"
        case "closed":
            return f"not sent{trouble}", "plain"
        case "unknown":
            return "nobody can tell whether it left; its own card asks", "trouble"
    return "is being done", "plain"


def _to(closing: Closing) -> str:
    person = closing.mail or closing.between
    return (person.to_name or person.to) if person is not None else ""


def _short(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
