"""What a rep gets from a signal: a card with a mail that stands in its evidence, or a reason why there is none."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from agents.outreach.checking import words_in
from agents.proposals.guards import Block
from agents.proposals.record import Task
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Sequence, Suppression
from tests.agents.northern import account, settle
from tests.agents.outreach.conftest import kept, mail_of, outreach, proposals, signal, tell
from tests.conftest import NOW


def test_a_hiring_becomes_a_mail_that_says_why_now(spine: Database, settings: Settings) -> None:
    ids = tell(
        spine,
        signal("s1", "hiring", account_id="acc-northwind", title="VP, Sales", text="We are hiring a VP, Sales.", url="https://northwind.example/jobs/7"),
    )  # fmt: skip
    outreach(spine, settings).on_judged(ids)
    (card,) = proposals(spine)
    mail = mail_of(card)
    assert (card.state, card.kind, card.owner, card.signal) == ("pending", "outreach", "ana@ours.example", "s1")
    assert card.headline == "Northwind is hiring a VP Sales"
    assert (mail.sender, mail.to, mail.to_name) == ("ana@ours.example", "con-lee@buyer.example", "Lee Park")
    assert "Northwind" in mail.body
    assert "a VP Sales" in mail.body
    assert mail.body.startswith("Hi Lee,\n\n")
    assert mail.body.endswith("\n\nBest,\nAna")
    assert mail.body.count("?") == 1
    assert words_in(mail.body) <= 50
    assert "Contoso Freight, also in third-party logistics, went with our Dock." in mail.body
    assert {(one.source, one.id) for one in card.evidence} == {
        ("signal", "s1"), ("deal", "deal-contoso"), ("account", "acc-contoso"), ("account", "acc-northwind"),
    }  # fmt: skip
    assert card.why[:2] == ("hiring page", "won deal in the same industry")
    assert "Names Contoso Freight as a customer: make sure that they may be named." in card.risks
    one = kept(spine, "s1")
    assert one.state == "drafted"
    assert one.research["who"]["contact_id"] == "con-lee"
    assert one.judgement["outreach"]["variant"] == mail.variant
    assert one.judgement["outreach"]["next_touch_on"] == "2026-11-26"


def test_the_same_signal_again_changes_nothing(spine: Database, settings: Settings) -> None:
    ids = tell(spine, signal("s1", "hiring", account_id="acc-northwind", title="VP, Sales"))
    road = outreach(spine, settings)
    road.on_judged(ids)
    before = proposals(spine)
    road.on_judged(ids)
    assert proposals(spine) == before


def test_a_customer_whom_the_rep_may_not_see_is_not_named(desk: Database, settings: Settings) -> None:
    own = settings.model_copy(update={"visibility": "own"})
    with desk.transaction() as session:
        settle(
            session, NOW, account("acc-bens", "Bens Freight", "ben", industry="Third-party logistics", employees=900)
        )
    ids = tell(desk, signal("s1", "funding", account_id="acc-northwind", title="Northwind raises $20M Series B"))
    outreach(desk, own).on_judged(ids)
    assert "Hidden" not in mail_of(proposals(desk)[0]).body


@pytest.mark.parametrize(
    ("more", "rule", "state"),
    [
        ({"account_id": "acc-busy"}, "open_deal", "handed_over"),
        ({"account_id": "acc-contoso"}, "customer", "skipped"),
        ({"account_id": "acc-northwind", "expires_at": NOW - timedelta(minutes=1)}, "expired", "expired"),
        ({"account_id": "acc-lonely"}, "nobody_to_write_to", "review"),
        ({"account_id": "acc-northwind", "title": None}, "no_evidence", "review"),
        ({"account_id": "acc-northwind", "owner_id": None, "person": "Zoe New"}, "no_address", "review"),
    ],
)
def test_who_must_not_or_need_not_be_written_to(
    spine: Database, settings: Settings, more: dict[str, object], rule: str, state: str
) -> None:
    kind = "job_change" if "person" in more else "hiring"
    if more.get("person"):
        more = {**more, "account_id": "acc-lonely"}
    ids = tell(spine, signal("s1", kind, **{"title": "VP Sales", **more}))
    (outcome,) = outreach(spine, settings).work(ids)
    assert (outcome.rule, outcome.state) == (rule, state)
    one = kept(spine, "s1")
    assert one.state == state
    assert one.judgement["qualification"]["rule"] == rule
    assert one.judgement["reason"]
    assert [card for card in proposals(spine) if card.kind == "outreach"] == []


def test_an_open_deals_owner_is_told_instead(desk: Database, settings: Settings) -> None:
    ids = tell(desk, signal("s1", "funding", account_id="acc-busy", title="Busy Mills raises $5M", state="handed_over"))
    outreach(desk, settings).on_judged(ids)
    (card,) = proposals(desk)
    assert isinstance(card.effect, Task)
    assert card.effect.title == "Bring it up: Busy Mills raised $5 million"
    assert (card.deal, card.owner) == ("deal-busy", "ana@ours.example")
    assert card.evidence[0].quote == "Busy Mills raises $5M"


def test_an_opt_out_is_a_hard_stop_for_the_person_and_for_their_domain(spine: Database, settings: Settings) -> None:
    with spine.transaction() as session:
        session.add(Suppression(kind="person", value="con-lee@buyer.example", reason="opt_out", source="mail", at=NOW))
    ids = tell(spine, signal("s1", "hiring", account_id="acc-northwind", title="VP Sales"))
    (outcome,) = outreach(spine, settings).work(ids)
    assert outcome.rule == "opted_out"
    assert proposals(spine) == []
    assert kept(spine, "s1").judgement["hard"] is True


def test_who_is_in_a_sequence_is_skipped(spine: Database, settings: Settings) -> None:
    with spine.transaction() as session:
        session.add(
            Sequence(
                id="q",
                contact_id="con-lee",
                recipient="con-lee@buyer.example",
                state="paused",
                most_touches=3,
                started_at=NOW,
            )
        )
    ids = tell(spine, signal("s1", "hiring", account_id="acc-northwind", title="VP Sales"))
    (outcome,) = outreach(spine, settings).work(ids)
    assert outcome.rule == "in_sequence"


def test_ask_me_in_q3_blocks_drafts_until_then(spine: Database, settings: Settings) -> None:
    asked = signal(
        "s0", "engagement", account_id="acc-northwind", state="nurtured", revisit_at=NOW + timedelta(days=200)
    )
    asked.judgement = {"qualification": {"rule": "asked_to_wait"}}
    ids = tell(spine, asked, signal("s1", "hiring", account_id="acc-northwind", title="VP Sales"))
    (outcome,) = outreach(spine, settings).work(ids)
    assert (outcome.rule, outcome.state) == ("asked_to_wait", "nurtured")
    assert kept(spine, "s1").revisit_at == NOW + timedelta(days=200)
    later = NOW + timedelta(days=201)
    with spine.transaction() as session:
        one = session.get(type(asked), "s1")
        assert one is not None
        one.state, one.expires_at = "judged", later + timedelta(days=1)
    assert [one.rule for one in outreach(spine, settings, later).work(["s1"])] == ["pursue"]


def test_two_signals_of_one_account_give_one_mail(spine: Database, settings: Settings) -> None:
    ids = tell(
        spine,
        signal("s1", "hiring", account_id="acc-northwind", title="VP Sales", rank=0.9),
        signal("s2", "site_visit", account_id="acc-northwind", text="visited /pricing", rank=0.5),
    )
    assert [(one.signal_id, one.rule) for one in outreach(spine, settings).work(ids)] == [
        ("s1", "pursue"),
        ("s2", "mail_waits"),
    ]


class _Blocks:
    """A guardrail that always objects."""

    def __init__(self, *, hard: bool) -> None:
        self._hard = hard

    def check(self, session: object, proposal: object, content: object, moment: str) -> tuple[Block, ...]:
        """Object."""
        return (Block("gate", "DKIM is not set.", hard=self._hard),)


def test_what_a_guardrail_holds_is_a_draft_that_says_so(desk: Database, settings: Settings) -> None:
    ids = tell(desk, signal("s1", "hiring", account_id="acc-northwind", title="VP Sales"))
    outreach(desk, settings, guards=_Blocks(hard=False)).on_judged(ids)
    (card,) = proposals(desk)
    assert card.state == "draft"
    assert "DKIM is not set." in card.risks


def test_what_a_guardrail_forbids_is_never_drafted(desk: Database, settings: Settings) -> None:
    ids = tell(desk, signal("s1", "hiring", account_id="acc-northwind", title="VP Sales"))
    outreach(desk, settings, guards=_Blocks(hard=True)).on_judged(ids)
    assert proposals(desk) == []
    assert kept(desk, "s1").state == "skipped"


def test_a_full_desk_is_not_buried_but_urgent_news_comes_through(desk: Database, settings: Settings) -> None:
    (settings.home / "outreach.toml").write_text("most_waiting = 1\n", encoding="utf-8")
    more = [
        signal(f"v{n}", "site_visit", company=f"Company {n}", text="visited /pricing", person=f"Pat Number{'abc'[n]}", person_email=f"pat{n}@c{n}.example", rank=0.9 - n / 10)
        for n in range(3)
    ]  # fmt: skip
    urgent = signal("u", "hiring", account_id="acc-northwind", title="VP Sales", rank=0.1)
    ids = tell(desk, *more, urgent)
    made = {one.signal_id: one.state for one in outreach(desk, settings).work(ids)}
    assert made == {"u": "drafted"}
    assert kept(desk, "v0").state == "judged"


def test_a_draft_stands_within_ninety_seconds_of_its_signal(desk: Database, settings: Settings) -> None:
    ids = tell(
        desk,
        *(
            signal(f"s{n}", "hiring", company=f"Company {n}", title="VP Sales", person="Pat Smith", person_email=f"pat@c{n}.example")
            for n in range(50)
        ),
    )  # fmt: skip
    begun = time.monotonic()
    outreach(desk, settings).on_judged(ids)
    took = time.monotonic() - begun
    assert len(proposals(desk)) == 50
    assert took < 45


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ("Zoe New", "Saw that Zoe New joined you as VP Sales."),
        ("info team", "Saw that Northwind has a new VP Sales."),
        (None, "Saw that Northwind has a new VP Sales."),
    ],
)
def test_nobody_is_congratulated_on_somebody_elses_role(
    desk: Database, settings: Settings, person: str | None, words: str
) -> None:
    ids = tell(desk, signal("s1", "job_change", account_id="acc-northwind", person=person, title="VP, Sales"))
    outreach(desk, settings).on_judged(ids)
    mail = mail_of(proposals(desk)[0])
    assert mail.to_name == "Lee Park"
    assert words in mail.body
