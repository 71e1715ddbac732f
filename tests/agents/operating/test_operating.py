"""What an operating review asks, what its decisions do, and what it closes with."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from agents.intake.identity import stable_id
from agents.operating.effects import Decider
from agents.operating.record import Area, Operating
from agents.outreach.rules import parse_rules
from bot.app import App
from infra.errors import Denied, Fatal
from infra.spine.models import (
    Account,
    Activity,
    AuditEntry,
    Contact,
    Deal,
    DueAction,
    Effect,
    Lead,
    OperatingDecision,
    Proposal,
    Reply,
    RuleChange,
    Sequence,
    Touch,
)
from infra.spine.scope import EVERYTHING, Scope
from sales.icp import parse_icp
from sales.workflow.reading import workflow_in_force
from tests.agents.northern import user
from tests.agents.workflow.company import Company
from tests.conftest import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BOSS = Decider("boss", "admin", EVERYTHING, "slack")
IDA = Decider("ida", "rep", Scope(grants=(frozenset({"ida"}),), user_id="ida"), "slack")


@pytest.fixture
def company(company: Company) -> Company:
    """The company with somebody who leads it."""
    company.store(user("boss", "Bo Oss", "North", "admin"))
    return company


def _area(found: Operating, key: str) -> Area:
    return next(one for one in found.areas if one.key == key)


def _lead(company: Company, id: str = "lead-1", **more: object) -> None:
    told = {"name": "Joan Kim", "name_key": "joan kim", "company": "Kim Kitchens", "owner_id": "ida", "created_at": NOW - DAY}  # fmt: skip
    company.store(Lead(id=id, **(told | more)))


def _late(company: Company) -> str:
    call = company.happens("call", "mutual", 50 * HOUR)
    company.look()
    with company.database.session() as session:
        return session.scalars(select(DueAction.id).where(DueAction.trigger_id == call)).one()


def test_a_company_without_anything_has_a_whole_review_with_nothing_in_it(app: App, company: Company) -> None:
    found = app.operating.read(EVERYTHING)
    assert [area.key for area in found.areas] == ["leads", "qualified", "outreach", "overdue", "meetings"]
    assert all(area.question and area.choices for area in found.areas)
    assert (found.left, found.decided, found.change) == (0, 0, None)
    assert found.change_note is not None


def test_a_lead_shows_what_is_missing_to_route_it(app: App, company: Company) -> None:
    _lead(company)
    (item,) = _area(app.operating.read(EVERYTHING), "leads").items
    assert item.missing == ("mail address", "title")


def test_a_decision_takes_effect_once_is_audited_and_counted(app: App, company: Company) -> None:
    _lead(company)
    first = app.operating.decide("leads", "qualify", "lead-1", IDA)
    again = app.operating.decide("leads", "skip", "lead-1", IDA)
    assert (first.changed, again.changed) == (True, False)
    found = app.operating.read(EVERYTHING)
    assert (found.left, found.decided) == (0, 1)
    with app.database.session() as session:
        assert session.get_one(Lead, "lead-1").status == "Qualified"
        acts = session.scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("operating."))).all()
    assert acts == ["operating.leads.qualify"]


def test_enriching_a_lead_puts_a_task_forward(app: App, company: Company) -> None:
    _lead(company)
    told = app.operating.decide("leads", "enrich", "lead-1", IDA)
    with app.database.session() as session:
        card = session.get_one(Proposal, told.proposal_id)
    assert (card.kind, card.owner_id) == ("task", "ida")


def _of_industry(company: Company, industry: str, skipped: int, worked: int) -> None:
    for number in range(skipped + worked):
        name = f"{industry}-{number}"
        company.store(
            Account(id=f"acc-{name}", name=name, name_key=name, industry=industry),
            Lead(id=f"lead-{name}", name=name, name_key=name, account_id=f"acc-{name}", owner_id="ida", created_at=NOW - DAY, status="Skipped" if number < skipped else "Qualified"),
        )  # fmt: skip


def test_tightening_puts_a_change_forward_with_its_figures_and_applies_nothing(app: App, company: Company) -> None:
    _of_industry(company, "Tobacco", 4, 1)
    _of_industry(company, "Retail", 2, 6)
    with app.database.transaction() as session:
        session.get_one(Lead, "lead-Tobacco-4").status = None
    _lead(company, id="lead-r", account_id="acc-Retail-0")
    told = app.operating.decide("leads", "tighten", "lead-Tobacco-4", IDA)
    change = told.change
    assert change is not None
    assert change.sentence == 'Look no more at companies of the industry "Tobacco"?'
    assert (
        change.argument
        == 'Of what came from companies of the industry "Tobacco", 0 of 5 was pursued; of the rest, 6 of 8.'
    )
    assert change.sentence in told.sentence
    assert app.operating.read(EVERYTHING).asked_for == (change,)
    book = app.outreach._icp_book
    assert book.current(NOW) is None, "nothing is in force before somebody adopts it"
    with pytest.raises(Denied):
        app.operating.adopt(change.id, IDA)
    assert app.operating.adopt(change.id, BOSS).sentence == "Adopted: icp.toml has a new version."
    assert parse_icp(book.text(NOW)).excluded == {"industries": ("Tobacco",)}
    assert app.operating.read(EVERYTHING).asked_for == ()


def test_what_was_refused_is_not_put_forward_again_and_of_what_nothing_is_known_nothing_is_said(
    app: App, company: Company
) -> None:
    _of_industry(company, "Tobacco", 3, 0)
    with app.database.transaction() as session:
        for number in (1, 2):
            session.get_one(Lead, f"lead-Tobacco-{number}").status = None
    change = app.operating.decide("leads", "tighten", "lead-Tobacco-1", IDA).change
    assert change is not None
    app.operating.refuse(change.id, BOSS)
    again = app.operating.decide("leads", "tighten", "lead-Tobacco-2", IDA)
    assert again.change is None
    assert "refused lately" in again.sentence
    _lead(company)
    assert "Too little is known" in app.operating.decide("leads", "tighten", "lead-1", IDA).sentence


def test_what_is_anothers_is_not_there_for_a_rep(app: App, company: Company) -> None:
    _lead(company, owner_id="omar")
    assert _area(app.operating.read(IDA.scope, owner_id="ida"), "leads").total == 0
    with pytest.raises(Fatal, match="not in the review"):
        app.operating.decide("leads", "skip", "lead-1", IDA)


@pytest.mark.parametrize(("choice", "state"), [("pause", "paused"), ("stop", "dropped"), ("touch", "paused")])
def test_what_is_overdue_is_moved_by_every_decision(app: App, company: Company, choice: str, state: str) -> None:
    due = _late(company)
    assert [one.id for one in _area(app.operating.read(EVERYTHING), "overdue").items] == [due]
    app.operating.decide("overdue", choice, due, BOSS)
    assert _area(app.operating.read(EVERYTHING), "overdue").total == 0
    with app.database.session() as session:
        assert session.get_one(DueAction, due).state == state


def test_touching_brings_a_card(app: App, company: Company) -> None:
    due = _late(company)
    told = app.operating.decide("overdue", "touch", due, IDA)
    with app.database.session() as session:
        assert session.get_one(Proposal, told.proposal_id).owner_id == "ida"


def test_a_touched_action_is_done_by_the_mail_that_goes(app: App, company: Company) -> None:
    due = _late(company)
    app.operating.decide("overdue", "touch", due, IDA)
    company.happens("mail", "outbound", timedelta(0))
    company.look()
    with app.database.session() as session:
        assert session.get_one(DueAction, due).state == "done"


def _approved(company: Company, card: str | None, status: str) -> str:
    """Have a card's task put on its owner's list, as its effect does; `status` is what became of it there."""
    with company.database.transaction() as session:
        session.get_one(Proposal, card).state = "done"
    company.store(Effect(id=f"e-{card}", key=f"{card}:1", proposal_id=card, version=1, kind="task", state="done", due_at=NOW))  # fmt: skip
    task = stable_id("task", f"e-{card}")
    company.store(Activity(id=task, kind="task", direction="internal", status=status, deal_id="deal-mill", owner_id="ida", subject="Send the recap", at=NOW, due_at=NOW, content_hash="t"))  # fmt: skip
    return task


@pytest.mark.parametrize(("choice", "to"), [("touch", None), ("owner", "omar")])
def test_an_action_that_waits_for_a_card_moves_on_with_its_task(
    app: App, company: Company, choice: str, to: str | None
) -> None:
    due = _late(company)
    told = app.operating.decide("overdue", choice, due, BOSS, to)
    company.look()
    with app.database.session() as session:
        assert session.get_one(DueAction, due).done_at is None
    task = _approved(company, told.proposal_id, "open")
    company.look()
    with app.database.session() as session:
        assert session.get_one(DueAction, due).done_at is None, "it stands on a list and is not done yet"
    with app.database.transaction() as session:
        session.get_one(Activity, task).status = "done"
    company.look()
    with app.database.session() as session:
        row = session.get_one(DueAction, due)
        assert (row.state, row.done_by_id) == ("done", task)


def test_a_card_that_comes_to_nothing_brings_the_action_back_and_it_can_be_decided_anew(
    app: App, company: Company
) -> None:
    due = _late(company)
    first = app.operating.decide("overdue", "touch", due, IDA)
    with app.database.transaction() as session:
        session.get_one(Proposal, first.proposal_id).state = "rejected"
    company.look()
    assert [one.id for one in _area(app.operating.read(EVERYTHING), "overdue").items] == [due]
    second = app.operating.decide("overdue", "touch", due, IDA)
    assert second.changed
    assert second.proposal_id not in (None, first.proposal_id)
    assert _area(app.operating.read(EVERYTHING), "overdue").total == 0


def test_a_change_of_owner_hands_it_over(app: App, company: Company) -> None:
    due = _late(company)
    told = app.operating.decide("overdue", "owner", due, BOSS, "omar")
    assert told.sentence.startswith("It is Omar Reza's now")
    with app.database.session() as session:
        (left,) = app.workflow.waiting(session, EVERYTHING)
    assert (left.owner_id, left.owner) == ("omar", "Omar Reza")


def test_nobody_hands_over_to_somebody_they_do_not_see(app: App, company: Company) -> None:
    due = _late(company)
    with pytest.raises(Denied):
        app.operating.decide("overdue", "owner", due, IDA, "omar")
    with pytest.raises(Fatal):
        app.operating.decide("overdue", "owner", due, BOSS, "nobody")
    with app.database.session() as session:
        assert session.scalar(select(func.count()).select_from(OperatingDecision)) == 0


def test_a_meeting_that_led_nowhere_is_asked_about_and_the_others_are_counted(app: App, company: Company) -> None:
    company.happens("meeting", "mutual", 20 * DAY)
    company.happens("meeting", "mutual", 20 * DAY, deal="deal-yard", account_id="acc-yard", who="con-rosa")
    company.edit("deal-yard", status="won", closed_at=NOW - DAY)
    area = _area(app.operating.read(EVERYTHING), "meetings")
    assert [one.id for one in area.items] == ["deal-mill"]
    assert {one.label: one.count for one in area.figures if one.count} == {"won": 1, "nothing": 1}
    app.operating.decide("meetings", "filter", "deal-mill", BOSS)
    assert _area(app.operating.read(EVERYTHING), "meetings").total == 0


def _touches(company: Company, variant: str, sent: int, positive: int, number: int = 1) -> None:
    rows: list[object] = []
    for one in range(sent):
        name = f"{variant}-{number}-{one}"
        rows.append(Sequence(id=f"s-{name}", recipient=f"{name}@buyer.example", owner_id="ida", state="active", started_at=NOW - 20 * DAY))  # fmt: skip
        rows.append(Touch(id=f"t-{name}", sequence_id=f"s-{name}", number=number, state="sent", variant=variant, sent_at=NOW - 10 * DAY))  # fmt: skip
        if one < positive:
            rows.append(Reply(id=f"r-{name}", kind="positive", touch_id=f"t-{name}", at=NOW - 5 * DAY, detail={}))
    company.store(*rows)  # type: ignore[arg-type]


def test_each_opener_shows_the_replies_that_it_drew(app: App, company: Company) -> None:
    _touches(company, "newcomer", 4, 1)
    (item,) = _area(app.operating.read(EVERYTHING), "outreach").items
    assert item.facts == ("4 sent: 1 positive, 0 neutral, 0 negative",)


def test_stopping_an_opener_is_for_who_leads_and_a_version_of_the_file(app: App, company: Company) -> None:
    from agents.outreach.copy import ways_of

    name = ways_of(None, about_other=False)[0].name
    _touches(company, name, 3, 0)
    with pytest.raises(Denied):
        app.operating.decide("outreach", "stop", name, IDA)
    app.operating.decide("outreach", "stop", name, BOSS)
    found = app.outreach.book.current(NOW)
    assert found is not None
    assert parse_rules(found.text).stopped == (name,)


def _closed(company: Company, won: int, lost: int, *, contact: bool) -> None:
    rows = [
        Deal(
            id=f"closed-{contact}-{n}", name="x", currency="USD", amount=Decimal(1), status="won" if n < won else "lost", owner_id="ida",
            closed_at=NOW - 30 * DAY, contact_id="con-vera" if contact else None,
        )
        for n in range(won + lost)
    ]  # fmt: skip
    company.store(*rows)


def test_too_little_argues_for_nothing_and_says_so(app: App, company: Company) -> None:
    _closed(company, 4, 0, contact=True)
    _closed(company, 0, 4, contact=False)
    found = app.operating.read(EVERYTHING)
    assert found.change is None
    assert found.change_note is not None
    assert "10 cases are needed" in found.change_note


def test_a_difference_that_luck_makes_argues_for_nothing(app: App, company: Company) -> None:
    _closed(company, 8, 8, contact=True)
    _closed(company, 7, 9, contact=False)
    found = app.operating.read(EVERYTHING)
    assert found.change is None
    assert "none differs by more than luck" in str(found.change_note)


def test_a_difference_that_luck_does_not_make_is_proposed_with_its_figures(app: App, company: Company) -> None:
    _closed(company, 24, 6, contact=True)
    _closed(company, 6, 24, contact=False)
    change = app.operating.read(EVERYTHING).change
    assert change is not None
    assert (change.kind, change.value, change.with_won, change.with_all, change.without_won, change.without_all) == ("field", "contact", 24, 30, 6, 30)  # fmt: skip
    assert "24 of 30" in change.argument
    assert "6 of 30" in change.argument


def test_adopting_writes_a_new_version_of_the_rules_once(app: App, company: Company) -> None:
    _closed(company, 24, 6, contact=True)
    _closed(company, 6, 24, contact=False)
    change = app.operating.read(EVERYTHING).change
    assert change is not None
    with pytest.raises(Denied):
        app.operating.adopt(change.id, IDA)
    assert app.operating.adopt(change.id, BOSS).changed
    assert not app.operating.adopt(change.id, BOSS).changed
    found = app.workflow.book.current(NOW)
    assert found is not None
    assert found.version == 1
    late = [one for one in workflow_in_force(found.text).stages if one.key in ("propose", "resolve", "close")]
    assert all("contact" in one.needs for one in late)
    assert app.operating.read(EVERYTHING).change is None


def test_what_was_refused_is_not_proposed_again(app: App, company: Company) -> None:
    _closed(company, 24, 6, contact=True)
    _closed(company, 6, 24, contact=False)
    change = app.operating.read(EVERYTHING).change
    assert change is not None
    app.operating.refuse(change.id, BOSS)
    assert app.operating.read(EVERYTHING).change is None
    with app.database.session() as session:
        assert session.get_one(RuleChange, change.id).state == "refused"


def test_an_opener_that_draws_less_is_proposed_to_be_stopped(app: App, company: Company) -> None:
    _touches(company, "weak", 60, 1)
    _touches(company, "strong", 60, 20)
    change = app.operating.read(EVERYTHING).change
    assert change is not None
    assert (change.kind, change.value) == ("opener", "weak")


def test_a_past_review_keeps_nothing(app: App, company: Company) -> None:
    _closed(company, 24, 6, contact=True)
    _closed(company, 6, 24, contact=False)
    assert app.operating.read(EVERYTHING, as_of=NOW - 2 * DAY).change is not None
    assert app.operating.read(EVERYTHING, as_of=NOW - 60 * DAY).change is None
    with app.database.session() as session:
        assert session.scalar(select(func.count()).select_from(RuleChange)) == 0
        assert session.scalar(select(func.count()).select_from(Contact)) == 3
