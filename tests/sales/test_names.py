"""Spellings of one company or person meet; different ones stay apart; what is doubtful is offered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.names import account_key, compare, near, near_pairs, person_key, split_display_name


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("AcmePro", "Acme Pro"),
        ("Acme, Inc.", "The ACME"),
        ("acme-pro", "Acme Pro LLC"),
        ("Foo S.p.A.", "Foo"),
        ("Novo A/S", "Novo"),
        ("Müller & Söhne GmbH & Co. KG", "Muller & Sohne"),
        ("Crédit Agricole S.A.", "Credit Agricole"),
        ("O'Reilly Media", "OReilly Media, Inc"),
        ("AT&T", "AT & T"),
        ("トヨタ自動車株式会社", "トヨタ自動車"),
    ],
)
def test_spelling_without_meaning_is_the_same(a: str, b: str) -> None:
    assert account_key(a) == account_key(b)
    assert compare(a, b).verdict == "same"


@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [
        ("Sonron", "Sonrob", "one letter off"),
        ("Northwind", "Nortwhind", "one letter off"),
        ("Acme", "Acme Group", "only 'group' added"),
        ("Bank Julius", "Julius Bank", "same words in another order"),
    ],
)
def test_what_may_be_the_same_is_offered_with_its_reason(a: str, b: str, reason: str) -> None:
    found = compare(a, b)
    assert (found.verdict, found.reason) == ("offer", reason)
    assert 0.5 < near(a, b) < 1


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Acme 1", "Acme 2"),
        ("Bank", "Tank"),
        ("3M", "4M"),
        ("Alpha", "Omega"),
        ("Acme", "Acme Dental"),
        ("", "Acme"),
        ("Nordic Spa", "Nordic"),
    ],
)
def test_clearly_different_names_stay_apart(a: str, b: str) -> None:
    assert compare(a, b).verdict == "different"
    assert near(a, b) == 0


def test_a_name_that_is_only_a_legal_form_keeps_it() -> None:
    assert account_key("The Limited") == "limited"
    assert account_key("!!!") == ""


@pytest.mark.parametrize(
    ("shown", "name", "note"),
    [
        ("Last, First (Contractor)", "First Last", "Contractor"),
        ("Dr. Anna Müller", "Anna Müller", None),
        ("John Smith, PhD", "John Smith", None),
        ("Paul McCartney (Wings)", "Paul McCartney", "Wings"),
        ("Ann Lee [External]", "Ann Lee", "External"),
        ("ann@x.com", "ann@x.com", None),
        ("Eric's iPad", "Eric's iPad", None),
        ("(Guest)", "(Guest)", "Guest"),
    ],
)
def test_a_shown_name_is_put_in_order(shown: str, name: str, note: str | None) -> None:
    found = split_display_name(shown)
    assert (found.name, found.note) == (name, note)


def test_spellings_of_one_person_meet() -> None:
    assert person_key("Müller, Anna (Contractor)") == person_key("anna muller") == "anna muller"


def test_pairs_are_found_without_comparing_each_with_each() -> None:
    names = [f"Company {word}" for word in ("Alder", "Birch", "Cedar")] + [
        "Acme",
        "Acme Inc",
        "Sonron",
        "Sonrob",
        "Foo Group",
        "Foo",
    ]
    assert {frozenset((a, b)): found.verdict for a, b, found in near_pairs(names)} == {
        frozenset(("Acme", "Acme Inc")): "same",
        frozenset(("Sonron", "Sonrob")): "offer",
        frozenset(("Foo Group", "Foo")): "offer",
    }


@given(st.text(max_size=30), st.text(max_size=30))
def test_nearness_does_not_depend_on_the_order(a: str, b: str) -> None:
    assert compare(a, b).verdict == compare(b, a).verdict


@given(st.text(min_size=1, max_size=30))
def test_a_name_is_the_same_as_itself_however_it_is_spaced_and_cased(name: str) -> None:
    assert account_key(name) == account_key(f"  {name} ")
    assert person_key(name) == person_key(f" {name}  ")
