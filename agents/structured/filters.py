"""From what a question names to conditions: values and the fields they are of, quantities, windows and the year that was left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from agents.structured.catalog import EXPLICIT, FIELDS, Subject
from agents.structured.draft import Draft, Filter, Quantity, Reading, ValueGroup, WindowUse
from agents.structured.numbers import Number
from agents.structured.plan import AnyOf, Predicate, Within
from agents.structured.trouble import Trouble, ask_back, not_found
from agents.structured.vocabulary import ValueRef, Vocabulary
from agents.structured.windows import Span, WindowReader

DATE_FIELD = {
    "created": "deal.created", "closing": "deal.close_date", "closed": "deal.closed", "slipped": "deal.last_slip", "next_step_date": "deal.next_step_date", "next_meeting": "deal.next_meeting",
    "stage_entered": "deal.stage_entered", "last_activity": "deal.last_activity", "account.created": "account.created",
}  # fmt: skip
_DAYS_IN_UNIT = {"day": 1, "week": 7, "fortnight": 14}
_OWN_SUBJECTS = {"lead": "lead", "contact": "contact", "activity": "activity", "target": "target"}


@dataclass
class FilterMaker:
    """Makes the conditions of one draft. `notes` gathers what the rule has to say about how words were read."""

    draft: Draft
    words: Vocabulary
    windows: WindowReader
    subject: Subject
    today: date
    notes: list[str]

    def values(self, group: ValueGroup) -> Filter:
        """Return the condition for values named beside each other, in each meaning that fits. Raises Trouble where a name means several people."""
        keys = self._keys(group)
        if not keys:
            raise Trouble(
                not_found(f"Nothing here fits “{' '.join(group.texts)}” in this question.", words=tuple(group.texts))
            )
        readings: list[Reading] = []
        for key in keys:
            refs = [[ref for ref in options if ref.field == key] for options in group.refs]
            self._one_each(group, refs)
            chosen = [options[0] for options in refs]
            values = tuple(dict.fromkeys(value for ref in chosen for value in ref.values))
            shown = tuple(dict.fromkeys(ref.shown for ref in chosen))
            self._tell_typos(group, chosen)
            readings.append(
                (
                    self._made(group, key, values, shown),
                    f"{' or '.join(shown)} {EXPLICIT.get(key, self.label(key).lower())}",
                )
            )
        return Filter(group.at, readings, (self.draft.pieces[group.at].start, self.draft.pieces[group.last].end))

    def _made(self, group: ValueGroup, key: str, values: tuple[str, ...], shown: tuple[str, ...]) -> Predicate | AnyOf:
        op = "is_not" if group.negated else "is"
        plain = Predicate(field=key, op=op, values=values, shown=shown)
        if key != "owner.name":
            return plain
        people = [self.words.people.get(value) for value in values]
        leads = all(person is not None and person.leads_people for person in people)
        if group.whole_team or (
            leads and not any(person and person.owns for person in people) and "user" not in group.label_after
        ):
            managed = Predicate(field="owner.manager", op=op, values=values, shown=shown)
            self.notes.append(f"{' and '.join(shown)}'s team: the people who report to them")
            if group.negated or not any(person and person.owns for person in people):
                return managed
            return AnyOf(of=(managed, plain))
        return plain

    def _keys(self, group: ValueGroup) -> list[str]:
        """Return the fields that all the values can be of, those that the question's subject can use, the labelled first."""
        common: list[str] = []
        for ref in group.refs[0]:
            if ref.field not in common and all(
                any(other.field == ref.field for other in options) for options in group.refs
            ):
                common.append(ref.field)
        keys = [key for key in common if self._usable(key)]
        if group.hint:
            hinted = [key for key in keys if key in group.hint]
            if "owner.manager" in group.hint and "owner.name" in keys and not hinted:
                group.whole_team = True
                return ["owner.name"]
            keys = hinted or keys
        owned = -1 < self.draft.special.get("owned", -1) < group.at and self.subject == "account"
        if ("subsidiary" in self.draft.special or owned) and "account.parent" in keys:
            return ["account.parent"]
        if "account.name" in keys and "account.parent" in keys:
            keys.remove("account.parent")
        if self.words.regions_are_teams and "owner.team" in keys and "owner.region" in keys:
            keys.remove("owner.region")
        whole = [
            key for key in keys if any(not ref.part and ref.field == key for options in group.refs for ref in options)
        ]
        return _prefer(whole or keys, self.subject)

    def _usable(self, key: str) -> bool:
        entity = key.partition(".")[0]
        if self.subject in _OWN_SUBJECTS:
            return entity in (self.subject, "owner", "account") or (self.subject == "activity" and entity == "deal")
        return entity not in _OWN_SUBJECTS

    def _one_each(self, group: ValueGroup, refs: list[list[ValueRef]]) -> None:
        for text, options in zip(group.texts, refs, strict=True):
            if len(options) > 1:
                shown = sorted({ref.shown for ref in options})
                choices = tuple((name, self.draft.text.replace(text, name, 1)) for name in shown)
                raise Trouble(ask_back(f"Which “{text}” do you mean?", choices))

    def _tell_typos(self, group: ValueGroup, chosen: list[ValueRef]) -> None:
        for text, ref in zip(group.texts, chosen, strict=True):
            if ref.typo:
                self.notes.append(f"“{text}” is read as {ref.shown}")

    def label(self, key: str) -> str:
        """Return what people call a field."""
        known = FIELDS.get(key)
        return known.label if known is not None else self.words.custom_labels.get(key, key)

    def quantity(self, quantity: Quantity) -> Filter:
        """Return the condition for a number and the field that it is compared with."""
        keys = self.fields(quantity.fields) or list(quantity.fields)
        if not keys:
            raise Trouble(ask_back(f"What does “{quantity.text}” count?", ()))
        readings: list[Reading] = []
        for key in keys:
            self._check_unit(key, quantity)
            readings.append((self._compared(key, quantity), f"{self.label(key).lower()} {quantity.text}"))
        return Filter(quantity.at, readings)

    def _compared(self, key: str, quantity: Quantity) -> Predicate:
        numbers = [self.plain_number(number) for number in quantity.numbers]
        op = {"eq": "is"}.get(quantity.op, quantity.op)
        first = quantity.numbers[0]
        currency = (
            next((number.currency for number in quantity.numbers if number.currency), None)
            if key == "deal.amount"
            else None
        )
        if currency is not None and self.words.currencies == (currency,):
            currency = None
        shown = tuple(_written(number, value) for number, value in zip(quantity.numbers, numbers, strict=True))
        if op == "between" and numbers[0] > numbers[1]:
            numbers.reverse()
        if first.unit is not None and key.endswith("_days"):
            shown = tuple(f"{value} days" for value in numbers)
        return Predicate(
            field=key, op=op, values=tuple(str(value) for value in numbers), shown=shown, currency=currency
        )

    def plain_number(self, number: Number) -> Decimal:
        """Return a number's value; a duration in days, months and years counted back on the calendar from today."""
        if number.unit is None:
            return number.value
        if number.unit in _DAYS_IN_UNIT:
            return number.value * _DAYS_IN_UNIT[number.unit]
        back = self.windows.shift_back(number.unit, int(number.value))
        return Decimal((self.today - back).days)

    def _check_unit(self, key: str, quantity: Quantity) -> None:
        """Ask back where a figure can't be in the unit that the data is written in, as `$1 billion` of revenues written in millions."""
        bounds = self.words.ranges.get(key)
        if bounds is None or key != "account.annual_revenue":
            return
        low, high = bounds
        for number in quantity.numbers:
            if number.money and number.value > high * 100:
                raise Trouble(ask_back(
                    f"Annual revenue in your data runs from {low.normalize():f} to {high.normalize():f}, which is far from “{quantity.text}”. Ask with a figure in the data's own unit.", (),
                ))  # fmt: skip

    def fields(self, keys: tuple[str, ...]) -> list[str]:
        """Return those fields that the subject can use and that have data, the likeliest first."""
        usable = [key for key in keys if self._usable(key)]
        filled = [key for key in usable if key not in FIELDS or self.words.filled.get(key, 1) > 0]
        return _prefer(filled, self.subject)

    def window(self, use: WindowUse, anchors: list[str]) -> Filter:
        """Return the condition for a window, one reading for each date that it may be about."""
        readings: list[Reading] = []
        if anchors == ["founded"]:
            return Filter(use.at, [(_founded(use), "founded")])
        for anchor in anchors:
            field = DATE_FIELD.get(anchor, anchor)
            span = self.settled(use, field)
            readings.append((
                Within(field=field, first=span.first, until=span.until, label=span.label, negated=use.negated),
                {"created": "created", "closing": "closing", "closed": "closed"}.get(anchor, self.label(field).lower()) + f" in {use.text}",
            ))  # fmt: skip
        return Filter(use.at, readings, self._place(use))

    def _place(self, use: WindowUse) -> tuple[int, int]:
        """Return the letters of a window with the preposition before it."""
        start = self.draft.text.find(use.text, self.draft.pieces[use.at].start)
        if start < 0:
            return self.draft.pieces[use.at].start, self.draft.pieces[use.at].end
        before = self.draft.text[:start].rstrip()
        for word in ("in", "during", "for", "of", "from"):
            if before.lower().endswith(f" {word}"):
                return len(before) - len(word), start + len(use.text)
        return start, start + len(use.text)

    def settled(self, use: WindowUse, field: str) -> Span:
        """Return a window with its year: the one said, else the nearest that fits the question and has data. Raises Trouble where years compete."""
        span = use.span
        if span.bare is None:
            return span
        fiscal = span.bare in ("quarter", "half")
        current = self.windows.calendar.year_of(self.today) if fiscal else self.today.year
        whole = self.windows.resolve(replace(span, open_side=None), current)
        assert whole.first is not None
        assert whole.until is not None
        ahead = field in ("deal.close_date", "deal.next_step_date")
        if ahead:
            year = current if whole.until > self.today else current + 1
        else:
            year = current if whole.first <= self.today else current - 1
        years = self.windows.years_of(span, self.words.days.get(field, ()))
        if years and year not in years:
            if len(years) > 1:
                choices = tuple(
                    (f"{use.text} {one}", self.draft.text.replace(use.text, f"{use.text} {one}", 1)) for one in years
                )
                raise Trouble(ask_back(f"{use.text} of which year?", choices))
            year = years[0]
            self.notes.append(f"{use.text}: {year}, the only year of it in the data")
        else:
            self.notes.append(f"{use.text}: of {year}")
        return self.windows.resolve(span, year)


def _founded(use: WindowUse) -> Predicate:
    """Return a window as years of foundation. Raises Trouble where it is no span of whole years."""
    first, until = use.span.first, use.span.until
    if any(day is not None and (day.month, day.day) != (1, 1) for day in (first, until)) or use.negated:
        raise Trouble(ask_back("Companies' foundation is known by the year; which years?", ()))
    low = None if first is None else first.year
    high = None if until is None else until.year - 1
    if low is not None and high is not None:
        years = (str(low), str(high))
        return Predicate(
            field="account.founded",
            op="is" if low == high else "between",
            values=years[:1] if low == high else years,
            shown=years[:1] if low == high else years,
        )
    bound = str(low if low is not None else high)
    return Predicate(field="account.founded", op="ge" if low is not None else "le", values=(bound,), shown=(bound,))


def _prefer(keys: list[str], subject: str) -> list[str]:
    """Put the subject's own fields first, and where it has one of the same name leave out other records' fields."""
    own = {"user": "owner"}.get(subject, subject)
    custom = [key for key in keys if ".custom:" in key and key not in FIELDS]
    mine = [key for key in keys if key.partition(".")[0] == own]
    if subject in ("account", "user", "product", *_OWN_SUBJECTS) and mine:
        return mine
    return list(dict.fromkeys([*custom, *keys]))


def _written(number: Number, value: Decimal) -> str:
    text = f"{value:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{number.currency} {text}" if number.currency else f"{text}%" if number.percent else text
