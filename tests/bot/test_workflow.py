"""What a person gets of the workflow: in chat, at the terminal, for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from bot import operations, rulefiles, workflow
from bot.api.shapes import AskBody
from bot.app import App
from bot.commands import Commands
from bot.jobs import Job
from bot.message import Message, all_buttons
from bot.terminal.main import app as program
from infra.errors import Denied, Fatal
from infra.settings import Settings
from infra.spine.models import AuditEntry, DueAction, Proposal, ProposalVersion, User
from sales.clock import FixedClock
from tests.agents.workflow.company import Company
from tests.conftest import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def app(home: Path) -> Iterator[App]:
    """An application over an empty spine."""
    made = App(Settings(home=home), clock=FixedClock(NOW))
    yield made
    made.close()


@pytest.fixture
def company(app: App) -> Company:
    """A company with a call of Ida's without its recap, and a question of Omar's buyer."""
    made = Company(app.database, app.settings)
    made.happens("call", "mutual", 50 * HOUR, subject="First look")
    made.happens(
        "mail", "inbound", 2 * HOUR, deal="deal-yard", account_id="acc-yard", who="con-rosa", body="Which scanners?"
    )
    return made


def _user(app: App, id: str) -> User:
    with app.database.session() as session:
        found = session.get_one(User, id)
        session.expunge(found)
    return found


def _said(app: App, words: str, who: str = "ida") -> Message:
    reply = Commands(app, "slack").answer(words, _user(app, who))
    assert reply is not None, words
    return reply.message


@pytest.mark.parametrize("words", ["what's overdue?", "What is overdue", "show my overdue follow-ups", "overdue"])
def test_what_is_late_is_told_with_the_words_and_the_ways_to_do_it(app: App, company: Company, words: str) -> None:
    told = _said(app, words)
    assert told.summary == "1 overdue"
    assert "Send the recap of the call" in str(told.parts)
    labels = [one.label for one in all_buttons(told.parts)]
    assert labels == ["Draft · deal-mill", "Done", "Drop"]


def test_who_to_talk_to_first_is_the_deal_that_waits_longest_with_its_way(app: App, company: Company) -> None:
    told = _said(app, "who should I talk to first today?")
    assert told.summary.startswith("First: ")
    assert told.summary.endswith("Send the recap of the call")
    assert "Draft · deal-mill" in [one.label for one in all_buttons(told.parts)]


def test_programs_get_the_same_answer_with_its_evidence_and_change_nothing(app: App, company: Company) -> None:
    with app.database.session() as session:
        email = session.get_one(User, "ida").email
    answer = operations.ask(app, AskBody.model_validate({"question": "what's overdue?", "as": email}), "api", Job())
    assert answer.headline == _said(app, "what's overdue?").summary
    assert [claim.section for claim in answer.claims] == ["Overdue"]
    assert "done due-" in str([action.value for action in answer.actions])
    press = next(action.value for action in answer.actions if action.value.startswith("done due-"))
    operations.ask(app, AskBody.model_validate({"question": press, "as": email}), "api", Job())
    assert _said(app, "overdue").summary == "1 overdue"


def test_a_press_on_done_takes_effect_once_and_is_in_the_trail(app: App, company: Company) -> None:
    done = next(one for one in all_buttons(_said(app, "overdue").parts) if one.label == "Done")
    assert "Done." in str(_said(app, done.value).parts)
    assert "It is done already." in str(_said(app, done.value).parts)
    assert _said(app, "overdue").summary == "Nothing is overdue."
    with app.database.session() as session:
        acts = session.scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("workflow."))).all()
        row = session.scalars(select(DueAction).where(DueAction.rule == "recap")).one()
    assert acts == ["workflow.done"]
    assert row.done_by_id == "user:ida"


def test_what_is_anothers_can_neither_be_seen_nor_done(app: App, company: Company) -> None:
    app.workflow.refresh()
    with app.database.session() as session:
        yard = session.scalars(select(DueAction.id).where(DueAction.deal_id == "deal-yard")).one()
    assert "deal-yard" not in str(_said(app, "what should I do next?"))
    assert "That is not asked for." in str(_said(app, f"done {yard}"))
    with pytest.raises(Fatal):
        workflow.act(app, "ida@ours.example", "terminal", yard, "done")


def test_a_dropped_action_does_not_come_back_with_the_next_look(app: App, company: Company) -> None:
    drop = next(one for one in all_buttons(_said(app, "overdue").parts) if one.label == "Drop")
    _said(app, drop.value)
    app.workflow.refresh(whole=True)
    assert _said(app, "overdue").summary == "Nothing is overdue."


@pytest.mark.parametrize("words", ["What should I do next on Mill Works?", "next on Mill Works", "next Mill Works"])
def test_the_next_step_of_a_deal_is_told(app: App, company: Company, words: str) -> None:
    told = _said(app, words)
    assert told.summary == "Next on deal-mill: Send the recap of the call"
    assert any(one.action == "ask" and one.value.startswith("Draft a mail to Vera") for one in all_buttons(told.parts))


def test_a_question_that_only_sounds_alike_stays_a_question(app: App, company: Company) -> None:
    commands = Commands(app, "slack")
    for words in ("next week's meetings", "what's the next step on Mill Works?", "which deals are overdue?"):
        assert commands.answer(words, _user(app, "ida")) is None


def test_a_name_that_nobody_has_is_asked_back(app: App, company: Company) -> None:
    assert "Which deal do you mean?" in str(_said(app, "what should I do next on Zebra?"))


def test_the_command_line_tells_the_same(app: App, company: Company, home: Path) -> None:
    runner = CliRunner()
    told = runner.invoke(program, ["workflow", "--json", "--as", "ida@ours.example", "--as-of", NOW.isoformat()])
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert [one["rule"] for one in found["overdue"]] == ["recap"]


def test_a_stage_without_the_buyers_part_brings_its_owner_a_card(app: App, company: Company) -> None:
    company.edit(stage="Proposal")
    company.moved("Proposal", HOUR, old="Contact")
    app.workflow.refresh()
    (card,) = app.workflow.offer_cards()
    assert app.workflow.offer_cards() == []
    with app.database.session() as session:
        row = session.get_one(Proposal, card)
        version = session.get_one(ProposalVersion, (card, 1))
    assert row.owner_id == "ida"
    assert "missing" in row.headline
    assert any("For it: a call or meeting was held" in one for one in version.why)


def test_an_old_change_of_stage_brings_no_card(app: App, company: Company) -> None:
    company.edit(stage="Proposal")
    company.moved("Proposal", 5 * DAY, old="Contact")
    assert app.workflow.offer_cards() == []


def test_the_rules_are_a_rule_file_with_versions(app: App, company: Company) -> None:
    assert rulefiles.in_force(app, "workflow.toml")["version"] == 0
    assert rulefiles.check(app, "workflow.toml", "x = 1")["faults"]
    text = rulefiles.in_force(app, "workflow.toml")["text"]
    with pytest.raises(Denied):
        rulefiles.save(app, "ida@ours.example", "console", "workflow.toml", text + "\n", None, 0)
    saved = rulefiles.save(app, None, "api", "workflow.toml", text + "\n", "ours", 0)
    assert saved["version"] == 1


def _becomes(app: App, **told: str) -> None:
    """Let Omar be of another role or team."""
    with app.database.transaction() as session:
        for name, value in told.items():
            setattr(session.get_one(User, "omar"), name, value)


def test_who_has_most_overdue_is_told_by_name_only_to_whoever_leads_them(app: App, company: Company) -> None:
    told = _said(app, "which reps have most overdue?")
    assert told.summary == "1 overdue for you, 1 together for those whose deals you see"
    _becomes(app, role="admin")
    told = _said(app, "which reps have most overdue?", "omar")
    assert told.summary == "Most overdue: Ida Berg, 1 of 1"
    assert any(one.value == "What is overdue for Ida Berg?" for one in all_buttons(told.parts))
    assert _said(app, "What is overdue for Ida Berg?", "omar").summary == "Ida Berg: 1 overdue"


def test_what_a_colleague_is_late_with_and_was_alerted_of_is_not_told(app: App, company: Company) -> None:
    _becomes(app, team="North")
    for words in (
        "what is overdue for Ida?",
        "which alerts did Ida get this week?",
        "which promises has Ida not kept?",
    ):
        assert "is for that person and for whoever leads them" in _said(app, words, "omar").summary


def test_open_promises_are_told_with_the_words_and_until_they_are_kept(app: App, company: Company) -> None:
    company.happens(
        "mail", "outbound", 72 * HOUR, deal="deal-mill", body="I will send you the load test report tomorrow."
    )
    app.health_of_deals.refresh(None)
    told = _said(app, "what are my open promises?")
    assert told.summary == "You: 1 open promise, 1 overdue"
    assert "load test report" in str(told.parts)
    assert "the load test report" in next(one.value for one in all_buttons(told.parts) if one.label.startswith("Draft"))
    assert _said(app, "what are my open promises?", "omar").summary == "You: no open promise"
