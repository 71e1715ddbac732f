"""What a user gets when the model or its provider does wrong: the answer of the road without a model, which says so, or what stood of the claims."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agents.answer import Answer
from tests.agents.model.conftest import Asking, tells
from tests.fakes.openai_server import Calls, HangUp, OpenAIServer, Raw, Reply, Silence, Status, Text, Trickle

QUESTION = "What did Norrland say about the audit?"
AUDIT = "I can't sign anything before the audit is through."
UNREACHED = "The language model could not be reached; this answer was made without it."
NO_ANSWER = "The language model gave no answer in its bounds; this answer was made without it."
NOT_IN_SOURCES = "What the language model said did not stand in the sources; this answer was made without it."
SEARCH = Calls([("search", {"query": "audit"})])


def without_the_model(answer: Answer, note: str) -> bool:
    """Whether this is the answer of the other road, with the words that say why."""
    quoted = any(AUDIT in evidence.quote for claim in answer.claims for evidence in claim.evidence)
    return answer.kind == "narrative" and quoted and answer.notes == (note,)


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("Vera Holm can't sign before the audit.", ["e999"]),
        ("Vera Holm can't sign before the audit.", [AUDIT, "e999"]),
        ("Vera Holm said: “we will sign before the audit”.", [AUDIT]),
        ("Vera Holm will sign after 14 audits.", [AUDIT]),
        ("Vera Holm will sign $95k after the audit.", [AUDIT]),
        ("Vera Holm can't sign before the audit on 12 April 2027.", [AUDIT]),
        ("Vera Holm can't sign before the audit by Contoso.", [AUDIT]),
        ("Everybody likes our roadmap and its vision.", [AUDIT]),
        ("Vera Holm can't sign before the [audit](https://evil.example/x).", [AUDIT]),
        ("Vera Holm can't sign before the audit, see evil.example://x", [AUDIT]),
    ],
    ids="unknown-id one-unknown-id invented-quote wrong-number wrong-sum wrong-date wrong-name other-words link bare-link".split(),
)
def test_what_does_not_stand_in_the_sources_is_not_shown(
    ask: Asking, server: OpenAIServer, text: str, evidence: list[str]
) -> None:
    server.script(SEARCH, tells((text, evidence)))
    assert without_the_model(ask(QUESTION), NOT_IN_SOURCES)


def test_a_wrong_claim_falls_and_the_right_one_beside_it_stays(ask: Asking, server: OpenAIServer) -> None:
    server.script(
        SEARCH, tells(("Vera Holm waits for 3 audits.", [AUDIT]), ("Vera Holm waits for the audit.", [AUDIT]))
    )
    answer = ask(QUESTION)
    assert [claim.text for claim in answer.claims] == ["Vera Holm waits for the audit."]
    assert answer.headline.startswith("Norrland Timber: 1 point from 1 source")


@pytest.mark.parametrize(
    "reply",
    [
        Calls([("Told", '{"claims": [{"text": "Vera')]),
        Calls([("Told", "{}")]),
        Calls([("Told", {"claims": "Vera waits"})]),
        Text("Vera Holm waits for the audit."),
        Text('{"claims": ['),
        Text(""),
        Calls([("Told", {"claims": [], "answer": "Vera waits"})]),
        Calls([("Told", {"claims": [], "figures": "f7"})]),
        Calls([("approve", {"proposal": "p-1"})]),
        Calls([("search", {"query": "audit"})]),
    ],
    ids="cut-off empty-object claims-as-text prose cut-off-text nothing unknown-key unknown-result unknown-tool endless-calls".split(),
)
def test_a_model_that_gives_no_answer_is_done_without(ask: Asking, server: OpenAIServer, reply: Reply) -> None:
    server.script(SEARCH, reply)
    assert without_the_model(ask(QUESTION), NO_ANSWER)
    assert len(server.requests) <= 6


# What a client warns of while it reads garbage is an error in tests only.
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.parametrize(
    "reply",
    [
        Status(500, {"retry-after-ms": "1"}),
        Status(429, {"retry-after-ms": "1"}),
        Status(401),
        Status(404),
        HangUp(),
        Raw(b"data: {not json}\n\n"),
        Raw(b'data: {"choices": 7}\n\n'),
        Raw(b'data: {"error": {"message": "overloaded", "type": "server_error"}}\n\n'),
        Raw(b"<html>Bad gateway</html>"),
    ],
    ids="500 429 401 404 hang-up no-json odd-json error-in-stream html".split(),
)
def test_a_provider_that_fails_is_done_without(ask: Asking, server: OpenAIServer, reply: Reply) -> None:
    server.script(reply)
    answer = ask(QUESTION)
    assert without_the_model(answer, UNREACHED) or without_the_model(answer, NO_ANSWER)


@pytest.mark.parametrize("reply", [Silence(), Trickle(), Trickle(comments=True)], ids=["silence", "words", "comments"])
def test_a_model_that_takes_too_long_is_cut_off(
    asking: Callable[..., Asking], server: OpenAIServer, reply: Reply
) -> None:
    server.script(reply)
    ask = asking(model_timeout_s=0.6, model_max_tokens=1_000_000)
    answer = ask(QUESTION)
    assert without_the_model(answer, NO_ANSWER) or without_the_model(answer, UNREACHED)


def test_an_answer_that_does_not_end_is_cut_off_at_its_tokens(
    asking: Callable[..., Asking], server: OpenAIServer
) -> None:
    server.script(Trickle(piece="and so on " * 400, pause_s=0.0))
    assert without_the_model(asking(model_max_tokens=8_000, model_timeout_s=30.0)(QUESTION), NO_ANSWER)


def test_nothing_is_asked_that_would_cost_too_much(asking: Callable[..., Asking], server: OpenAIServer) -> None:
    server.script(SEARCH)
    assert without_the_model(asking(model_max_tokens=500)(QUESTION), NO_ANSWER)
    assert server.requests == []


def test_no_more_calls_are_made_than_the_setting_allows(asking: Callable[..., Asking], server: OpenAIServer) -> None:
    server.script(SEARCH)
    assert without_the_model(asking(model_max_calls=2)(QUESTION), NO_ANSWER)
    assert len(server.requests) == 2


def test_a_model_that_is_not_there_is_done_without(asking: Callable[..., Asking]) -> None:
    assert without_the_model(asking(model="nobody:m-1")(QUESTION), UNREACHED)


def test_after_a_failure_the_model_is_asked_again(ask: Asking, server: OpenAIServer) -> None:
    server.script(Status(401), SEARCH, tells(("Vera Holm waits for the audit.", [AUDIT])))
    assert without_the_model(ask(QUESTION), UNREACHED)
    assert ask(QUESTION).notes == ()


def test_a_question_of_figures_is_not_answered_with_talk(ask: Asking, server: OpenAIServer) -> None:
    server.script(SEARCH, tells(("Vera Holm waits for the audit.", [AUDIT])))
    answer = ask("How many deals are open?")
    assert (answer.kind, [figure.value for figure in answer.figures][:1]) == ("structured", [2])
    assert answer.notes == (NO_ANSWER,)
