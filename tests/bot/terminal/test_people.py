"""`dealwright people`, beside a running server and alone."""

from __future__ import annotations

from tests.bot.running import Home


def test_an_account_is_pinned_listed_and_let_go_beside_a_server_and_alone(company: Home) -> None:
    done = company.run("people", "pin", "slack", "T1:U1", "dana@tallyport.example")
    assert (done.status, done.out) == (0, "T1:U1 is Dana Whitfield from now on.\n")
    listed = company.run("people")
    assert "T1:U1" in listed.out
    assert "(pinned)" in listed.out
    refused = company.run("people", "pin", "slack", "T1:U1", "nobody@elsewhere.example")
    assert refused.status == 1
    assert "Nobody has that mail address." in refused.err
    assert company.stop() == 0
    assert company.run("people", "--json").json()["known"][0]["email"] == "dana@tallyport.example"
    assert company.run("people", "unpin", "slack", "T1:U1").status == 0
    assert company.run("people").out == "Nobody has asked in Slack or Teams yet.\n"
