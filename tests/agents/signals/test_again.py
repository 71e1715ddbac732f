"""What still waits follows the profile and the accounts: an edit of today judges the signals of yesterday, and a filing finds its account later."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.intake.run import import_paths
from agents.signals.preview import preview_of_sources
from agents.signals.service import Signals
from agents.signals.sources import EXAMPLE, faults_of_sources
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.scope import EVERYTHING
from sales.clock import FixedClock
from sales.signals import Kind
from tests.agents.signals.conftest import MovingClock, states, telling
from tests.conftest import NOW

_SMALL = "[company]\nemployees = { min = 1, max = 50 }\n\n[decide]\nleast_fit = 0.5\n"
_LARGE = "[company]\nemployees = { min = 200, max = 2000 }\n\n[decide]\nleast_fit = 0.5\n"


def test_an_edited_profile_judges_again_what_waits_and_leaves_what_a_person_decided(
    signals: Signals, moving: MovingClock
) -> None:
    signals.rules.save(_SMALL, "mia", None, moving.now())
    signals.tend()
    first = signals.take([telling("1", company="Free Freight"), telling("2", Kind.HIRING, company="Luis Lamps")])
    assert set(states(signals).values()) == {"skipped"}
    mine = next(one for one in signals.listed(EVERYTHING, ids=first.ingested.signals) if one.account == "acc-luis")
    signals.decide(mine.id, "skip", "luis", "test", reason="not now")
    signals.rules.save(_LARGE, "mia", None, moving.now())
    signals.tend()
    assert states(signals) == {("acc-free", "funding"): "judged", ("acc-luis", "hiring"): "skipped"}
    signals.rules.rollback(1, "mia", moving.now())
    signals.tend()
    assert states(signals)["acc-free", "funding"] == "skipped"
    assert signals.look_again() == 0


def test_what_has_expired_is_not_woken_by_an_edit(signals: Signals, moving: MovingClock) -> None:
    signals.rules.save(_SMALL, "mia", None, moving.now())
    signals.take([telling("1", company="Free Freight")])
    moving.move(days=30)
    signals.rules.save(_LARGE, "mia", None, moving.now())
    signals.tend()
    assert states(signals) != {("acc-free", "funding"): "judged"}


def test_a_filing_that_came_before_its_account_belongs_to_it_once_it_is_imported(
    signals: Signals, database: Database, settings: Settings, tmp_path: Path
) -> None:
    signals.take(
        [
            telling("1", source="form_d", company="Globex Robotics, Inc."),
            telling("2", Kind.SITE_VISIT, domain="www.initech.example"),
            telling("3", company="Nobody Knows"),
        ]
    )
    signals.tend()
    assert {one.account for one in signals.listed(EVERYTHING)} == {None}
    path = tmp_path / "accounts.csv"
    path.write_text(
        "id,name,domain,owner\nacc-globex,Globex Robotics,globex.example,luis@seller.example\n"
        "acc-initech,Initech,initech.example,dana@seller.example\n",
        encoding="utf-8",
    )
    import_paths(database, settings, FixedClock(NOW), [path])
    signals.tend()
    found = {one.account: one for one in signals.listed(EVERYTHING)}
    assert set(found) == {"acc-globex", "acc-initech", None}
    assert (found["acc-globex"].owner, found["acc-initech"].owner) == ("luis@seller.example", "dana@seller.example")
    assert [one.company for one in signals.feed("luis")] == ["Globex Robotics"]


def test_curves_of_the_rule_file_hold_for_what_waits_and_go_back_with_it(signals: Signals, moving: MovingClock) -> None:
    signals.take([telling("1", company="Free Freight", hours=30)])
    assert states(signals) == {("acc-free", "funding"): "judged"}
    assert [one.late for one in signals.listed(EVERYTHING)] == [True]
    signals.sources.save("[curves.funding]\nlate_h = 48\nexpire_h = 96\n", "mia", None, moving.now())
    signals.tend()
    assert [one.late for one in signals.listed(EVERYTHING)] == [False]
    assert signals.curves[Kind.FUNDING].expire_h == 96
    signals.sources.save("inside = []\n", "mia", None, moving.now())
    signals.tend()
    assert [one.late for one in signals.listed(EVERYTHING)] == [True]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("inside = []\n[[source]]\nname = 'a'\nkind = 'lever'\nboard = 'x'\n", 2, "whose board"),
        ("[[source]]\nname = 'A b'\nkind = 'feed'\nurl = 'x'\n", 2, "name"),
        ("sorces = []\n", 1, "sorces"),
        ("\n[curves.funding]\nlate_h = 90\nexpire_h = 5\n", 2, "late_h may not be above expire_h"),
        ("[curves.weather]\nlate_h = 90\n", 1, "no kind of signal"),
        ("[[source\n", 1, "not TOML"),
        ("[[source]]\nname='a'\nkind='feed'\nurl='x'\n[[source]]\nname='a'\nkind='feed'\nurl='y'\n", 0, "two sources"),
    ],
)
def test_a_fault_in_the_sources_is_told_at_its_line(text: str, line: int, says: str) -> None:
    [fault] = faults_of_sources(text)
    assert says in fault.message
    assert fault.line == line


def test_a_preview_of_the_sources_says_what_would_change(
    signals: Signals, database: Database, settings: Settings, moving: MovingClock
) -> None:
    signals.take([telling("1", company="Free Freight", hours=30)])
    source = "[[source]]\nname = 'news'\nkind = 'feed'\nurl = 'https://news.example/a'\n"
    told = preview_of_sources(
        database, settings, signals.sources, source + "[curves.funding]\nlate_h = 48\n", moving.now()
    )
    assert told[:2] == ["1 source would be asked.", "New: news."]
    assert "late after 48 h" in told[2]
    assert told[3] == "Of 1 that wait, 0 would be late (1 are now)."


def test_the_example_of_the_sources_can_be_used() -> None:
    assert faults_of_sources(EXAMPLE) == ()
    used = [line.removeprefix("# ") if "=" in line or line.startswith("# [") else line for line in EXAMPLE.splitlines()]
    assert faults_of_sources("\n".join(used)) == ()
