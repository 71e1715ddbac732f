"""A real 55-minute Zoom transcript, from the file to the submit: read, drafted, ticked on one surface, and answered alike on the others."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from agents.intake.run import import_paths
from agents.proposals.record import Closing
from bot.deciding import Presses
from infra.settings import Settings
from infra.spine.models import Account, Activity, Contact, CrmWrite, Deal, Decision, User
from infra.spine.scope import EVERYTHING
from sales.clock import FixedClock
from tests.bot.web.serving import Console, post, serving
from tests.conftest import NOW

pytestmark = pytest.mark.shared_data
CAME: dict[str, Any] = {"source": "t", "source_at": NOW}
PEOPLE = ("George Harrison", "John Lennon", "Paul McCartney", "Ringo Starr")


def _bring_in(console: Console, transcript: Path) -> str:
    """Import the transcript as the last call of a deal, have it read and drafted; return the id of its card."""
    app = console.app
    with app.database.transaction() as session:
        session.add(
            User(
                id="andrew",
                name="Andrew Knight",
                name_key="andrew knight",
                email="andrew@ours.example",
                role="rep",
                **CAME,
            )
        )
        session.flush()
        session.add(Account(id="acc", name="Reunion Records", name_key="reunion records", owner_id="andrew", **CAME))
        session.flush()
        session.add_all(
            Contact(
                id=f"con-{number}",
                account_id="acc",
                name=name,
                name_key=name.lower(),
                email=f"{number}@reunion.example",
                **CAME,
            )
            for number, name in enumerate(PEOPLE)
        )
        session.add(
            Deal(
                id="deal",
                account_id="acc",
                name="Reunion",
                owner_id="andrew",
                currency="USD",
                status="open",
                stage="Discovery",
                **CAME,
            )
        )
    import_paths(app.database, app.settings, app.clock, [transcript])
    with app.database.transaction() as session:
        call = session.scalars(select(Activity)).one()
        call.account_id, call.deal_id, call.owner_id, call.at = "acc", "deal", "andrew", NOW - timedelta(hours=1)
        identity = call.id
    app.notes.read_waiting()
    app.closings.draft_waiting()
    return app.closings.card_of(identity)


def test_a_real_call_is_read_written_on_submitted_once_and_answered_everywhere(home: Path, shared_data: Path) -> None:
    transcript = shared_data / "calls" / "zoom" / "zoom-meeting001_transcript.vtt"
    words = " ".join(transcript.read_text(encoding="utf-8-sig").split())
    with serving(Settings(home=home, user="andrew@ours.example"), FixedClock(NOW)) as console:
        app = console.app
        identity = _bring_in(console, transcript)
        card = app.proposals.get(identity, EVERYTHING)
        assert card is not None
        assert isinstance(card.effect, Closing)
        assert card.effect.summary
        # A caption is cut where the speaker breathed: each stretch of a quote between two cuts stands in the file.
        assert all(piece.quote[:20] in words for piece in card.evidence)
        assert not [one for one in card.effect.changes if one.forecast]
        with app.database.session() as session:
            andrew = session.get_one(User, "andrew")
            session.expunge(andrew)
        edit = {"next_step": "Send the recording", "next_step_date": "2026-12-01", "task": "Send the recording to John"}
        slack, teams = Presses(app, "slack"), Presses(app, "teams")
        assert slack.submit("edit", f"{identity}:1", edit, andrew).acted
        stale = teams.press("approve", f"{identity}:1", andrew)
        assert not stale.acted
        form = teams.press("review", f"{identity}:2", andrew).form
        assert form is not None
        lines = [name for group in form.inputs for name, _ in group.choices]
        assert teams.submit("approve", f"{identity}:2", {f"tick.{name}": "true" for name in lines}, andrew).acted
        late = slack.press("approve", f"{identity}:2", andrew, {"ticks": "1", "tick.t1": "true"})
        assert not late.acted
        with console.client() as browser:
            again = post(
                browser, "/press/approve", value=f"{identity}:2", **{"input-ticks": "1", "input-tick.t1": "true"}
            )
            assert again.status_code == 409
            app.schedule.tick()
            page = browser.get(f"/approvals/{identity}").text
        assert "Send the recording to John" in page
        with app.database.session() as session:
            decisions = session.scalars(select(Decision.action).order_by(Decision.id)).all()
            assert list(decisions) == ["edit", "approve"]


def test_the_console_submits_a_real_call_by_its_form(home: Path, shared_data: Path) -> None:
    transcript = shared_data / "calls" / "zoom" / "zoom-meeting001_transcript.vtt"
    with (
        serving(Settings(home=home, user="andrew@ours.example"), FixedClock(NOW)) as console,
        console.client() as browser,
    ):
        identity = _bring_in(console, transcript)
        app = console.app
        edit = {"input-task": "Send the recording to John", "input-next_step": "Send the recording"}
        assert post(browser, "/press/edit", value=f"{identity}:1", **edit).status_code == 303
        page = browser.get(f"/approvals/{identity}").text
        assert 'name="input-ticks" value="1"' in page
        refused = post(
            browser, "/press/approve", value=f"{identity}:2", **{"input-ticks": "1", "input-tick.r99": "true"}
        )
        assert refused.status_code == 422
        assert post(browser, "/press/approve", value=f"{identity}:2", **{"input-ticks": "1", "input-tick.t1": "true"}).status_code == 303  # fmt: skip
        found = app.proposals.get(identity, EVERYTHING)
        assert found is not None
        assert found.state in ("approved", "executing", "done")
        with app.database.session() as session:
            kept = session.scalars(select(Decision).where(Decision.action == "approve")).one()
            assert kept.detail == {"ticked": ["t1"]}
            assert session.scalar(select(func.count()).select_from(CrmWrite).where(CrmWrite.operation == "update")) == 0
