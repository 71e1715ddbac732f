"""What a user gets when the model does its work: its phrases with verbatim quotes, and figures that SQL computed."""

from __future__ import annotations

import json

from agents.model.road import READ_OTHERWISE
from tests.agents.model.conftest import Asking, id_of, shows, tells
from tests.fakes.openai_server import Calls, OpenAIServer, Text

AUDIT = "I can't sign anything before the audit is through."


def test_a_claim_comes_with_the_words_it_rests_on(ask: Asking, server: OpenAIServer) -> None:
    server.script(
        Calls([("search", {"query": "audit signature", "account": "Norrland Timber"})]),
        tells(("Vera Holm can't sign before the audit is through.", [AUDIT])),
    )
    answer = ask("What did Norrland say about the audit?")
    assert (answer.kind, answer.notes) == ("narrative", ())
    assert [claim.text for claim in answer.claims] == ["Vera Holm can't sign before the audit is through."]
    evidence = answer.claims[0].evidence[0]
    assert AUDIT in evidence.quote
    assert (evidence.source, evidence.id, evidence.speaker, evidence.turns) == (
        "call", "call-norrland", "Vera Holm", ("t5",),
    )  # fmt: skip
    assert answer.headline == "Norrland Timber: 1 point from 1 source, latest Tue 17 Nov"
    assert answer.freshness


def test_facts_of_the_record_can_be_told(ask: Asking, server: OpenAIServer) -> None:
    server.script(
        Calls([("record", {"name": "NT Group"})]),
        tells(("The forecast category in the CRM is Commit.", ["forecast category: Commit"])),
    )
    answer = ask("What's the latest on Norrland Timber?")
    assert answer.claims[0].text == "The forecast category in the CRM is Commit."
    assert (answer.claims[0].evidence[0].source, answer.claims[0].evidence[0].quote) == ("deal", "Commit")


def test_figures_are_those_of_sql_and_the_plan_can_be_followed_up(ask: Asking, server: OpenAIServer) -> None:
    plan = {
        "measures": [{"aggregate": "sum", "field": "deal.amount"}],
        "where": [{"kind": "predicate", "field": "deal.status", "op": "is", "values": ["open"]}],
    }
    server.script(Calls([("figures", {"plan": plan})]), shows())
    answer = ask("Put the money of our running business together", thread="model-t-1")
    assert answer.kind == "structured"
    assert [(figure.key, str(figure.value), figure.unit) for figure in answer.figures][:1] == [
        ("sum_amount", "160000.00", "USD")
    ]
    assert answer.rule is not None
    assert "open" in answer.rule
    server.script(Text("no"))
    followed = ask("by rep", thread="model-t-1")
    assert followed.table is not None
    assert {str(row["sum_amount"]) for row in followed.table.rows} == {"90000.00", "70000.00"}


def test_what_is_being_done_is_told_meanwhile(ask: Asking, server: OpenAIServer) -> None:
    server.script(
        Calls([("search", {"query": "price"}), ("record", {"name": "Norrland Timber"})]),
        tells(("Vera thinks it's too expensive.", ["too expensive"])),
    )
    lines: list[str] = []
    ask("What did Norrland say about the price?", progress=lines.append)
    assert lines[0] == "Asking the language model…"
    assert set(lines[1:]) == {"Searching calls and mails…", "Reading the record…"}


def test_a_model_that_writes_its_answer_as_json_is_understood(ask: Asking, server: OpenAIServer) -> None:
    server.script(
        Calls([("search", {"query": "audit"})]),
        lambda request: Text(
            "```json\n"
            + json.dumps({"claims": [{"text": "Vera Holm waits for the audit.", "evidence": [id_of(request, AUDIT)]}]})
            + "\n```"
        ),
    )
    answer = ask("What did Norrland say about the audit?")
    assert ([claim.text for claim in answer.claims], answer.notes) == (["Vera Holm waits for the audit."], ())


def test_a_plan_that_does_not_hold_together_can_be_mended(ask: Asking, server: OpenAIServer) -> None:
    wrong = {"measures": [{"aggregate": "count"}], "where": [{"kind": "predicate", "field": "deal.stage", "op": "is", "values": ["Proposal"]}]}  # fmt: skip
    right = {"measures": [{"aggregate": "count"}], "where": [{"kind": "predicate", "field": "deal.stage", "op": "is", "values": ["propose"]}]}  # fmt: skip
    server.script(Calls([("figures", {"plan": wrong})]), Calls([("figures", {"plan": right})]), shows())
    answer = ask("How much is lying with the proposals, in heads?")
    assert "deal.stage has no such value. It has: Propose." in server.requests[1]["messages"][-1]["content"]
    assert [figure.value for figure in answer.figures][:1] == [2]


def test_small_talk_costs_nothing(ask: Asking, server: OpenAIServer) -> None:
    assert ask("hello").headline
    assert server.requests == []


def test_a_plan_that_agrees_with_the_rules_is_taken_as_it_is(ask: Asking, server: OpenAIServer) -> None:
    where = [{"kind": "predicate", "field": "deal.status", "op": "is", "values": ["open"]}]
    measures = [{"aggregate": "sum", "field": "deal.amount"}]
    plan = {"shape": "groups", "measures": measures, "group_by": [{"field": "owner.name"}], "where": where}
    server.script(Calls([("figures", {"plan": plan})]), shows())
    answer = ask("pipeline by owner")
    assert answer.table is not None
    assert {str(row["sum_amount"]) for row in answer.table.rows} == {"90000.00", "70000.00"}
    assert answer.notes == ()


def test_where_the_rules_are_sure_their_figure_goes_out(ask: Asking, server: OpenAIServer) -> None:
    where = [{"kind": "predicate", "field": "owner.name", "op": "is", "values": ["Ida Berg"]}]
    server.script(Calls([("figures", {"plan": {"measures": [{"aggregate": "count"}], "where": where}})]), shows())
    answer = ask("How many deals are open?")
    assert [figure.value for figure in answer.figures][:1] == [2]
    assert answer.notes == (READ_OTHERWISE,)
