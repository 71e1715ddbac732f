"""Shares: what part of which whole a question asks for, in percent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agents.structured.draft import Filter
from agents.structured.plan import Condition, GroupKey, Measure, Order, Plan, Predicate, Within
from agents.structured.trouble import Trouble, ask_back

if TYPE_CHECKING:
    from agents.structured.shaping import Shaper

_PIVOTS = {
    "is",
    "are",
    "was",
    "were",
    "have",
    "has",
    "had",
    "come",
    "comes",
    "came",
    "did",
    "do",
    "does",
    "ended",
    "end",
    "get",
    "got",
    "go",
    "went",
    "fall",
    "belong",
    "belongs",
    "be",
    "being",
}


def share_plan(
    shaper: Shaper, conditions: list[tuple[Filter, Condition]], keys: Sequence[GroupKey], defaults: list[str]
) -> Plan:
    """Return the plan of `what percentage of WHOLE are PART`. Raises Trouble where part and whole can't be told apart.

    A status that is named after the verb is the part, and the other conditions beside it narrow the whole (`were lost in the medical
    sector`); without a status the part is what is named after the verb (`of won deals were in retail`).
    """
    whole, part = _split(shaper, conditions)
    measure_names = [name for _, name in shaper.draft.measures]
    if keys:
        return _distribution(shaper, conditions, keys, defaults)
    if not part:
        raise Trouble(ask_back("A share of what in what? Say it as “what percentage of won deals are in retail”.", ()))
    money = bool({"revenue", "pipeline"} & set(measure_names)) or any(
        "deal.amount" in fields for _, fields, _ in shaper.draft.fields
    )
    if shaper.subject in ("account", "user", "product"):
        direct, related = shaper.split(part)
        parts = [*direct, *((related,) if related is not None else ())]
        shaper_whole = [condition for _, condition in whole]
        if not parts:
            raise Trouble(ask_back("A share of what in what?", ()))
        return Plan(
            subject=shaper.subject,
            measures=(Measure(aggregate="share", part=tuple(parts)),),
            where=tuple(shaper_whole),
            defaults=tuple(defaults),
        )
    where = [condition for _, condition in whole]
    if "revenue" in measure_names and not any(
        isinstance(one, Predicate) and one.field == "deal.status" for one in where
    ):
        where.append(Predicate(field="deal.status", op="is", values=("won",), shown=("won",)))
    if "pipeline" in measure_names:
        where.append(Predicate(field="deal.status", op="is", values=("open",), shown=("open",)))
    measure = Measure(
        aggregate="share",
        of="sum" if money else "count",
        field="deal.amount" if money else None,
        part=tuple(condition for _, condition in part),
    )
    return Plan(
        subject=shaper.subject,
        measures=(measure,),
        where=tuple(where),
        silence=shaper.silence,
        defaults=tuple(defaults),
    )


def _split(
    shaper: Shaper, conditions: list[tuple[Filter, Condition]]
) -> tuple[list[tuple[Filter, Condition]], list[tuple[Filter, Condition]]]:
    draft = shaper.draft
    pivot = _pivot(shaper)
    part = [pair for pair in conditions if pair[0].at >= pivot]
    whole = [pair for pair in conditions if pair[0].at < pivot]
    status = [pair for pair in part if isinstance(pair[1], Predicate) and pair[1].field == "deal.status"]
    dated = any(isinstance(one, Within) and one.field == "deal.closed" for _, one in part)
    ended = dated and all(isinstance(one, Predicate) and one.values == ("won", "lost") for _, one in status)
    if status and ended:
        # "of won deals closed in Q4": when they were closed is the part, not that they were.
        return whole, part
    if status and shaper.subject == "deal":
        others = [pair for pair in part if pair not in status]
        return [*whole, *others], status
    windows = [pair for pair in part if isinstance(pair[1], Within)]
    if windows and len(windows) < len(part):
        # "of lost deals came from the East in Q2": the window is of both.
        return [*whole, *windows], [pair for pair in part if pair not in windows]
    if not part and draft.measures and len(whole) == 1:
        return [], whole
    return whole, part


def _pivot(shaper: Shaper) -> int:
    """Return the place of the piece at which the part begins: after the verb, or after the noun where no verb stands."""
    draft = shaper.draft
    assert draft.share_at is not None
    nouns = [at for at, _ in draft.nouns if at > draft.share_at] + [
        at for at, _ in draft.measures if at > draft.share_at
    ]
    first = min(nouns, default=draft.share_at)
    for at in range(first, len(draft.pieces)):
        if (
            draft.pieces[at].norm in _PIVOTS
            or (draft.pieces[at].noise and draft.pieces[at].norm in ("from", "with"))
            or draft.pieces[at].norm
            in ("come from", "comes from", "came from", "coming from", "are there", "account for", "made up")
        ):
            return at
    return first + 1


def _distribution(
    shaper: Shaper, conditions: list[tuple[Filter, Condition]], keys: Sequence[GroupKey], defaults: list[str]
) -> Plan:
    """`share of revenue by region`: each group's part of the sum of all groups."""
    draft = shaper.draft
    names = [name for _, name in draft.measures]
    where = [condition for _, condition in conditions]
    statuses = {use.value for use in draft.statuses if not use.negated}
    if not names and statuses:
        raise Trouble(ask_back("The share of each group in them, or the share of them in each group?", ()))
    if "revenue" in names:
        where.append(Predicate(field="deal.status", op="is", values=("won",), shown=("won",)))
    elif "pipeline" in names:
        where.append(Predicate(field="deal.status", op="is", values=("open",), shown=("open",)))
    measure = Measure(aggregate="sum", field="deal.amount") if names else Measure(aggregate="count")
    return Plan(
        subject=shaper.subject, shape="groups", measures=(measure,), where=tuple(where), group_by=tuple(keys), order=Order(measure=0), defaults=(*defaults, "each group's share is of all groups together"),
    )  # fmt: skip
