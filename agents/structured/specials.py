"""Filters that come from a turn of speech rather than from a field's value: mine, overdue, slipped, subsidiaries, founded before."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from agents.structured.draft import Draft, Filter
from agents.structured.plan import Predicate, Silence, Within
from agents.structured.trouble import Trouble, ask_back
from agents.structured.vocabulary import Vocabulary

if TYPE_CHECKING:
    from agents.structured.assembly import Asker

_KINDS = {
    "silence_untouched": "us",
    "silence_inactive": "either",
    "silence_unanswered": "reply",
    "silence_silent": "buyer",
}


_STEP_DATE = {"lead": "lead.next_action_date"}


def special_filters(draft: Draft, words: Vocabulary, asker: Asker, today: date, subject: str) -> list[Filter]:
    """Return the conditions that turns of speech stand for. Raises Trouble where `my` has nobody to mean."""
    made: list[Filter] = []
    special = draft.special
    if draft.mine or draft.my_team:
        made.append(_own(draft, words, asker))
    if "overdue" in special and "next_step_overdue" not in special:
        made.append(
            Filter(
                special["overdue"], [(Within(field="deal.close_date", until=today, label="before today"), "overdue")]
            )
        )
        if not any(use.value == "open" for use in draft.statuses):
            made.append(
                Filter(
                    special["overdue"],
                    [(Predicate(field="deal.status", op="is", values=("open",), shown=("open",)), "open")],
                )
            )
    if "next_step_overdue" in special:
        made.append(
            Filter(
                special["next_step_overdue"],
                [
                    (
                        Within(field=_STEP_DATE.get(subject, "deal.next_step_date"), until=today, label="before today"),
                        "overdue",
                    )
                ],
            )
        )
    if "slipped" in special and not any(
        "deal.slips" in one.fields or "deal.slipped_days" in one.fields for one in draft.quantities
    ):
        made.append(
            Filter(
                special["slipped"], [(Predicate(field="deal.slips", op="ge", values=("1",), shown=("1",)), "slipped")]
            )
        )
    if "subsidiary" in special and not draft.values and subject == "account":
        made.append(
            Filter(special["subsidiary"], [(Predicate(field="account.parent", op="known"), "with a parent account")])
        )
    if subject == "lead" and "silence_untouched" in special:
        made.append(
            Filter(special["silence_untouched"], [(Predicate(field="lead.first_touch", op="unknown"), "not touched")])
        )
    return made


def _own(draft: Draft, words: Vocabulary, asker: Asker) -> Filter:
    if asker.user_id is None:
        raise Trouble(ask_back("Whose? I don't know which colleague “my” means here; ask with the name.", ()))
    if draft.mine:
        person = words.people.get(asker.user_id)
        return Filter(
            0,
            [
                (
                    Predicate(
                        field="owner.name", op="is", values=(asker.user_id,), shown=(person.name if person else "you",)
                    ),
                    "mine",
                )
            ],
        )
    ids = set(asker.reports) | {asker.user_id}
    if asker.team and not asker.reports:
        ids |= {person.id for person in words.people.values() if person.team == asker.team}
    return Filter(
        0, [(Predicate(field="owner.name", op="is", values=tuple(sorted(ids)), shown=("your team",)), "your team's")]
    )


def silence_of(draft: Draft, today: date, plain_number: object) -> tuple[Silence | None, str | None]:
    """Return the silence that a question asks for, and the default that it left unsaid."""
    if "silence" not in draft.special or draft.focus not in ("deal", None):
        return None, None
    by = next(kind for name, kind in _KINDS.items() if name in draft.special)
    quantity = next((one for one in draft.quantities if one.fields == ("silence",)), None)
    if quantity is not None:
        days = int(plain_number(quantity.numbers[0]))  # type: ignore[operator]
        if quantity.op in ("lt", "le", "between"):
            raise Trouble(ask_back("I can list deals that have been silent for some days or longer, not for less.", ()))
        return Silence(by=by, at_least_days=days + (quantity.op == "gt")), None
    span = _span_of_silence(draft)
    if span is not None:
        return Silence(by=by, at_least_days=max(0, (today - span).days)), None
    if draft.pieces[draft.special["silence"]].norm.startswith(
        ("never", "we never", "we have never", "yet to", "have yet")
    ):
        raise Trouble(ask_back("I can tell deals that nobody has contacted for some days; for how many?", (
            ("14 days", "deals not contacted for 14 days"), ("30 days", "deals not contacted for 30 days"),
        )))  # fmt: skip
    default = 5 if by != "reply" else 1
    return Silence(by=by, at_least_days=default), f"{default} days or more, as no number was said"


def _span_of_silence(draft: Draft) -> date | None:
    """`in the last 10 days`, `since 1 March`, `this month`: the first day of which nothing was heard."""
    for use in draft.windows:
        if (
            use.anchor is None
            and use.span.first is not None
            and not use.span.future
            and (
                use.span.until is None
                or use.span.shape in ("rolling", "week", "month", "quarter", "year", "range", "day")
            )
        ):
            draft.special["silence_span"] = use.at
            return use.span.first - timedelta(days=1)
    return None
