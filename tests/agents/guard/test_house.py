"""What stops a card, as whoever clicks is told: at the draft, at the click and right before the effect alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy.orm import Session

from agents.guard.house import HouseGuards
from agents.guard.profile import ProfileExclusions
from agents.guard.suppressing import Entry, suppress
from agents.proposals.guards import Moment
from agents.proposals.record import Content, Task
from infra.settings import Settings
from infra.spine.business import Account, Territory
from infra.spine.database import Database
from infra.spine.outbound import RuleFile
from infra.spine.people import User
from infra.spine.proposals import Proposal
from infra.spine.touches import SendingDomain, Sequence, Touch, Verification
from sales.clock import FixedClock
from sales.suppression import Reason
from tests.agents.guard import company
from tests.conftest import NOW


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A transaction over the small company."""
    company.open_company(database)
    with database.transaction() as session:
        yield session


@pytest.fixture
def outbox(home: Path) -> Settings:
    """Settings of somebody who sends to the outbox folder."""
    return Settings(home=home)


@pytest.fixture
def guards(outbox: Settings, clock: FixedClock) -> HouseGuards:
    """The guardrails over the outbox folder."""
    return HouseGuards(outbox, clock)


def _rules(
    guards: HouseGuards, session: Session, made: tuple[Proposal, Content], moment: Moment = "click"
) -> list[str]:
    return [block.rule for block in guards.check(session, *made, moment)]


def test_a_card_to_somebody_new_may_go(guards: HouseGuards, session: Session) -> None:
    assert _rules(guards, session, company.card(session)) == []


def test_nobody_writes_in_the_name_of_somebody_who_left(guards: HouseGuards, session: Session) -> None:
    made = company.card(session)
    session.get_one(User, "dana").active = False
    session.flush()
    assert _rules(guards, session, made, "effect") == ["sender"]


@pytest.mark.parametrize("moment", get_args(Moment))
@pytest.mark.parametrize(
    "value, kind, to",
    [
        ("bob@acme.example", "person", "Bob@acme.example"),
        ("bob@acme.example", "person", "bob+work@Acme.example"),
        ("acme.example", "domain", "bob@acme.example"),
        ("acme.example", "domain", "bob@mail.eu.acme.example"),
    ],
)
def test_whoever_is_on_the_list_is_never_written_to(
    guards: HouseGuards, session: Session, moment: Moment, value: str, kind: str, to: str
) -> None:
    made = company.card(session, to=to, kind="reply")
    entry = Entry("domain" if kind == "domain" else "person", value, "opt_out")
    suppress(session, entry, source="test", by=None, surface="test", now=NOW)
    [block] = guards.check(session, *made, moment)
    assert block.rule == "suppression"
    assert block.hard
    assert "asked not to be written to" in block.sentence


def test_another_domain_with_the_same_ending_is_another_company(guards: HouseGuards, session: Session) -> None:
    suppress(session, Entry("domain", "acme.example", "opt_out"), source="t", by=None, surface="t", now=NOW)
    assert _rules(guards, session, company.card(session, to="bob@notacme.example")) == []


@pytest.mark.parametrize("reason, blocked", [("by_hand", False), ("opt_out", True)])
def test_an_entry_ends_when_it_says_but_an_opt_out_never_does(
    guards: HouseGuards, session: Session, reason: Reason, blocked: bool
) -> None:
    entry = Entry("person", "bob@acme.example", reason, until=NOW - timedelta(days=1))
    suppress(session, entry, source="t", by=None, surface="t", now=NOW - timedelta(days=9))
    assert (_rules(guards, session, company.card(session)) == ["suppression"]) is blocked


def test_an_edit_that_changes_the_recipient_is_judged_by_the_new_one(guards: HouseGuards, session: Session) -> None:
    suppress(session, Entry("person", "eve@acme.example", "opt_out"), source="t", by=None, surface="t", now=NOW)
    row, content = company.card(session, contact_id="bob", account_id="acme")
    assert guards.check(session, row, content, "click") == ()
    content = company.edited(session, row, "eve@acme.example")
    assert _rules(guards, session, (row, content)) == ["suppression"]


def test_a_customer_gets_no_outreach_but_an_answer(guards: HouseGuards, session: Session) -> None:
    company.account(session, "fennimore", type="Customer", owner_id="dana")
    to = "ann@fennimore.example"
    assert _rules(guards, session, company.card(session, to=to)) == ["customer"]
    assert _rules(guards, session, company.card(session, "two", to=to, kind="reply")) == []
    company.account(session, "won", owner_id="dana")
    company.deal(session, "won-deal", "won", status="won")
    assert _rules(guards, session, company.card(session, "three", to="x@won.example")) == ["customer"]


def test_an_open_deal_goes_to_its_owner(guards: HouseGuards, session: Session) -> None:
    company.deal(session, "acme-deal", "acme", owner="luis")
    [block] = guards.check(session, *company.card(session), "draft")
    assert (block.rule, block.hard) == ("open_deal", True)
    assert "Luis" in block.sentence
    assert _rules(guards, session, company.card(session, "luis", owner="luis", to="new@acme.example")) == []


def test_another_reps_account_is_left_to_them(guards: HouseGuards, session: Session) -> None:
    [block] = guards.check(session, *company.card(session, owner="luis"), "click")
    assert (block.rule, block.hard) == ("territory", True)
    assert "Dana" in block.sentence
    company.account(session, "free", owner_id=None)
    assert _rules(guards, session, company.card(session, "free", owner="luis", to="x@free.example")) == []


@pytest.mark.parametrize(
    ("team", "owner", "writer", "sentence"),
    [
        (None, "dana", "luis", "This company is in the territory Ohio Valley, which is Dana's."),
        ("West", "dana", "luis", "This company is in the territory Ohio Valley, which is Dana's."),
        ("East", None, "luis", "This company is in the territory Ohio Valley, which is the East team's."),
        ("west", None, "luis", None),
        ("West", "luis", "luis", None),
        (None, None, "luis", None),
    ],
)
@pytest.mark.parametrize("named", ["ohio valley", "T-1"])
def test_an_account_nobody_owns_is_left_to_who_works_its_territory(
    guards: HouseGuards,
    session: Session,
    team: str | None,
    owner: str | None,
    writer: str,
    sentence: str | None,
    named: str,
) -> None:
    session.add(Territory(id="T-1", name="Ohio Valley", team=team, owner_id=owner, source="test", source_at=NOW))
    company.account(session, "free", owner_id=None, territory=named)
    found = guards.check(session, *company.card(session, owner=writer, to="x@free.example"), "click")
    assert [block.sentence for block in found if block.rule == "territory"] == ([sentence] if sentence else [])


@pytest.mark.parametrize("shared", ["gmail.com", "wordpress.com", "co.uk"])
def test_an_account_under_a_domain_of_many_claims_nobody_elses_customers(
    guards: HouseGuards, session: Session, shared: str
) -> None:
    company.account(session, "claims", domain=shared, owner_id="luis")
    assert _rules(guards, session, company.card(session, to=f"ann@acme.{shared}")) == []
    assert _rules(guards, session, company.card(session, "here", to=f"ann@{shared}")) == []


def test_nobody_is_written_to_twice_within_days(guards: HouseGuards, session: Session) -> None:
    company.touch(session, "m1", "bob@acme.example", days_ago=3, by="luis")
    [block] = guards.check(session, *company.card(session), "click")
    assert (block.rule, block.hard) == ("duplicate", False)
    assert "Luis" in block.sentence
    assert "20 Nov" in block.sentence


def test_what_follows_a_plus_makes_no_second_person(guards: HouseGuards, session: Session) -> None:
    first = company.card(session, "first", to="bob+a@acme.example", at=NOW - timedelta(hours=1))
    second = company.card(session, "second", to="Bob+b@Acme.example")
    other = company.card(session, "other", to="bobby@acme.example")
    assert _rules(guards, session, first) == []
    assert _rules(guards, session, second) == ["duplicate"]
    assert _rules(guards, session, other) == []
    company.sequence(session, "s1", "Bobby+x@acme.example")
    assert _rules(guards, session, other) == ["duplicate"]


def test_what_was_long_ago_or_came_from_them_is_no_duplicate(guards: HouseGuards, session: Session) -> None:
    company.touch(session, "m1", "bob@acme.example", days_ago=8)
    company.touch(session, "m2", "bob@acme.example", days_ago=1, direction="inbound")
    assert _rules(guards, session, company.card(session)) == []


def test_the_next_touch_of_a_sequence_is_no_duplicate_of_its_first(guards: HouseGuards, session: Session) -> None:
    first = company.sequence(session, "s1", "bob@acme.example")
    company.touch(session, "m1", "bob@acme.example", days_ago=3, by="dana")
    session.get_one(Touch, first).activity_id = "m1"
    session.add(Touch(id="s1-2", sequence_id="s1", number=2, state="proposed"))
    session.flush()
    made = company.card(session, kind="follow_up", touch_id="s1-2")
    assert _rules(guards, session, made) == []
    company.touch(session, "m2", "bob@acme.example", days_ago=2, by="luis")
    assert _rules(guards, session, made) == ["duplicate"]


def test_of_two_cards_to_one_person_the_older_goes(guards: HouseGuards, session: Session) -> None:
    older = company.card(session, "older", at=NOW - timedelta(hours=1))
    newer = company.card(session, "newer", at=NOW)
    assert _rules(guards, session, older) == []
    assert _rules(guards, session, newer) == ["duplicate"]
    older[0].state = "rejected"
    session.flush()
    assert _rules(guards, session, newer) == []


def test_a_card_gives_way_to_one_that_is_approved(guards: HouseGuards, session: Session) -> None:
    older = company.card(session, "older", at=NOW - timedelta(hours=1))
    newer = company.card(session, "newer", at=NOW, state="approved")
    assert _rules(guards, session, older) == ["duplicate"]
    assert _rules(guards, session, newer, "effect") == []


def test_somebody_in_a_sequence_is_in_no_second_one(guards: HouseGuards, session: Session) -> None:
    company.sequence(session, "s1", "bob@acme.example")
    assert _rules(guards, session, company.card(session)) == ["duplicate"]


def test_the_caps_and_the_last_word_count_a_person_under_all_their_plus_addresses(
    guards: HouseGuards, session: Session
) -> None:
    for number, to in enumerate(("dan+news@free.example", "dan@free.example", "dan+trial@free.example")):
        company.touch(session, f"m{number}", to, by="dana", days_ago=number + 1)
    first = company.sequence(session, "s1", "dan+demo@free.example")
    made = company.card(session, kind="follow_up", touch_id=first, to="Dan+demo@free.example")
    assert _rules(guards, session, made) == ["person_cap"]
    fresh = company.card(session, "fresh", to="dan+other@free.example", owner="luis")
    assert "duplicate" in _rules(guards, session, fresh)


def test_the_caps_count_all_channels(guards: HouseGuards, session: Session, outbox: Settings) -> None:
    for number, kind in enumerate(("mail", "call", "meeting")):
        direction = "outbound" if kind == "mail" else "mutual"
        company.touch(
            session, f"m{number}", "x@free.example", kind=kind, direction=direction, by="dana", days_ago=number + 1
        )
    first = company.sequence(session, "s1", "x@free.example")
    made = company.card(session, kind="follow_up", touch_id=first, to="x@free.example")
    assert _rules(guards, session, made) == ["person_cap"]


def test_a_company_is_not_swamped(guards: HouseGuards, session: Session) -> None:
    for number in range(10):
        company.touch(session, f"m{number}", f"p{number}@acme.example", account_id="acme")
    assert _rules(guards, session, company.card(session)) == ["account_cap"]


def test_a_profile_that_excludes_a_company_is_heeded(outbox: Settings, clock: FixedClock, session: Session) -> None:
    class Profile:
        def excluded(self, session: Session, account_id: str | None, domain: str | None) -> str | None:
            return "Excluded by name." if domain == "acme.example" else None

    guards = HouseGuards(outbox, clock, Profile())
    assert _rules(guards, session, company.card(session)) == ["exclusion"]
    assert _rules(guards, session, company.card(session, "two", to="x@other.example")) == []


@pytest.mark.parametrize(
    "rules, to, blocked",
    [
        ('domains = ["acme.example"]', "bob@mail.acme.example", True),
        ('companies = ["Acme"]', "bob@acme.example", True),
        ('industries = ["Gambling"]', "bob@acme.example", True),
        ('domains = ["nowhere.example"]', "bob@acme.example", False),
        ('domains = ["other.example"]', "x@other.example", True),
    ],
)
def test_whom_the_profile_leaves_out_is_not_written_to(
    outbox: Settings, clock: FixedClock, session: Session, rules: str, to: str, blocked: bool
) -> None:
    session.get_one(Account, "acme").industry = "Gambling"
    session.add(RuleFile(name="icp.toml", version=1, text=f"[exclude]\n{rules}\n", at=NOW))
    session.flush()
    found = HouseGuards(outbox, clock, ProfileExclusions()).check(session, *company.card(session, to=to), "draft")
    assert [(block.rule, block.hard) for block in found] == ([("exclusion", True)] if blocked else [])


def test_a_paused_domain_sends_nothing_and_others_go_on(guards: HouseGuards, session: Session) -> None:
    session.add(SendingDomain(domain=company.DOMAIN, paused_at=NOW, pause_reason="By hand.", checks={}))
    session.flush()
    [block] = guards.check(session, *company.card(session, kind="reply"), "effect")
    assert (block.rule, block.hard) == ("paused", False)
    assert "By hand." in block.sentence
    other = company.card(session, "two", to="x@other.example", sender="dana@other-us.example")
    assert _rules(guards, session, other) == []


def test_rates_that_are_too_bad_stop_a_mail_even_before_anybody_paused_it(
    guards: HouseGuards, session: Session
) -> None:
    company.sent(session, 100)
    company.came_back(session, "hard_bounce", 3)
    assert _rules(guards, session, company.card(session, "new", to="x@other.example"), "effect") == ["paused"]


def test_over_smtp_a_red_gate_is_told_by_the_check_that_is_red(home: Path, clock: FixedClock, session: Session) -> None:
    guards = HouseGuards(Settings(home=home, smtp_url="smtp://127.0.0.1:1"), clock)
    made = company.card(session)
    assert _rules(guards, session, made) == ["gate:addresses"]
    session.add(Verification(address="bob@acme.example", status="good", method="mx", at=NOW))
    session.flush()
    assert _rules(guards, session, made) == []
    red = {"state": "red", "sentence": "There is no SPF record.", "fix": "Publish one."}
    session.add(SendingDomain(domain=company.DOMAIN, checks={"spf": red}, checked_at=NOW))
    session.flush()
    [block] = guards.check(session, *made, "click")
    assert block.rule == "gate:spf"
    assert block.sentence == "SPF is red: There is no SPF record. Publish one."


@pytest.mark.parametrize("status, hard", [("bad", True), ("unknown", False)])
def test_an_unverified_address_is_skipped(
    home: Path, clock: FixedClock, session: Session, status: str, hard: bool
) -> None:
    guards = HouseGuards(Settings(home=home, smtp_url="smtp://127.0.0.1:1"), clock)
    session.add(Verification(address="bob@acme.example", status=status, method="mx", at=NOW))
    session.flush()
    [block] = guards.check(session, *company.card(session), "draft")
    assert (block.rule, block.hard) == ("gate:addresses", hard)


def test_whoever_wrote_to_us_is_there(home: Path, clock: FixedClock, session: Session) -> None:
    guards = HouseGuards(Settings(home=home, smtp_url="smtp://127.0.0.1:1"), clock)
    company.touch(session, "m1", "bob@acme.example", direction="inbound", days_ago=5)
    assert _rules(guards, session, company.card(session)) == []


def test_a_verification_goes_stale(home: Path, clock: FixedClock, session: Session) -> None:
    guards = HouseGuards(Settings(home=home, smtp_url="smtp://127.0.0.1:1"), clock)
    session.add(Verification(address="bob@acme.example", status="good", method="mx", at=NOW - timedelta(days=91)))
    session.flush()
    assert _rules(guards, session, company.card(session)) == ["gate:addresses"]


def test_a_task_has_no_guardrails(guards: HouseGuards, session: Session) -> None:
    row, _ = company.card(session)
    assert guards.check(session, row, Content(effect=Task(title="Call Bob")), "click") == ()


def test_the_hardest_comes_first(guards: HouseGuards, session: Session) -> None:
    company.touch(session, "m1", "bob@acme.example")
    suppress(session, Entry("person", "bob@acme.example", "opt_out"), source="t", by=None, surface="t", now=NOW)
    blocks = guards.check(session, *company.card(session), "click")
    assert [block.hard for block in blocks] == [True, False]


def test_a_touch_waits_while_its_sequence_is_paused_and_never_goes_once_it_is_stopped(
    guards: HouseGuards, session: Session
) -> None:
    company.sequence(session, "s1", "bob@acme.example", state="paused")
    session.add(Touch(id="s1-2", sequence_id="s1", number=2, state="proposed"))
    session.flush()
    made = company.card(session, kind="follow_up", touch_id="s1-2")
    (block,) = guards.check(session, *made, "effect")
    assert (block.rule, block.hard) == ("sequence", False)
    session.get_one(Sequence, "s1").state = "stopped"
    session.flush()
    (block,) = guards.check(session, *made, "effect")
    assert (block.rule, block.hard) == ("sequence", True)
