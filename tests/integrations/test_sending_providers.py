"""Sending as a Gmail or Microsoft 365 mailbox: once, with a true account of the outcome, and found again by Message-ID."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.errors import Fatal, Retriable
from integrations.sending.carrier import NotTaken, OutcomeUnknown
from integrations.sending.gmail import Gmail
from integrations.sending.graph import Graph
from integrations.sending.provider import Access
from tests.fakes.sending_apis import SendingState, Trouble, sending_apis

MARKER = "<e1.o'x@tallyport.example>"
MAIL = (
    f"From: Dana <dana@tallyport.example>\r\nTo: bob@acme.example\r\nSubject: ?>\r\nMessage-ID: {MARKER}\r\n\r\n".encode()
    + bytes(range(62, 64)) * 30
    + b"\r\n"
)
WAYS = {"sender": "dana@tallyport.example", "recipient": "bob@acme.example", "marker": MARKER}
Carrier = Gmail | Graph


@pytest.fixture
def state() -> SendingState:
    """A provider with one mailbox."""
    return SendingState()


@pytest.fixture
def base(state: SendingState) -> Iterator[str]:
    """Where the provider is."""
    with sending_apis(state) as url:
        yield url


def _opened(kind: type[Carrier], base: str, *, token: str = "fresh", refresh: str = "r3fresh") -> Carrier:
    access = Access(base, f"{base}/token", access_token=token, refresh_token=refresh, client_id="c")
    return kind(access, sleep=lambda _seconds: None)


both = pytest.mark.parametrize("kind", [Gmail, Graph])


@both
def test_a_mail_leaves_as_it_was_written_and_is_found(kind: type[Carrier], base: str, state: SendingState) -> None:
    carrier = _opened(kind, base)
    assert carrier.find(MARKER, sender=WAYS["sender"]) == "absent"
    receipt = carrier.send(MAIL, **WAYS)
    assert state.mails == [MAIL]
    assert receipt.carrier == carrier.name
    assert receipt.reference is not None
    assert carrier.find(MARKER, sender=WAYS["sender"]) == "there"
    assert carrier.find("<other@tallyport.example>", sender=WAYS["sender"]) == "absent"


@both
def test_a_search_that_is_behind_is_asked_again(kind: type[Carrier], base: str, state: SendingState) -> None:
    carrier = _opened(kind, base)
    carrier.send(MAIL, **WAYS)
    state.hidden_looks = 2
    assert carrier.find(MARKER, sender=WAYS["sender"]) == "there"


@both
@pytest.mark.parametrize("token", ["", "stale"])
def test_a_token_that_ran_out_is_renewed_and_the_mail_leaves_once(
    kind: type[Carrier], base: str, state: SendingState, token: str
) -> None:
    carrier = _opened(kind, base, token=token)
    carrier.send(MAIL, **WAYS)
    carrier.send(MAIL, **WAYS)
    assert (len(state.mails), state.renewals) == (2, 1)


@both
def test_a_mailbox_that_was_disconnected_took_nothing(kind: type[Carrier], base: str, state: SendingState) -> None:
    carrier = _opened(kind, base, token="stale", refresh="gone")
    with pytest.raises(NotTaken) as refused:
        carrier.send(MAIL, **WAYS)
    assert not refused.value.permanent
    with pytest.raises(Fatal):
        carrier.find(MARKER, sender=WAYS["sender"])
    assert state.mails == []


@both
@pytest.mark.parametrize(
    "trouble, permanent", [("busy", False), ("quota", False), ("forbidden", False), ("invalid", True)]
)
def test_a_refusal_is_one(
    kind: type[Carrier], base: str, state: SendingState, trouble: Trouble, permanent: bool
) -> None:
    state.trouble = trouble
    with pytest.raises(NotTaken) as refused:
        _opened(kind, base).send(MAIL, **WAYS)
    assert refused.value.permanent is permanent
    assert state.mails == []


@both
@pytest.mark.parametrize("trouble, taken", [("taken_then_dies", 1), ("dies_before", 0), ("error_500_taken", 1)])
def test_a_lost_answer_is_unknown_until_it_is_looked_up(
    kind: type[Carrier], base: str, state: SendingState, trouble: Trouble, taken: int
) -> None:
    state.trouble = trouble
    carrier = _opened(kind, base)
    with pytest.raises(OutcomeUnknown):
        carrier.send(MAIL, **WAYS)
    state.trouble = "none"
    assert carrier.find(MARKER, sender=WAYS["sender"]) == ("there" if taken else "absent")
    assert len(state.mails) == taken


@both
def test_a_provider_that_is_not_there_took_nothing_and_can_not_be_asked(
    kind: type[Carrier], state: SendingState
) -> None:
    with sending_apis(state) as url:
        pass
    carrier = _opened(kind, url)
    with pytest.raises(NotTaken) as refused:
        carrier.send(MAIL, **WAYS)
    assert not refused.value.permanent
    with pytest.raises(Retriable):
        carrier.find(MARKER, sender=WAYS["sender"])


@both
def test_a_search_that_fails_is_not_an_absence(kind: type[Carrier], base: str, state: SendingState) -> None:
    state.trouble = "error_500"
    with pytest.raises(Retriable):
        _opened(kind, base).find(MARKER, sender=WAYS["sender"])


def test_a_draft_at_microsoft_may_be_on_its_way(base: str, state: SendingState) -> None:
    carrier = _opened(Graph, base)
    carrier.send(MAIL, **WAYS)
    state.as_draft = True
    assert carrier.find(MARKER, sender=WAYS["sender"]) == "cannot_tell"


@pytest.mark.shared_data
def test_what_we_ask_gmail_is_what_google_describes(base: str, state: SendingState, shared_data: Path) -> None:
    described = json.loads((shared_data / "contracts" / "gmail.v1.discovery.json").read_text(encoding="utf-8"))
    methods = described["resources"]["users"]["resources"]["messages"]["methods"]
    carrier = _opened(Gmail, base)
    carrier.send(MAIL, **WAYS)
    carrier.find(MARKER, sender=WAYS["sender"])
    for (verb, path, params, body), name in zip(state.requests, ("send", "list"), strict=True):
        method: dict[str, Any] = methods[name]
        assert (verb, path) == (method["httpMethod"], "/" + method["path"].replace("{userId}", "me"))
        assert set(params) <= set(method["parameters"])
        if body:
            assert set(json.loads(body)) <= set(described["schemas"][method["request"]["$ref"]]["properties"])
