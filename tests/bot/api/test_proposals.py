"""Proposals over HTTP as a program meets them: a real server over a small company."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from agents.proposals.record import Content, Mail, NewProposal
from bot.app import App
from infra.settings import Settings
from infra.spine.models import User
from tests.bot.running import Home
from tests.bot.sending import files_of, until

DANA, LUIS, INES = (f"{name}@tallyport.example" for name in ("dana", "luis", "ines"))


@pytest.fixture(scope="module")
def client(company: Home) -> Iterator[httpx.Client]:
    with company.client() as client:
        yield client


@pytest.fixture
def forward(company: Home, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Put mails of Dana's forward, beside the running server."""
    from sqlalchemy import select

    app = App(Settings(home=company.folder))

    def put(number: int = 0) -> str:
        mail = Mail(
            sender=DANA,
            sender_name="Dana Whitfield",
            to=f"{request.node.name.replace('[', '-').rstrip(']')[:40]}{number}@acme.example".replace("@api", "@acme"),
            subject="Your question",
            body="Here is the answer.",
        )
        with app.database.transaction() as session:
            owner = session.scalars(select(User.id).where(User.email == DANA)).one()
            new = NewProposal(
                key=f"{request.node.name}:{number}:{os.getpid()}",
                kind="reply",
                headline="They asked",
                content=Content(effect=mail),
                owner_id=owner,
                account_id="acc-acme",
            )
            return app.proposals.put_forward(session, new)

    yield put
    app.close()


def _decide(client: httpx.Client, one: str, action: str, by: str | None = None, **more: Any) -> httpx.Response:
    body = {"action": action, "version": 1, **({"as": by} if by else {}), **more}
    return client.post(f"/api/proposals/{one}/decide", json=body)


def test_a_proposal_has_the_shape_that_programs_rely_on(client: httpx.Client, forward: Any) -> None:
    one = forward()
    shown = client.get(f"/api/proposals/{one}").json()
    assert {"id", "version", "hash", "state", "kind", "effect", "evidence", "risks", "expires_at", "copies"} <= set(
        shown
    )
    assert (shown["id"], shown["version"], shown["state"], shown["owner"]) == (one, 1, "pending", DANA)
    assert one in {each["id"] for each in client.get("/api/proposals").json()["proposals"]}


def test_approved_now_it_lies_in_the_outbox_once(client: httpx.Client, forward: Any, company: Home) -> None:
    one = forward()
    told = [_decide(client, one, "approve", DANA, edit={"send": "now"}).json() for _ in range(3)]
    assert [each["outcome"] for each in told] == ["approved", "already", "already"]
    assert len({each["effect_id"] for each in told}) == 1
    until(lambda: client.get(f"/api/proposals/{one}").json()["state"] == "done")
    assert files_of(company).count(f"{told[0]['effect_id']}@tallyport.example.eml") == 1
    found = client.post("/api/search", json={"query": "Here is the answer", "account": "acc-acme"})
    assert found.status_code == 200
    until(
        lambda: any(
            passage["kind"] == "mail"
            for passage in client.post("/api/search", json={"query": "here is the answer"}).json()["passages"]
        )
    )


def test_an_old_version_is_a_conflict_that_tells_the_new_one(client: httpx.Client, forward: Any) -> None:
    one = forward()
    edited = _decide(client, one, "edit", edit={"body": "Contoso saved 40 %."}).json()
    assert (edited["outcome"], edited["version"]) == ("edited", 2)
    stale = _decide(client, one, "approve")
    assert stale.status_code == 409
    assert (stale.json()["outcome"], stale.json()["version"], stale.json()["hash"]) == ("stale", 2, edited["hash"])
    assert "Contoso" in client.get(f"/api/proposals/{one}").json()["risks"][0]


def test_who_may_not_is_denied_and_strangers_are_refused(client: httpx.Client, forward: Any) -> None:
    one = forward()
    denied = _decide(client, one, "approve", LUIS)
    assert (denied.status_code, denied.json()["outcome"], denied.json()["state"]) == (403, "denied", "")
    stranger = _decide(client, one, "approve", "stranger@elsewhere.example")
    assert stranger.status_code == 403
    assert client.get(f"/api/proposals/{one}").json()["state"] == "pending"


def test_nobody_sees_another_teams_proposals(client: httpx.Client, forward: Any) -> None:
    one = forward()
    assert client.get(f"/api/proposals/{one}", params={"as": LUIS}).status_code == 404
    assert client.get("/api/proposals", params={"as": LUIS}).json()["proposals"] == []
    assert client.get(f"/api/proposals/{one}", params={"as": INES}).status_code == 200


def test_lists_are_narrowed(client: httpx.Client, forward: Any) -> None:
    one, two = forward(0), forward(1)
    _decide(client, two, "reject", reason="not a fit")

    def listed(**wanted: str) -> set[str]:
        return {each["id"] for each in client.get("/api/proposals", params=wanted).json()["proposals"]}

    assert one in listed(state="pending") and two not in listed(state="pending")  # noqa: PT018 - one thought
    assert two in listed(state="rejected", owner=DANA, account="acc-acme")
    assert listed(owner=LUIS) == listed(account="acc-fennimore") == set()
    assert client.get("/api/proposals", params={"state": "nonsense"}).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"action": "approve"},
        {"action": "send", "version": 1},
        {"action": "approve", "version": 0},
        {"action": "approve", "version": 1, "edit": {"body": "unseen"}},
        {"action": "snooze", "version": 1, "until": "2001-01-01"},
        {"action": "edit", "version": 1},
        {"action": "approve", "version": 1, "actor": "x"},
    ],
)
def test_what_can_not_be_right_is_refused(client: httpx.Client, forward: Any, body: dict[str, Any]) -> None:
    one = forward()
    assert client.post(f"/api/proposals/{one}/decide", json=body).status_code == 422
    assert client.get(f"/api/proposals/{one}").json()["state"] == "pending"


def test_what_is_not_there_is_not_found(client: httpx.Client) -> None:
    assert client.get("/api/proposals/nothing").status_code == 404
    gone = _decide(client, "nothing", "approve")
    assert (gone.status_code, gone.json()["outcome"]) == (404, "not_found")


def test_the_terminal_decides_beside_the_server(company: Home, forward: Any) -> None:
    one = forward()
    listed = company.run("proposals", "list", "--json").json()["proposals"]
    assert one in {each["id"] for each in listed}
    shown = company.run("proposals", "show", one)
    assert "Here is the answer." in shown.out
    denied = company.run("proposals", "decide", one, "approve", "--as", LUIS, "--json")
    assert (denied.status, denied.json()["outcome"]) == (2, "denied")
    edited = company.run("proposals", "decide", one, "edit", "--text", "Here is a better answer.", "--as", DANA)
    assert edited.status == 0
    stale = company.run("proposals", "decide", one, "approve", "--version", "1", "--json")
    assert (stale.status, stale.json()["outcome"]) == (3, "stale")
    done = company.run("proposals", "decide", one, "approve", "--now", "--as", DANA, "--json").json()
    assert done["outcome"] == "approved"
    until(lambda: company.run("proposals", "show", one, "--json").json()["state"] == "done")


def test_the_editor_opens_where_no_text_is_given(company: Home, forward: Any) -> None:
    told = company.run("proposals", "decide", forward(), "edit", EDITOR="true")
    assert told.status == 1
    assert "--text" in told.err
