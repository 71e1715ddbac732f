"""Sources that are asked, the rule file with its versions, and what the spine shows by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agents.intake.forget import forget_contact
from agents.intake.run import import_paths
from agents.intake.sample import load_sample, remove_sample
from agents.signals.preview import preview
from agents.signals.rulebook import RuleBook, icp_in_force
from agents.signals.service import Signals
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Activity, Participant
from infra.spine.scope import EVERYTHING
from sales.clock import FixedClock
from sales.icp import Icp, parse_icp
from sales.signals import Kind
from tests.agents.signals.conftest import fill, states, telling
from tests.conftest import NOW
from tests.fakes.job_boards import Boards, serve_boards

LOGISTICS = '[company]\nindustries = ["logistics"]\n'


@pytest.fixture
def boards() -> Iterator[Boards]:
    """Boards on loopback."""
    with serve_boards() as served:
        yield served


def _set_up(settings: Settings, boards: Boards) -> Settings:
    (settings.home / "signals.toml").write_text(
        f"""inside = ["{boards.url}"]
[[source]]
name = "freight-jobs"
kind = "greenhouse"
board = "freefreight"
account = "Free Freight"
roles = ["VP Operations"]
[[source]]
name = "lamps-jobs"
kind = "lever"
board = "luislamps"
domain = "luis.example"
[[source]]
name = "news"
kind = "feed"
url = "{boards.url}/news.rss"
[[source]]
name = "dead"
kind = "feed"
url = "{boards.url}/nothing-here"
""",
        encoding="utf-8",
    )
    return settings.model_copy(update={"greenhouse_base_url": boards.url, "lever_base_url": boards.url})


def test_sources_are_asked_for_what_is_new_and_one_that_fails_stops_no_other(
    sqlite_database: Database, settings: Settings, boards: Boards
) -> None:
    fill(sqlite_database)
    signals = Signals(sqlite_database, _set_up(settings, boards), FixedClock(NOW))
    first = {fetched.name: (fetched, told) for fetched, told in signals.fetch()}
    assert states(signals) == {
        ("acc-free", "hiring"): "judged",
        ("acc-luis", "hiring"): "judged",
        ("acc-free", "funding"): "judged",
    }
    assert first["dead"][0].trouble is not None
    assert "refused the request" in first["dead"][0].trouble
    assert [one.id for one in first["news"][1].ingested.refused] == ["n-3", "n-2"]
    again = {fetched.name: (fetched, told) for fetched, told in signals.fetch()}
    assert again["news"][0].unchanged
    assert again["freight-jobs"][0].unchanged
    assert again["lamps-jobs"][1].ingested.duplicates == 1
    assert [fetched.name for fetched, _ in signals.fetch("news")] == ["news"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[source]]\nname = 'a'\nkind = 'greenhouse'\n", "needs `board`"),
        ("[[source]]\nname = 'a'\nkind = 'lever'\nboard = 'x'\n", "whose board"),
        ("[[source]]\nname = 'a'\nkind = 'feed'\n", "needs `url`"),
        ("[[source]]\nname = 'A b'\nkind = 'feed'\nurl = 'x'\n", "name"),
        ("[[source\n", "can't be read"),
        ("sources = []\n", "sources"),
    ],
)
def test_a_fault_in_the_list_of_sources_is_named(
    one_database: Signals, settings: Settings, text: str, says: str
) -> None:
    (settings.home / "signals.toml").write_text(text, encoding="utf-8")
    with pytest.raises(Fatal, match=says):
        one_database.fetch()


def test_no_list_of_sources_is_no_fault(one_database: Signals) -> None:
    assert one_database.fetch() == []


def test_files_of_every_kind_below_a_folder(one_database: Signals, tmp_path: Path) -> None:
    folder = tmp_path / "signals"
    folder.mkdir()
    (folder / "a.csv").write_text(
        "id,kind,account,occurred_at\n1,funding,Free Freight,2026-11-22\n2,weather,Free Freight,2026-11-22\n",
        encoding="utf-8",
    )
    (folder / "b.jsonl").write_text(
        '{"id": "3", "kind": "hiring", "domain": "luis.example", "title": "Clerk", "occurred_at": "2026-11-22"}\n',
        encoding="utf-8",
    )
    told = one_database.import_files([folder])
    assert told.ingested.accepted == 2
    assert [one.id for one in told.ingested.refused] == ["2"]
    assert one_database.import_files([folder]).ingested.duplicates == 2
    with pytest.raises(Fatal, match="no file"):
        one_database.import_files([tmp_path / "absent"])


def test_a_rule_file_keeps_its_versions_and_goes_back(database: Database, home: Path) -> None:
    book = RuleBook(database, home)
    assert book.current(NOW) is None
    first = book.save(LOGISTICS, "mia", "first", NOW)
    second = book.save('[company]\nindustries = ["retail"]\n', "mia", None, NOW)
    assert book.save(second.text, "mia", "again", NOW).version == 2, "the same text is no change"
    back = book.rollback(1, "dana", NOW)
    assert (back.version, back.text, back.note) == (3, first.text, "back to version 1")
    assert [one.version for one in book.log()] == [3, 2, 1]
    assert book.path.read_text("utf-8") == LOGISTICS
    with pytest.raises(Fatal, match="no version 9"):
        book.rollback(9, "dana", NOW)


def test_a_text_with_faults_never_comes_into_force(sqlite_database: Database, home: Path) -> None:
    book = RuleBook(sqlite_database, home)
    book.save(LOGISTICS, "mia", None, NOW)
    with pytest.raises(Fatal, match="line 2"):
        book.save("[company]\nemployes = 3\n", "mia", None, NOW)
    book.path.write_text("[company]\nemployes = 3\n", encoding="utf-8")
    assert icp_in_force(book, NOW).wanted == {"industries": ("logistics",)}
    assert [fault.line for fault in book.faults()] == [2]


def test_who_edits_an_old_version_is_told(sqlite_database: Database, home: Path) -> None:
    book = RuleBook(sqlite_database, home)
    book.save(LOGISTICS, "mia", None, NOW)
    book.save("[company]\n", "mia", None, NOW)
    with pytest.raises(Fatal, match="changed meanwhile") as caught:
        book.save('[people]\nroles = ["CFO"]\n', "dana", None, NOW, expected=1)
    assert caught.value.status == 409


def test_what_is_written_into_the_file_by_hand_comes_into_force_but_an_old_copy_does_not(
    sqlite_database: Database, home: Path
) -> None:
    book = RuleBook(sqlite_database, home)
    book.path.write_text(LOGISTICS, encoding="utf-8")
    found = book.current(NOW)
    assert found is not None
    assert (found.version, found.by) == (1, "file")
    book.save("[company]\n", "mia", None, NOW)
    book.path.write_text(LOGISTICS, encoding="utf-8")
    still = book.current(NOW)
    assert still is not None
    assert (still.version, still.text) == (2, "[company]\n")


def test_a_preview_tells_what_a_profile_would_have_let_through(
    signals: Signals, database: Database, settings: Settings
) -> None:
    signals.take(
        [
            telling("1", company="Free Freight"),
            telling("2", company="Luis Lamps"),
            telling("3", domain="globex.example"),
        ]
    )
    found = preview(database, settings, parse_icp(LOGISTICS), Icp(), NOW + timedelta(days=1))
    assert (found.total, found.through, found.out, found.unknown, found.changes) == (3, 1, 1, 1, 2)
    assert [one["headline"] for one in found.kept_out] == ["Luis Lamps: raised money"]
    assert found.missing["industry"] == 1
    assert preview(database, settings, parse_icp(LOGISTICS), Icp(), NOW + timedelta(days=60)).total == 0


PEOPLE = "id,account,name,email,title,role\n"


def _import(database: Database, settings: Settings, path: Path, rows: str) -> None:
    path.write_text(PEOPLE + rows, encoding="utf-8")
    import_paths(database, settings, FixedClock(NOW), [path])


def test_a_contact_found_elsewhere_or_with_another_title_at_an_import_is_a_signal(
    signals: Signals, database: Database, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "contacts.csv"
    _import(
        database,
        settings,
        path,
        "c-1,acc-free,Ann Lee,ann@free.example,Clerk,champion\nc-2,acc-luis,Bo Lind,bo@luis.example,VP Ops,\n",
    )
    assert signals.look_inside().ingested.accepted == 0, "who is new is no news of theirs"
    _import(
        database,
        settings,
        path,
        "c-1,acc-luis,Ann Lee,ann@luis.example,Head of Logistics,champion\nc-2,acc-luis,Bo Lind,bo@luis.example,Vice President Operations,\n",
    )
    signals.look_inside()
    assert states(signals) == {("acc-luis", "champion_joined"): "judged", ("acc-free", "champion_left"): "handed_over"}
    _import(database, settings, path, "c-1,acc-luis,Ann Lee,ann@luis.example,Chief Operating Officer,champion\n")
    assert signals.tend().judged == 1
    assert states(signals)["acc-luis", "job_change"] == "judged"
    before = len(signals.listed(EVERYTHING))
    signals.look_inside()
    assert len(signals.listed(EVERYTHING)) == before


def test_somebody_new_on_a_call_of_an_account_we_talk_to_is_a_signal(signals: Signals, database: Database) -> None:
    def call(number: int, days: float, contact: str) -> None:
        with database.transaction() as session:
            session.add(
                Activity(
                    id=f"call-{number}",
                    kind="call",
                    direction="mutual",
                    status="done",
                    account_id="acc-won",
                    at=NOW - timedelta(days=days),
                    content_hash="",
                    custom={},
                    source="t",
                    source_at=NOW,
                )
            )
            session.flush()
            session.add(
                Participant(
                    activity_id=f"call-{number}", contact_id=contact, role="attendee", side="buyer", name=contact
                )
            )

    call(1, 40, "con-champ")
    call(2, 1, "con-champ")
    assert signals.look_inside().ingested.accepted == 0
    call(3, 0.5, "con-user")
    signals.look_inside()
    signals.look_inside()
    assert [(one.kind, one.person) for one in signals.listed(EVERYTHING)] == [("new_person", "Bob Stone")]


def test_the_sample_company_has_a_feed_that_is_alive(database: Database, settings: Settings) -> None:
    clock = FixedClock(NOW)
    load_sample(database, settings, clock, NOW.date())
    signals = Signals(database, settings, clock)
    items = signals.listed(EVERYTHING)
    assert len({one.kind for one in items}) >= 8
    assert {one.state for one in items} == {"judged", "handed_over"}
    with database.session() as session:
        from infra.spine.scope import find_user

        dana = find_user(session, "dana.whitfield@tallyport.example")
        assert dana is not None
    assert [one.company for one in signals.feed(dana.id)] == ["Sonora Berry", "Acme Logistics"]
    load_sample(database, settings, clock, NOW.date())
    assert signals.listed(EVERYTHING) == items
    rules = RuleBook(database, settings.home)
    assert rules.current(NOW) is not None
    assert all(one.fit is not None and one.fit >= 0.3 for one in items)
    remove_sample(database, settings.home)
    assert signals.listed(EVERYTHING) == ()
    assert rules.current(NOW) is None


def test_the_sample_s_rules_never_stand_in_for_a_team_s_own(database: Database, settings: Settings) -> None:
    rules = RuleBook(database, settings.home)
    mine = rules.save("[decide]\nleast_fit = 0.2\n", "ines", None, NOW)
    load_sample(database, settings, FixedClock(NOW), NOW.date())
    assert rules.current(NOW) == mine
    remove_sample(database, settings.home)
    assert rules.current(NOW) == mine


def test_who_is_forgotten_leaves_no_signal_under_their_name(
    signals: Signals, database: Database, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "contacts.csv"
    _import(database, settings, path, "con-champ,acc-won,Renata Silva,r@won.example,Head of Logistics,champion\n")
    _import(database, settings, path, "con-champ,acc-won,Renata Silva,r@won.example,Chief Operating Officer,champion\n")
    signals.take(
        [
            telling(
                "1",
                Kind.JOB_CHANGE,
                company="Free Freight",
                person="Renata Silva",
                about={"previous_company": "Won Works"},
            ),
            telling("2", Kind.SITE_VISIT, company="Nobody Knows", person="Renata Silva"),
            telling("3", company="Free Freight"),
        ]
    )
    forget_contact(database, "con-champ")
    assert [(one.kind, one.person) for one in signals.listed(EVERYTHING)] == [("funding", None)]
    assert signals.look_inside().ingested.accepted == 0
