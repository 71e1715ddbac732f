"""The last check before a plan may give a figure: everything that the question was found to say must stand in the plan.

A word that was understood and then dropped would change the figure unnoticed; better to ask back.
"""

from __future__ import annotations

from agents.structured.draft import Draft
from agents.structured.plan import AnyOf, Condition, Plan, Predicate, Related, Within
from agents.structured.trouble import Trouble, ask_back

_ITEM_FIELD = {"account": "account.name", "user": "owner.name", "product": "product.name"}
_WINDOW_VERBS = {
    "verb_created": ("deal.created", "lead.created", "account.created"),
    "verb_closing": ("deal.close_date",),
    "verb_founded": ("account.founded",),
}


class Account:
    """What stands in a plan, field by field."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.predicates: list[Predicate | Within] = []
        self.related: list[Related] = []
        self._gather(plan.where)
        for branch in plan.branches:
            self._gather(branch.where)
        for measure in plan.measures:
            self._gather(measure.part)
        measured = [measure.field for measure in plan.measures if measure.field]
        ordered = [plan.order.field] if plan.order is not None and plan.order.field else []
        self.fields = {
            *(one.field for one in self.predicates),
            *(key.field for key in plan.group_by),
            *plan.columns,
            *measured,
            *ordered,
        }

    def _gather(self, conditions: tuple[Condition, ...]) -> None:
        for one in conditions:
            if isinstance(one, AnyOf):
                self._gather(one.of)
            elif isinstance(one, Related):
                self.related.append(one)
                self._gather(one.where)
            else:
                self.predicates.append(one)


def check_accounts(draft: Draft, plan: Plan) -> None:
    """Raise Trouble where something that the question says does not stand in the plan."""
    told = Account(plan)
    missing = [*_unranked(draft, plan), *_unasked(draft, told), *_unmeasured(draft, plan), *_unfiltered(draft, told)]
    if missing:
        words = tuple(dict.fromkeys(missing))
        raise Trouble(ask_back(
            f"I can't fit {', '.join(f'“{word}”' for word in words)} into this question, and it could change the figure. Can you say it another way?", (), words=words,
        ))  # fmt: skip


def _unranked(draft: Draft, plan: Plan) -> list[str]:
    missing = []
    extreme = any(one.aggregate in ("min", "max") for one in plan.measures)
    if plan.order is None and not extreme:
        missing += [sup.text for sup in draft.supers]
    if len(draft.supers) > 1:
        missing.append(draft.supers[1].text)
    if draft.limit is not None and plan.limit != draft.limit:
        missing.append(str(draft.limit))
    for at, _, _ in draft.order_by:
        if plan.order is None:
            missing.append(draft.pieces[at].text)
    return missing


def _unasked(draft: Draft, told: Account) -> list[str]:
    """Return what was asked for, grouped by or looked up and is not in the plan."""
    plan, missing = told.plan, []
    if (
        draft.focus in _ITEM_FIELD
        and plan.subject != draft.focus
        and _ITEM_FIELD[draft.focus] not in told.fields
        and draft.focus_at >= 0
    ):
        missing.append(draft.pieces[draft.focus_at].text)
    if draft.focus == "dimension" and not plan.group_by and not plan.columns:
        missing.append(draft.pieces[draft.focus_at].text if draft.focus_at >= 0 else "")
    grouped = len(plan.group_by)
    if grouped < len(draft.groups):
        missing += [group.text or "by" for group in draft.groups[grouped:]]
    for _, keys, text in draft.fields:
        timed = "lead.response_days" in told.fields and "lead.first_touch" in keys
        if not set(keys) & told.fields and not timed:
            missing.append(text)
    if draft.lookup is not None and plan.shape != "lookup":
        missing.append(draft.lookup)
    return missing


def _unmeasured(draft: Draft, plan: Plan) -> list[str]:
    aggregates = {one.aggregate for one in plan.measures}
    missing = []
    for at, name in draft.aggregates:
        allowed = {"sum": {"sum", "count", "share"} | (aggregates if plan.shape == "groups" else set())}.get(
            name, {name}
        )
        if not aggregates & allowed and not (plan.shape == "list" and name == "sum"):
            missing.append(draft.pieces[at].text)
    rates = aggregates & {"win_rate", "loss_rate", "win_loss_ratio"}
    if rates:
        missing += [draft.pieces[use.at].text for use in draft.statuses if use.value in ("won", "lost")]
    if (
        draft.share_at is not None
        and "share" not in aggregates
        and not any("share is of all" in one for one in plan.defaults)
    ):
        missing.append(draft.pieces[draft.share_at].text)
    if (
        draft.how_long
        and not (draft.supers and plan.shape == "list")
        and not any(
            measure.field in ("deal.cycle_days", "deal.age_days", "deal.stage_days", "lead.response_days")
            for measure in plan.measures
        )
    ):
        missing.append("how long")
    if draft.how_much and plan.shape not in ("lookup", "list") and not any(one.field for one in plan.measures):
        missing.append("how much")
    if draft.count_at is not None and not plan.measures and plan.silence is None:
        missing.append(draft.pieces[draft.count_at].text)
    return missing


def _unfiltered(draft: Draft, told: Account) -> list[str]:
    plan, missing = told.plan, []
    statuses = {
        value
        for one in told.predicates
        if isinstance(one, Predicate) and one.field == "deal.status"
        for value in one.values
    }
    for use in draft.statuses:
        wanted = {"won", "lost"} if use.value == "closed" else {use.value}
        if (plan.silence is not None and (use.value != "open" or use.negated)) or (
            not wanted & statuses and not (use.value == "open" and plan.silence is not None)
        ):
            missing.append(draft.pieces[use.at].text)
    for quantity in draft.quantities:
        if quantity.fields == ("silence",):
            if plan.silence is None:
                missing.append(quantity.text)
        elif (
            (quantity.measure is None and not quantity.counts_deals and not set(quantity.fields) & told.fields)
            or (
                quantity.measure is not None
                and not plan.having
                and not any(one.field in ("deal.amount", *quantity.fields) for one in told.predicates)
            )
            or (quantity.counts_deals and not plan.having and not any(one.count is not None for one in told.related))
        ):
            missing.append(quantity.text)
    return [*missing, *_unplaced_verbs(draft, told)]


def _unplaced_verbs(draft: Draft, told: Account) -> list[str]:
    """Return the verbs that nothing in the plan stands for: created when?, stuck for how long?, managed by whom?"""
    plan = told.plan
    missing = []
    for verb, fields in _WINDOW_VERBS.items():
        if verb == "verb_closing" and "deal.cycle_days" in told.fields:
            continue
        if (
            verb in draft.special
            and not set(fields) & told.fields
            and not any(name in ("deal.age_days",) for name in told.fields)
        ):
            missing.append(draft.pieces[draft.special[verb]].text)
    if (
        "silence" in draft.special
        and plan.silence is None
        and not (plan.subject == "lead" and "lead.first_touch" in told.fields)
    ):
        missing.append(draft.pieces[draft.special["silence"]].text)
    if "stuck" in draft.special and not {"deal.stage_days"} & told.fields:
        missing.append(draft.pieces[draft.special["stuck"]].text)
    if "managed" in draft.special and not {"owner.manager"} & told.fields:
        missing.append(draft.pieces[draft.special["managed"]].text)
    if draft.none_at and not any(one.quantity == "none" for one in told.related):
        missing += [draft.pieces[at].text for at in draft.none_at]
    return missing
