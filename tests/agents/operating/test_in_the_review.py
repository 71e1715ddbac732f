"""The weekly review tells whoever makes the rules of the one change that figures argue for, and everybody which signals their mails were answered to."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from agents.digest.pictures import RepliesPicture
from agents.digest.record import Digest
from agents.digest.service import Wish
from bot.app import App
from bot.compose import view_at
from bot.digest_message import digest_message
from bot.operating import _REVIEW
from infra.spine.models import Deal, Reply, RuleChange, Sequence, Touch
from infra.spine.scope import EVERYTHING, Scope
from tests.agents.northern import user
from tests.agents.workflow.company import Company
from tests.conftest import NOW

DAY = timedelta(days=1)


@pytest.fixture
def company(company: Company) -> Company:
    """The company, in which naming a contact goes with winning."""
    company.store(user("boss", "Bo Oss", "North", "admin"))
    rows = [
        Deal(
            id=f"closed-{contact}-{n}", name="x", currency="USD", amount=Decimal(1), status="won" if n < won else "lost", owner_id="ida",
            closed_at=NOW - 30 * DAY, contact_id="con-vera" if contact else None,
        )
        for contact, won in ((True, 24), (False, 6))
        for n in range(30)
    ]  # fmt: skip
    company.store(*rows)
    return company


def _mailed(company: Company, owner: str, kind: str, sent: int, answered: int) -> None:
    rows: list[object] = []
    for one in range(sent):
        name = f"{owner}-{kind}-{one}"
        rows.append(Sequence(id=f"s-{name}", recipient=f"{name}@buyer.example", owner_id=owner, state="active", started_at=NOW - 20 * DAY))  # fmt: skip
        rows.append(Touch(id=f"t-{name}", sequence_id=f"s-{name}", number=1, state="sent", signal_kind=kind, sent_at=NOW - 10 * DAY))  # fmt: skip
        if one < answered:
            rows.append(Reply(id=f"r-{name}", kind="positive", touch_id=f"t-{name}", at=NOW - 5 * DAY, detail={}))
    company.store(*rows)  # type: ignore[arg-type]


def _of_ida(app: App) -> Digest:
    return app.reviews.read("ida", Scope(grants=(frozenset({"ida"}),), user_id="ida"), Wish())


def test_the_company_reads_of_the_change_with_its_figures_and_where_to_decide(app: App, company: Company) -> None:
    digest = app.reviews.read(None, EVERYTHING, Wish())
    section = digest.section("change")
    assert section is not None
    (line,) = (*section.lines, *section.more)
    assert "24 of 30" in line.text
    assert line.evidence[0].quote.startswith("24 of 30 against 6 of 30; p = ")
    assert line.action is not None
    assert _REVIEW.fullmatch(line.action.value)
    assert digest_message(digest, view_at(app.settings, NOW)).parts
    assert Digest.model_validate(digest.public()) == digest
    with app.database.session() as session:
        assert session.scalars(select(RuleChange.id)).all() == []


def test_a_rep_who_does_not_make_the_rules_does_not_read_of_it(app: App, company: Company) -> None:
    assert _of_ida(app).section("change") is None


def test_what_was_refused_is_not_told_again(app: App, company: Company) -> None:
    from agents.operating.effects import Decider

    change = app.operating.read(EVERYTHING).change
    assert change is not None
    app.operating.refuse(change.id, Decider("boss", "admin", EVERYTHING, "slack"))
    assert app.reviews.read(None, EVERYTHING, Wish()).section("change") is None


def test_replies_are_drawn_by_signal_of_those_whose_review_it_is(app: App, company: Company) -> None:
    _mailed(company, "ida", "job_post", 4, 1)
    _mailed(company, "omar", "job_post", 2, 2)
    _mailed(company, "omar", "funding", 3, 0)
    whole = next(one for one in app.reviews.read(None, EVERYTHING, Wish()).pictures if isinstance(one, RepliesPicture))
    assert [(one.signal, one.sent, one.replies) for one in whole.rows] == [("job post", 6, 3), ("funding", 3, 0)]
    own = next(one for one in _of_ida(app).pictures if isinstance(one, RepliesPicture))
    assert [(one.signal, one.sent, one.replies) for one in own.rows] == [("job post", 4, 1)]


def test_without_mails_because_of_signals_nothing_is_drawn(app: App, company: Company) -> None:
    assert not any(isinstance(one, RepliesPicture) for one in _of_ida(app).pictures)
