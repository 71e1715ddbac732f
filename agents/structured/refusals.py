"""Questions that one plan can't hold without a misleading figure: they are asked back."""

from __future__ import annotations

from agents.structured.draft import Draft
from agents.structured.plan import Condition, Plan, Predicate, Related
from agents.structured.trouble import Trouble, ask_back
from agents.structured.vocabulary import Vocabulary

_RATES = ("win_rate", "loss_rate", "win_loss_ratio")


def check_amounts(plan: Plan, words: Vocabulary) -> None:
    """Refuse a rate over deals of some amount where lost deals carry none: it would count the won ones alone."""
    if (
        not any(one.aggregate in _RATES for one in plan.measures)
        or not words.statuses.get("lost")
        or words.nonzero_lost
    ):
        return
    branches = [one for branch in plan.branches for one in branch.where]
    if any(isinstance(one, Predicate) and one.field == "deal.amount" for one in (*plan.where, *branches)):
        raise Trouble(
            ask_back("Lost deals carry no amount in this data, so a rate over deals of some amount says nothing; ask without the amount.", ())
        )  # fmt: skip


def check_sets(draft: Draft, plan: Plan) -> None:
    """Refuse records that must have deals of this kind and of that, or of this and not of that: one related deal can't be both."""
    for one in plan.where:
        if not isinstance(one, Related):
            continue
        said = {part.field for part in _predicates(one.where) if part.op == "is"}
        denied = {part.field for part in _predicates(one.where) if part.op == "is_not"}
        if said & denied:
            raise Trouble(ask_back("I can hold one kind of deal at a time; ask for the one, then for the other.", ()))
        many = {part.values for part in _predicates(one.where) if part.op == "is" and len(part.shown) > 1}
        for group in draft.values:
            values = {value for options in group.refs for ref in options for value in ref.values}
            if group.conjunction == "and" and any(set(part) <= values for part in many):
                names = group.texts
                choices = ((f"either: {' or '.join(names)}", _joined_with_or(draft, names)),)
                raise Trouble(
                    ask_back(
                        f"{' and '.join(names)}: I can hold either, but not both at once. Is either meant?", choices
                    )
                )


def _predicates(where: tuple[Condition, ...]) -> list[Predicate]:
    return [one for one in where if isinstance(one, Predicate)]


def _joined_with_or(draft: Draft, names: list[str]) -> str:
    text = draft.text
    for name in names[1:]:
        text = text.replace(f" and {name}", f" or {name}", 1)
    return text
