"""Reasons in who of the buyer's side takes part: how many, how high, the champion, and who stands against it."""

from __future__ import annotations

import re
from functools import lru_cache

from sales.health.facts import Facts, Person
from sales.health.reason import Finding
from sales.health.wording import days, listed
from sales.standing_of_people import role_named

FAMILY = "people"
ACTIVE_DAYS = 60
"""Who was heard within two months takes part. Ours: a quarter of the year would count people of the last purchase."""
CHAMPION_DAYS = 21
"""A champion who was heard within three weeks is active. Ours."""
MANY = 3
"""From three people on a deal hangs on nobody alone: the field calls it multi-threaded."""
_SENIOR = re.compile(
    r"\b(?:chief|c[efiotmsr]o|ciso|cpo|cro|president|vice president|[es]?vp|founder|co-?founder|owner|partner|director|head|general manager|managing|gm|principal|"
    r"gesch[äa]ftsf[üu]hrer\w*|vorstand\w*|leiter\w*|directeur|directrice|direct(?:or|ora)|direttore|dg)\b",
    re.I,
)


@lru_cache(maxsize=4096)
def is_senior(title: str | None) -> bool:
    """Whether a title is of a director or above: somebody who can speak for a budget."""
    return title is not None and _SENIOR.search(title) is not None


@lru_cache(maxsize=4096)
def _role(word: str | None) -> str | None:
    return role_named(word)


def role_of(person: Person) -> str | None:
    """Return which role a person has in the deal, whatever word the CRM has for it."""
    return _role(person.role)


def active(facts: Facts) -> list[Person]:
    """Return who takes part and is still there."""
    return [
        one
        for one in facts.people
        if one.gone is None and one.heard is not None and 0 <= facts.days_since(one.heard) <= ACTIVE_DAYS
    ]


def few_contacts(facts: Facts) -> Finding | None:
    """An offer lies on the table, and one person alone speaks for the buyer. 8 points. The field's own rule against single-threaded deals."""
    if not facts.late or not facts.people_known:
        return None
    here = active(facts)
    if len(here) != 1:
        return None
    one = here[0]
    sentence = f"Only {one.name} of the buyer took part in the last {ACTIVE_DAYS} days"
    return Finding("few_contacts", FAMILY, 8, "bad", sentence, None, (one.heard_in,) if one.heard_in else ())


def many_contacts(facts: Facts) -> Finding | None:
    """Three or more of the buyer take part. Gives 5 points back."""
    here = active(facts)
    if len(here) < MANY:
        return None
    shown = listed([one.name for one in here[:MANY]])
    more = f" and {len(here) - MANY} more" if len(here) > MANY else ""
    sentence = f"{len(here)} people of the buyer take part: {shown}{more}"
    rests = tuple(one.heard_in for one in here[:MANY] if one.heard_in)
    return Finding("many_contacts", FAMILY, -5, "good", sentence, None, rests)


def no_senior_contact(facts: Facts) -> Finding | None:
    """An offer lies on the table, and nobody from director up takes part. 6 points; needs the titles of all who do."""
    here = active(facts)
    if not facts.late or not here or any(not one.title for one in here) or any(is_senior(one.title) for one in here):
        return None
    shown = listed([f"{one.name} ({one.title})" for one in here[:3]])
    sentence = f"Nobody from director up takes part: {shown}"
    return Finding(
        "no_senior_contact", FAMILY, 6, "bad", sentence, None, tuple(one.heard_in for one in here[:2] if one.heard_in)
    )


def champion_left(facts: Facts) -> Finding | None:
    """Who acted for us is gone. 30 points: nobody argues for the deal where it is decided."""
    gone = [one for one in facts.people if one.gone is not None and role_of(one) == "champion"]
    staying = [one for one in _champions(facts) if one.heard is not None and facts.days_since(one.heard) <= ACTIVE_DAYS]
    if not gone:
        return None
    one = max(gone, key=lambda person: (person.gone, person.name))
    if staying:
        sentence = f"{one.name}, a champion, has left; {staying[0].name} stays"
        return Finding("champion_left", FAMILY, 12, "bad", sentence, one.gone, (one.gone_by,) if one.gone_by else ())
    sentence = f"The champion, {one.name}, has left"
    return Finding("champion_left", FAMILY, 30, "bad", sentence, one.gone, (one.gone_by,) if one.gone_by else ())


def no_champion(facts: Facts) -> Finding | None:
    """An offer lies on the table, the CRM knows the roles of the buyer's people, and none of them is a champion. 6 points; none where who decides takes part: nobody has to speak to them for us."""
    if not facts.late or not facts.roles_kept or any(role_of(one) == "champion" for one in facts.people):
        return None
    if any(one.stance == "supporter" and one.gone is None for one in facts.people):
        return None
    if any(role_of(one) in ("economic_buyer", "decision_maker") for one in active(facts)):
        return None
    return Finding("no_champion", FAMILY, 6, "bad", "No champion is known among the buyer's people")


def champion_active(facts: Facts) -> Finding | None:
    """The champion was heard within three weeks. Gives 5 points back."""
    here = [one for one in _champions(facts) if one.heard and 0 <= facts.days_since(one.heard) <= CHAMPION_DAYS]
    if not here:
        return None
    one = max(here, key=lambda person: (person.heard, person.name))
    assert one.heard is not None
    ago = facts.days_since(one.heard)
    sentence = f"The champion, {one.name}, was heard {'today' if ago == 0 else f'{days(ago)} ago'}"
    return Finding("champion_active", FAMILY, -5, "good", sentence, None, (one.heard_in,) if one.heard_in else ())


def sceptic(facts: Facts) -> Finding | None:
    """Somebody who takes part stands against it by their own words. 10 points, 14 where they decide or follow on a champion who left."""
    against = [one for one in facts.people if one.stance == "against" and one.gone is None]
    if not against:
        return None
    gone = any(one.gone is not None and role_of(one) == "champion" for one in facts.people)

    def weight(one: Person) -> int:
        decides = role_of(one) in ("economic_buyer", "decision_maker") or is_senior(one.title)
        return 14 if decides or gone else 10

    one = max(against, key=lambda person: (weight(person), person.heard or facts.today, person.name))
    title = f" ({one.title})" if one.title else ""
    return Finding(
        "sceptic",
        FAMILY,
        weight(one),
        "bad",
        f"{one.name}{title} is against it",
        one.heard,
        (one.told_by,) if one.told_by else (),
    )


def _champions(facts: Facts) -> list[Person]:
    return [one for one in facts.people if one.gone is None and role_of(one) == "champion"]
