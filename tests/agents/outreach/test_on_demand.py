"""What somebody gets who asks for a mail: a draft in their words' sense with what was really said, or one question back."""

from __future__ import annotations

import pytest

from agents.outreach.checking import LineCheck
from agents.outreach.draft import Drafted, Occasion
from agents.outreach.on_demand import DraftsOnDemand, OnDemand, is_request
from agents.outreach.writer import ToldMail, held
from agents.proposals import book
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Suppression
from infra.spine.scope import EVERYTHING, Scope
from retrieval.found import Found
from sales.clock import FixedClock
from tests.agents.northern import NORTH
from tests.agents.outreach.conftest import mail_of
from tests.conftest import NOW


class Finds:
    """A search that finds the sources that a test names, if they may be seen."""

    def __init__(self, *ids: str) -> None:
        self._ids = ids

    def search(self, query: str, scope: Scope, **more: object) -> list[Found]:
        """Return them."""
        return [
            Found(n, one, "call", None, None, (), frozenset(), 0, 0, None, None, "", 1.0, 1.0, 1.0)
            for n, one in enumerate(self._ids)
        ]


def asks(database: Database, settings: Settings, words: str, *found: str, scope: Scope = NORTH) -> OnDemand:
    """Ask for a draft as Ida."""
    drafts = DraftsOnDemand(database, settings, FixedClock(NOW), Finds(*found))
    made = drafts.draft("ida", scope, words)
    assert made is not None
    return made


def test_a_mail_takes_up_what_they_said_themselves(northern_on_both: Database, settings: Settings) -> None:
    made = asks(northern_on_both, settings, "Draft a mail to Vera Holm about the audit", "call-norrland", "mail-ask")
    assert made.outcome == "proposed"
    assert made.proposal_id is not None
    with northern_on_both.session() as session:
        card = book.get(session, made.proposal_id, EVERYTHING, NOW)
    assert card is not None
    mail = mail_of(card)
    assert (mail.to, mail.sender, mail.subject) == ("con-vera@buyer.example", "ida@ours.example", "the audit")
    assert "On our call on 17 Nov you said: “I can't sign anything before the audit is through.”" in mail.body
    assert mail.body.count("?") == 1
    assert card.evidence[0].quote == "I can't sign anything before the audit is through."
    assert card.why == ("you asked for it", "their own words")


class Words:
    """A writer that words its mail as a test says, held to the same check as a model's."""

    def __init__(self, text: str, question: str = "Where does it stand today?") -> None:
        self._told = {"subject": "the audit", "lines": [{"text": text, "evidence": ["e1"]}], "question": question}

    def write(self, occasion: Occasion, check: LineCheck) -> Drafted | None:
        """Return the mail where it stands."""
        assert occasion.topic == "the audit"
        shelf = {f"e{number}": one for number, one in enumerate(occasion.evidence, 1)}
        return held(ToldMail.model_validate(self._told), shelf, occasion, check.stands)


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("You can't sign before the audit is through.", True),
        ("Contoso saved 40 percent with the audit.", False),
    ],
)
def test_a_model_words_the_mail_where_its_words_stand_and_else_the_plain_wording_serves(
    northern: Database, settings: Settings, text: str, taken: bool
) -> None:
    drafts = DraftsOnDemand(northern, settings, FixedClock(NOW), Finds("call-norrland", "mail-ask"), writer=Words(text))
    made = drafts.draft("ida", NORTH, "Draft a mail to Vera Holm about the audit")
    assert made is not None
    assert made.proposal_id is not None
    with northern.session() as session:
        card = book.get(session, made.proposal_id, EVERYTHING, NOW)
    assert card is not None
    mail = mail_of(card)
    assert (text in mail.body, mail.variant) == (taken, "on_demand_model" if taken else "on_demand")
    assert card.evidence[0].quote == "I can't sign anything before the audit is through."
    assert mail.body.count("?") == 1


def test_without_anything_on_record_the_askers_own_words_serve(northern: Database, settings: Settings) -> None:
    made = asks(northern, settings, "please write a short email to vera holm about her parking permits.")
    assert made.proposal_id is not None
    with northern.session() as session:
        card = book.get(session, made.proposal_id, EVERYTHING, NOW)
    assert card is not None
    assert "I'd like to ask you about your parking permits." in mail_of(card).body
    assert card.evidence == ()
    assert "nothing on record about it" in card.why


def test_a_company_is_asked_back_about(northern: Database, settings: Settings) -> None:
    made = asks(northern, settings, "Draft a mail to Norrland Timber about the audit")
    assert (made.outcome, made.sentence) == ("clarify", "Whom do you mean?")
    assert "Vera Holm (Chief Financial Officer, Norrland Timber)" in [one.label for one in made.choices]
    picked = next(one for one in made.choices if one.label.startswith("Vera"))
    assert asks(northern, settings, picked.question).outcome == "proposed"


@pytest.mark.parametrize(
    ("words", "outcome", "told"),
    [
        ("Draft a mail to Rosa Finch about the price", "clarify", "I know nobody called “Rosa Finch”"),
        ("Draft a mail to Zaphod about the price", "clarify", "I know nobody called “Zaphod”"),
        ("Draft a mail to Will Hope about lunch", "clarify", "Will Hope is a colleague"),
    ],
)
def test_who_is_not_known_or_not_to_be_seen_is_asked_back(
    northern: Database, settings: Settings, words: str, outcome: str, told: str
) -> None:
    made = asks(northern, settings, words)
    assert made.outcome == outcome
    assert told in made.sentence


def test_nobody_writes_to_who_opted_out(northern: Database, settings: Settings) -> None:
    with northern.transaction() as session:
        session.add(Suppression(kind="person", value="con-vera@buyer.example", reason="opt_out", source="mail", at=NOW))
    made = asks(northern, settings, "Draft a mail to Vera Holm about the audit")
    assert (made.outcome, made.proposal_id) == ("refused", None)


def test_a_program_that_is_nobody_gets_no_mail(northern: Database, settings: Settings) -> None:
    made = DraftsOnDemand(northern, settings, FixedClock(NOW)).draft(None, EVERYTHING, "Draft a mail to Vera Holm")
    assert made is not None
    assert made.outcome == "refused"


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        ("Draft a mail to Vera about the audit", True),
        ("can you write an e-mail to vera", True),
        ("Compose a follow-up for Vera regarding SOC 2?", True),
        ("Which mails to Vera are unanswered?", False),
        ("What did we write to Vera about the audit?", False),
        ("latest on Norrland", False),
    ],
)
def test_what_asks_for_a_draft(words: str, request_: bool) -> None:
    assert is_request(words) is request_


@pytest.mark.parametrize(
    ("words", "end"),
    [
        ("Draft a mail to Vera Holm about the penetration test", "Is that still what you need from us?"),
        (
            "Draft a mail to Vera Holm to answer about the penetration test",
            "Sorry that you had to wait for us with that.",
        ),
    ],
)
def test_a_question_of_theirs_is_never_asked_of_them(
    northern: Database, settings: Settings, words: str, end: str
) -> None:
    made = asks(northern, settings, words, "mail-ask")
    assert made.proposal_id is not None
    with northern.session() as session:
        card = book.get(session, made.proposal_id, EVERYTHING, NOW)
    assert card is not None
    body = mail_of(card).body
    assert "you asked: “Ida, where is the penetration test summary?”" in body
    assert end in body
    assert "on your side" not in body
    assert any("put it in before it goes" in risk for risk in card.risks)
