"""A call's notes as people and programs get them: over HTTP, at the terminal, and after an import by themselves."""

from __future__ import annotations

from tests.bot.conftest import AS_OF
from tests.bot.running import Home


def test_a_program_gets_the_record(company: Home) -> None:
    with company.client() as client:
        found = client.get("/api/notes/call-acme-1", params={"as_of": AS_OF})
        assert found.status_code == 200
        notes = found.json()
        assert (notes["call"], notes["state"], notes["deal"]) == ("call-acme-1", "ready", "deal-acme")
        [step] = notes["next_steps"]
        assert (step["owner"], step["side"], step["due"]) == ("Dana Whitfield", "seller", "2026-11-19")
        assert step["said"][0]["quote"] == "I will send the SOC 2 report tomorrow morning."
        assert client.get("/api/notes/call-acme-1", params={"as": "luis@tallyport.example"}).status_code in (200, 404)
        assert client.get("/api/notes/no-such-call").status_code == 404
        assert client.get("/api/notes/call-acme-1", params={"as_of": "2026-01-01"}).status_code == 404


def test_without_the_token_there_are_no_notes(company: Home) -> None:
    with company.client(token=None) as stranger:
        assert stranger.get("/api/notes/call-acme-1").status_code == 401


def test_a_rep_reads_them_at_the_terminal(company: Home) -> None:
    shown = company.run("notes", "call-acme-1", "--as", "dana@tallyport.example")
    assert shown.status == 0, shown.err
    assert "Next steps" in shown.out
    assert "Dana Whitfield" in shown.out
    assert max(len(line) for line in shown.out.splitlines()) < 400
    record = company.run("notes", "call-acme-1", "--as", "dana@tallyport.example", "--json").json()
    assert record["call"] == "call-acme-1"
    assert record["qualification"]["framework"]


def test_somebody_unknown_gets_nothing(company: Home) -> None:
    refused = company.run("notes", "call-acme-1", "--as", "nobody@else.example")
    assert refused.status == 2
    assert "Next steps" not in refused.out
    gone = company.run("notes", "no-such-call", "--as", "dana@tallyport.example")
    assert gone.status == 1
    assert "There is no such call." in gone.err
