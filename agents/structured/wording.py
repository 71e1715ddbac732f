"""Saying plans and figures in plain words: conditions, rules, headlines."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from agents.structured.catalog import FIELDS, field_named
from agents.structured.plan import AnyOf, Condition, GroupKey, Measure, Plan, Predicate, Related, Within
from agents.structured.vocabulary import Vocabulary

NOUNS = {
    "deal": ("deal", "deals"), "account": ("account", "accounts"), "user": ("rep", "reps"), "lead": ("lead", "leads"), "contact": ("contact", "contacts"),
    "activity": ("activity", "activities"), "product": ("product", "products"), "target": ("target", "targets"),
}  # fmt: skip
_OPS = {"gt": "over", "ge": "at least", "lt": "under", "le": "at most"}
_CENT = Decimal("0.01")
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
_DATE_VERBS = {
    "deal.created": "created",
    "deal.close_date": "closing",
    "deal.closed": "closed",
    "deal.last_slip": "last slipped",
    "lead.created": "created",
}


SILENCE_HEADS = {
    "buyer": "no word from the buyer for {days} or more", "us": "no word from us for {days} or more", "either": "no activity for {days} or more",
    "reply": "the buyer's last word has waited {days} or more for our answer",
}  # fmt: skip
SILENCE_RULES = {
    "buyer": "calendar days in {zone} since the buyer last wrote, spoke or met; our own mails, notes and automatic replies don't count",
    "us": "calendar days in {zone} since we last wrote, called or met; notes among ourselves don't count",
    "either": "calendar days in {zone} since anything was recorded on the deal; automatic replies don't count",
    "reply": "calendar days in {zone} since the buyer's last word where nothing of ours followed; automatic replies don't count",
}  # fmt: skip


def days_said(days: int) -> str:
    """Return a number of days in words."""
    return f"{days} day" if days == 1 else f"{days} days"


def noun(subject: str, count: int | None = None) -> str:
    """Return what records of a subject are called, in the singular for one."""
    return NOUNS[subject][0 if count == 1 else 1]


def cents(value: Decimal) -> Decimal:
    """Return a figure with two decimals, half rounded up."""
    return value.quantize(_CENT, rounding=ROUND_HALF_UP)


def money(value: Decimal | None, currency: str | None) -> str:
    """Return an amount as people write it, whole where it is whole."""
    if value is None:
        return "no amount"
    text = f"{value:,.2f}".removesuffix(".00")
    if currency in _SYMBOLS:
        return f"-{_SYMBOLS[currency]}{text[1:]}" if text.startswith("-") else f"{_SYMBOLS[currency]}{text}"
    return f"{text} {currency}" if currency else text


def plain(value: Decimal | int) -> str:
    """Return a number with thousands marked and no idle zeros."""
    if isinstance(value, int):
        return f"{value:,}"
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class Words:
    """Says the parts of plans, with the labels of this company's own fields."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def label(self, key: str) -> str:
        """Return what people call a field."""
        known = field_named(key)
        return known.label if known is not None else self.vocabulary.custom_labels.get(key, key.partition(":")[2])

    def condition(self, condition: Condition) -> str:
        """Return one condition in words."""
        if isinstance(condition, Within):
            return self._within(condition)
        if isinstance(condition, AnyOf):
            return " or ".join(self.condition(part) for part in condition.of)
        if isinstance(condition, Related):
            return self._related(condition)
        return self._predicate(condition)

    def _predicate(self, one: Predicate) -> str:
        label = self.label(one.field).lower()
        shown = one.shown or one.values
        if one.field == "deal.status":
            return " or ".join(shown) if one.op == "is" else "not " + " or ".join(shown)
        if one.op in ("known", "unknown"):
            return f"{'with' if one.op == 'known' else 'without'} {label}"
        currency = f" {one.currency}" if one.currency and not any(one.currency in text for text in shown) else ""
        if one.op == "between":
            return f"{label} from {shown[0]} to {shown[1]}{currency}"
        if one.op in _OPS:
            return f"{label} {_OPS[one.op]} {shown[0]}{currency}"
        return f"{label} {'is' if one.op == 'is' else 'is not'} {' or '.join(shown)}"

    def _within(self, one: Within) -> str:
        verb = _DATE_VERBS.get(one.field, self.label(one.field).lower())
        name = one.label if one.first is None or one.until is None or _says_days(one.label) else f"in {one.label}"
        return f"{'not ' if one.negated else ''}{verb} {name} ({days_of(one.first, one.until)})"

    def _related(self, one: Related) -> str:
        parts = ", ".join(self.condition(part) for part in one.where)
        amount = {
            "some": "at least one deal",
            "none": "no deal",
            "gt": f"more than {one.count} deals",
            "ge": f"at least {one.count} deals",
            "lt": f"fewer than {one.count} deals",
            "le": f"at most {one.count} deals",
            "eq": f"exactly {one.count} deals",
        }[one.quantity]
        return f"with {amount}" + (f" ({parts})" if parts else "")

    def conditions(self, plan: Plan) -> str:
        """Return all conditions of a plan in words, "" where there is none."""
        return "; ".join(self.condition(one) for one in plan.where)

    def measure(self, measure: Measure, subject: str) -> str:
        """Return the label of a measure."""
        if measure.aggregate == "count":
            return noun(subject).capitalize()
        named = {
            "win_rate": "Win rate",
            "loss_rate": "Loss rate",
            "win_loss_ratio": "Won to lost",
            "share": "Share",
            "attainment": "Attainment",
        }
        if measure.aggregate in named:
            return named[measure.aggregate]
        label = self.label(measure.field or "").lower()
        prefix = {"sum": "Total", "average": "Average", "median": "Median", "min": "Lowest", "max": "Highest"}[
            measure.aggregate
        ]
        return f"{prefix} {label}"

    def group(self, key: GroupKey) -> str:
        """Return the label of a grouping's column."""
        if key.grain != "value":
            return key.grain.capitalize()
        return self.label(key.field)


def _says_days(label: str) -> bool:
    return label.split()[0] in (
        "last",
        "next",
        "since",
        "before",
        "after",
        "until",
        "today",
        "tomorrow",
        "yesterday",
        "this",
        "week",
    )


def days_of(first: date | None, until: date | None) -> str:
    """Return a window's days: `2017-07-01 to 2017-09-30`."""
    last = None if until is None else until - timedelta(days=1)
    if first is None:
        return f"up to {last}"
    if last is None:
        return f"from {first}"
    return str(first) if first == last else f"{first} to {last}"


def unit_of(measure: Measure, subject: str, currency: str | None) -> str | None:
    """Return the unit of a measure's figure."""
    if measure.aggregate == "count":
        return noun(subject)
    if measure.aggregate in ("win_rate", "loss_rate", "share", "attainment"):
        return "percent"
    if measure.aggregate == "win_loss_ratio" or measure.field is None:
        return None
    known = FIELDS.get(measure.field)
    if known is None:
        return None
    return {"money": currency, "days": "days", "percent": "percent"}.get(known.type)


def rule_text(plan: Plan, words: Words, *, zone: str, currencies: tuple[str, ...]) -> str:
    """Return the rule that an answer used, with every default that the question did not say."""
    parts = [noun(plan.subject).capitalize()]
    conditions = words.conditions(plan)
    if conditions:
        parts[0] += f": {conditions}"
    if plan.silence is not None:
        parts.append(SILENCE_HEADS[plan.silence.by].format(days=days_said(plan.silence.at_least_days)))
        parts.append(SILENCE_RULES[plan.silence.by].format(zone=zone))
        if not plan.silence.with_meeting and plan.silence.by != "reply":
            parts.append("deals with a meeting booked, and those without any mail, call or calendar data, are left out")
    for measure in plan.measures:
        parts += _measure_rule(measure)
    for one in plan.defaults:
        parts.append(one)
    if any(isinstance(one, Within) or (isinstance(one, Predicate) and "days" in one.field) for one in plan.where):
        parts.append(f"calendar days in {zone}")
    if len(currencies) > 1 and any(measure.field == "deal.amount" for measure in plan.measures):
        parts.append("currencies are never mixed")
    return "; ".join(dict.fromkeys(parts)) + "."


def _measure_rule(measure: Measure) -> list[str]:
    if measure.aggregate == "win_rate":
        return ["win rate by count: won ÷ (won + lost)"]
    if measure.aggregate == "loss_rate":
        return ["loss rate by count: lost ÷ (won + lost)"]
    if measure.field == "deal.cycle_days":
        return ["days from creation to closing"]
    if measure.aggregate in ("average", "median"):
        return ["records without a value are left out", "rounded half up to two decimals"]
    return []
