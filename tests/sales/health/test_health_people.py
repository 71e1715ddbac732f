"""Who of the buyer takes part, as reasons of a deal's health."""

from __future__ import annotations

from sales.health.people import (
    champion_active,
    champion_left,
    few_contacts,
    is_senior,
    many_contacts,
    no_champion,
    no_senior_contact,
    sceptic,
)
from tests.sales.health.facts import ago, facts, person


def test_one_person_alone_is_few_once_an_offer_lies_there() -> None:
    alone = (person("Mats Lund", title="Planner"),)
    found = few_contacts(facts(people=alone, people_known=True))
    assert found is not None
    assert "Only Mats Lund" in found.sentence
    assert few_contacts(facts(people=alone, people_known=True, place=2.0)) is None
    assert few_contacts(facts(people=alone, people_known=False)) is None
    assert few_contacts(facts(people=(), people_known=True)) is None
    both = (*alone, person("Vera Holm"))
    assert few_contacts(facts(people=both, people_known=True)) is None


def test_people_of_long_ago_and_who_left_take_no_part() -> None:
    there = (person("Mats Lund"), person("Vera Holm", heard=ago(61)), person("Olle Berg", gone=ago(3)))
    assert few_contacts(facts(people=there, people_known=True)) is not None
    assert many_contacts(facts(people=there)) is None


def test_three_people_speak_for_the_deal() -> None:
    there = tuple(person(name) for name in ("Mats Lund", "Vera Holm", "Olle Berg", "Siv Ek"))
    found = many_contacts(facts(people=there))
    assert found is not None
    assert found.weight < 0
    assert found.sentence == "4 people of the buyer take part: Mats Lund, Vera Holm and Olle Berg and 1 more"


def test_nobody_senior_is_told_only_where_every_title_is_known() -> None:
    planners = (person("Mats Lund", title="Planner"), person("Siv Ek", title="Yard manager"))
    assert no_senior_contact(facts(people=planners)) is not None
    assert no_senior_contact(facts(people=(*planners, person("Vera Holm")))) is None
    assert no_senior_contact(facts(people=(*planners, person("Vera Holm", title="VP Operations")))) is None
    assert no_senior_contact(facts(people=())) is None


def test_titles_of_directors_and_above_are_senior() -> None:
    for title in (
        "CFO",
        "Chief Financial Officer",
        "Director of Supply Chain",
        "SVP Sales",
        "Head of IT",
        "Leiter Logistik",
    ):
        assert is_senior(title), title
    for other in ("Planner", "Executive assistant", "Yard manager", None):
        assert not is_senior(other), other


def test_a_champion_who_left_weighs_most_where_no_other_stays() -> None:
    gone = person("Renata Silva", role="Champion", gone=ago(10), gone_by="mention:1")
    found = champion_left(facts(people=(gone,)))
    assert found is not None
    assert found.weight == 30
    assert found.rests_on == ("mention:1",)
    second = champion_left(facts(people=(gone, person("Mats Lund", role="champion"))))
    assert second is not None
    assert second.weight == 12
    assert champion_left(facts(people=(person("Siv Ek", role="user", gone=ago(3)),))) is None


def test_no_champion_needs_roles_and_nobody_who_supports_or_decides() -> None:
    plain = person("Mats Lund", role="user")
    assert no_champion(facts(people=(plain,), roles_kept=True)) is not None
    assert no_champion(facts(people=(plain,), roles_kept=False)) is None
    assert no_champion(facts(people=(plain, person("Vera Holm", stance="supporter")), roles_kept=True)) is None
    assert no_champion(facts(people=(plain, person("Vera Holm", role="economic buyer")), roles_kept=True)) is None
    assert no_champion(facts(people=(plain,), roles_kept=True, place=2.0)) is None


def test_an_active_champion_speaks_for_the_deal() -> None:
    found = champion_active(facts(people=(person("Mats Lund", role="champion", heard=ago(0)),)))
    assert found is not None
    assert found.sentence == "The champion, Mats Lund, was heard today"
    assert champion_active(facts(people=(person("Mats Lund", role="champion", heard=ago(22)),))) is None


def test_who_stands_against_it_weighs_by_what_they_decide() -> None:
    planner = person("Mats Lund", stance="against", told_by="mention:2", title="Planner")
    found = sceptic(facts(people=(planner,)))
    assert found is not None
    assert (found.weight, found.rests_on) == (10, ("mention:2",))
    boss = sceptic(facts(people=(planner, person("Vera Holm", stance="against", title="CFO"))))
    assert boss is not None
    assert boss.weight == 14
    assert "Vera Holm (CFO)" in boss.sentence
    assert sceptic(facts(people=(person("Mats Lund", stance="against", gone=ago(2)),))) is None
