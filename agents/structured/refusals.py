"""Questions that one plan can't hold without a misleading figure: they are asked back."""

from __future__ import annotations

from agents.structured.catalog import EXPLICIT, FIELDS
from agents.structured.draft import Draft
from agents.structured.plan import AnyOf, Condition, Plan, Predicate, Related, Within
from agents.structured.trouble import Trouble, ask_back, not_found
from agents.structured.vocabulary import Vocabulary
from agents.structured.wording import NOUNS, plain

_GROWTH = ("growth", "growth rate", "increase", "decrease", "delta", "difference", "drop", "decline", "rise")
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


def check_closed(plan: Plan, words: Vocabulary) -> None:
    """Say so where closed deals are held against a window and none of their kind carries the day on which it was closed: nought would be wrong."""
    conditions = [*plan.where, *(one for branch in plan.branches for one in branch.where)]
    for one in tuple(conditions):
        conditions += one.of if isinstance(one, AnyOf) else one.where if isinstance(one, Related) else ()
    windowed = any(isinstance(one, Within) and one.field == "deal.closed" for one in conditions)
    if not windowed and not any(key.field == "deal.closed" for key in plan.group_by):
        return
    stated = [
        set(one.values)
        for one in conditions
        if isinstance(one, Predicate) and one.field == "deal.status" and one.op == "is"
    ]
    wanted = set.intersection(*stated) if stated else {"won", "lost"}
    for status in sorted(wanted & {"won", "lost"}):
        count = words.statuses.get(status, 0)
        if count and not words.dated.get(status, 0):
            told = f"None of the {plain(count)} {status} deals here carries the day on which it was closed"
            raise Trouble(
                not_found(f"{told}, so I can't tell which of them fall into these days.", words=(f"{status} date",))
            )


def check_subject(plan: Plan, words: Vocabulary) -> None:
    """Say so where none of the records that are asked for is there at all."""
    if plan.subject in ("lead", "account", "contact", "product", "activity") and words.filled.get(plan.subject, 1) == 0:
        names = NOUNS[plan.subject][1]
        raise Trouble(not_found(f"There are no {names} on file here among what you can see.", words=(names,)))


def check_columns(plan: Plan, words: Vocabulary) -> None:
    """Say so where records are asked for that lack a detail which no record here has: the import had no such column."""
    for one in _every_predicate(plan):
        if one.op not in ("known", "unknown") or words.filled.get(one.field, 1) > 0:
            continue
        label = EXPLICIT.get(one.field, FIELDS[one.field].label.lower() if one.field in FIELDS else one.field)
        entity = NOUNS.get(one.field.partition(".")[0], ("record", "records"))[0]
        told = f"No {entity} here has a {label} on file: what was imported has no such column, or it is empty"
        raise Trouble(not_found(f"{told}. So I can't tell the ones without from the ones with it.", words=(label,)))


def _every_predicate(plan: Plan) -> list[Predicate]:
    found: list[Predicate] = []
    for condition in (*plan.where, *(part for measure in plan.measures for part in measure.part)):
        parts = condition.where if isinstance(condition, Related) else (condition,)
        found += [part for part in parts if isinstance(part, Predicate)]
    return found


def check_prices(draft: Draft, plan: Plan) -> None:
    """Ask which is meant by the price of deals: the list price of their products or what they were sold for."""
    priced = any(one.field == "product.price" for one in plan.measures)
    listed = any(
        word in piece.norm.split()
        for piece in draft.pieces
        for word in ("list", "retail", "catalog", "catalogue", "suggested", "rrp", "msrp")
    )
    if priced and plan.subject == "deal" and not listed:
        raise Trouble(ask_back("The list price of the products, or the amount of the deals?", ()))


def check_records(plan: Plan) -> None:
    """Refuse figures of accounts or people over their deals: whoever has several deals would count several times."""
    if plan.subject != "deal":
        return
    for one in plan.measures:
        entity = (one.field or "").partition(".")[0]
        if one.aggregate in ("sum", "average", "median", "share") and entity in ("account", "owner"):
            raise Trouble(
                ask_back("I can work this out for accounts by their own details, but not by their deals: an account with several deals would count several times.", ())
            )  # fmt: skip


def check_each(draft: Draft, plan: Plan) -> None:
    """Refuse `the biggest deal of each owner`: groups have a figure, not a deal, and their counts would be another question's."""
    dated = [sup for sup in draft.supers if sup.kind in ("oldest", "newest") and sup.noun == "deal"]
    if dated and draft.focus not in ("deal", None) and plan.shape != "list":
        told = dated[0].text.lower()
        raise Trouble(ask_back(f"I can't tell the {told} deal of each; ask for the deals of one of them in order.", ()))
    ranked = [sup for sup in draft.supers if sup.text.lower() not in ("most", "least", "fewest")]
    counted = [one.aggregate for one in plan.measures] == ["count"]
    if (
        draft.focus == "deal"
        and ranked
        and draft.groups
        and plan.shape == "groups"
        and counted
        and draft.count_at is None
    ):
        raise Trouble(
            ask_back("I can't pick deals from each group at once; ask for the highest amount of each, or for the deals of one.", ())
        )  # fmt: skip


def check_series(draft: Draft, plan: Plan) -> None:
    """Refuse the growth from period to period of a series: a table of the periods would not tell it."""
    said = [piece.text for piece in draft.pieces if piece.sense("change") and piece.norm in _GROWTH]
    over = any(
        word in draft.text.lower()
        for word in (
            "over month",
            "over quarter",
            "over year",
            "on month",
            "on quarter",
            "on year",
            "over week",
            "on week",
        )
    )
    if (
        plan.shape == "groups"
        and (said or (over and plan.growth))
        and any(key.grain != "value" for key in plan.group_by)
    ):
        word = said[0] if said else "change"
        raise Trouble(
            ask_back(
                f"I can't work out the {word} along a series; ask for the figures of each period, or compare two periods.",
                (),
            )
        )


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
