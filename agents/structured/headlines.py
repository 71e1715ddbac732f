"""Headlines that can be read aloud: `7 open deals, $466,500 together`, `Open pipeline by owner: $4.2m in 62 deals, 11 owners`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from agents.structured.plan import AnyOf, Condition, Measure, Plan, Predicate, Related, Within
from agents.structured.wording import Words, cents, money, noun, plain

_PHRASES = {
    "owner.name": "owned by {}", "owner.manager": "under {}", "owner.team": "{} team", "owner.region": "{} region", "account.name": "with {}", "account.region": "accounts in {}",
    "account.country": "accounts in {}", "account.city": "accounts in {}", "account.industry": "in {}", "account.tier": "{} accounts", "account.parent": "subsidiaries of {}",
    "deal.stage": "in stage {}", "deal.forecast_category": "forecast {}", "product.name": "for {}", "product.family": "for {}", "deal.lead_source": "from {}",
    "deal.competitor": "against {}", "deal.currency": "in {}", "deal.pipeline": "{} pipeline", "lead.source": "from {}", "lead.status": "{}", "deal.loss_reason": "lost for “{}”",
    "deal.name": "{}", "lead.name": "{}", "contact.name": "{}",
}  # fmt: skip
_PLURALS = {
    "owner": "owners", "company": "companies", "country": "countries", "industry": "industries", "city": "cities", "currency": "currencies", "territory": "territories",
    "forecast category": "forecast categories", "status": "statuses", "product family": "product families", "lead status": "lead statuses",
}  # fmt: skip
_BETTER = (
    ("without next step", "without a next step"), ("with next step", "with a next step"), ("without next meeting", "without a meeting booked"),
    ("with next meeting", "with a meeting booked"), ("without owner", "without an owner"), ("without account", "without an account"), ("without first touch", "not touched yet"),
    ("days in stage ", "in the same stage for "),
)  # fmt: skip
_STATUS = {("open",): "open", ("won",): "won", ("lost",): "lost", ("won", "lost"): "closed"}


def status_of(plan: Plan) -> str | None:
    """Return the one word for the statuses that a plan asks for: open, won, lost or closed; None for any other choice."""
    said = [one for one in plan.where if _is_status(one)]
    return _STATUS.get(tuple(said[0].values)) if len(said) == 1 and isinstance(said[0], Predicate) else None


def _is_status(one: Condition) -> bool:
    return isinstance(one, Predicate) and one.field == "deal.status" and one.op == "is" and tuple(one.values) in _STATUS


def counted(plan: Plan, count: int) -> str:
    """Return a number of records with their status: `7 open deals`, `1 lead`, `no won deals`."""
    status = status_of(plan) if plan.subject == "deal" else None
    number = plain(count) if count else "No"
    return f"{number} {status + ' ' if status else ''}{noun(plan.subject, count)}"


def rest(plan: Plan, words: Words) -> str:
    """Return the conditions that the head does not tell already, as people say them; "" for none."""
    kept = [one for one in plan.where if not (plan.subject == "deal" and status_of(plan) and _is_status(one))]
    return ", ".join(phrase(one, words) for one in kept)


def tail(plan: Plan, words: Words) -> str:
    """Return what follows a headline's point, with its dash."""
    told = rest(plan, words)
    return f" — {told}" if told else ""


def phrase(one: Condition, words: Words) -> str:
    """Return one condition as a phrase: `owned by Dana`, `West team`, `closing in Q4 2026`."""
    if isinstance(one, Within):
        return _window(one, words)
    if isinstance(one, AnyOf):
        return " or ".join(phrase(part, words) for part in one.of)
    if isinstance(one, Related) or one.op not in ("is", "is_not") or one.field not in _PHRASES:
        return _spoken(words.condition(one))
    shown = " or ".join(one.shown or one.values)
    return f"{'not ' if one.op == 'is_not' else ''}{_PHRASES[one.field].format(shown)}"


def _window(one: Within, words: Words) -> str:
    """Return a window without its days where its name tells them: `closing in Q4 2026`; the rule has the days."""
    told = words.condition(one)
    if not any(letter.isdigit() for letter in one.label):
        return told
    point = told.partition(" (")[0]
    if one.label.startswith("until ") and one.label[6:7].isalpha():
        point = point.replace(" until ", " up to the end of ", 1)
    for opening in ("last ", "next ", "week of "):
        if one.label.startswith(opening):
            point = point.replace(f" {opening}", f" in the {opening}", 1)
    return point


def _spoken(text: str) -> str:
    for said, better in _BETTER:
        if text.startswith(said):
            return better + text.removeprefix(said)
    return text


def joined(parts: Sequence[str]) -> str:
    """Return words joined by commas and a last `and`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def sums(totals: Iterable[tuple[str, Decimal]]) -> str:
    """Return amounts of several currencies side by side, the largest first."""
    ranked = sorted(totals, key=lambda one: -one[1])
    return joined([money(_exact(total), code or None) for code, total in ranked])


def _exact(value: Decimal) -> Decimal:
    rounded = cents(value)
    return rounded if rounded == value else value.normalize()


def measured(measure: Measure, plan: Plan, words: Words) -> str:
    """Return what a figure is: `Open pipeline`, `Won amount`, `Average amount of won deals`."""
    status = status_of(plan) if plan.subject == "deal" else None
    if measure.aggregate == "count":
        return f"{status + ' ' if status else ''}{noun(plan.subject)}".capitalize()
    if measure.aggregate == "sum" and measure.field == "deal.amount" and status is not None:
        return {"open": "Open pipeline", "won": "Won amount", "lost": "Lost amount", "closed": "Closed amount"}[status]
    label = words.measure(measure, plan.subject)
    return (
        f"{label} of {status} deals"
        if status and measure.field is not None and measure.field != "deal.cycle_days"
        else label
    )


def plural(label: str, count: int) -> str:
    """Return a grouping's label for a number of groups: `11 owners`, `1 month`."""
    low = label if label.isupper() else label.lower()
    if count == 1:
        return low
    return _PLURALS.get(low, low if low.endswith("s") else f"{low}s")
