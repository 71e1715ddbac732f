"""From a buying signal to a mail that was sent once, and to what comes after it: the sample company, real filings, every surface, real mail and DNS."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.bot.offices import until
from tests.bot.slack.conftest import texts
from tests.bot.whole_path import ADMIN, DANA, PUBLIC, WAIT_S, Way, at_work
from tests.conftest import SHARED_DATA
from tests.fakes.cards import texts as teams_texts

pytestmark = pytest.mark.timeout(600)

ACCOUNTS = """id,name,domain,owner,country
acc-fresh,Fresh Freight,freshfreight.example,dana.whitfield@tallyport.example,United States
acc-barge,Blue Barge,bluebarge.example,dana.whitfield@tallyport.example,United States
acc-cedar,Cedar Cargo,cedarcargo.example,dana.whitfield@tallyport.example,United States
acc-dawn,Dawn Docks,dawndocks.example,dana.whitfield@tallyport.example,United States
acc-elm,Elm Express,elmexpress.example,dana.whitfield@tallyport.example,United States
"""
CONTACTS = """id,name,email,title,role,account
con-hollis,Ann Hollis,ann.hollis@freshfreight.example,VP Operations,decision maker,acc-fresh
con-barge,Bo Larsen,bo.larsen@bluebarge.example,Chief Operating Officer,economic buyer,acc-barge
con-cedar,Kit Marsh,kit@cedarcargo.example,Chief Operating Officer,economic buyer,acc-cedar
con-dawn,Lou Dee,lou@dawndocks.example,Chief Operating Officer,economic buyer,acc-dawn
con-elm,Ana Ruiz,ana@elmexpress.example,Chief Operating Officer,economic buyer,acc-elm
"""
FILINGS = ("Shepherd's Finance", "AP Fund IV", "1685 38th REIT")
FILED_ACCOUNTS = """id,name,domain,owner,country
acc-shep,"Shepherd's Finance, LLC",shepherds.example,dana.whitfield@tallyport.example,United States
acc-fund,"AP Fund IV, a series of Inference Technology Partners, LP",apfund.example,dana.whitfield@tallyport.example,United States
acc-reit,"1685 38th REIT, L.L.C.",reit.example,dana.whitfield@tallyport.example,United States
"""
FILED_CONTACTS = """id,name,email,title,role,account
con-wallach,Daniel M. Wallach,daniel@shepherds.example,Chief Executive Officer,economic buyer,acc-shep
con-fund,Robin Ames,robin@apfund.example,Chief Operating Officer,decision maker,acc-fund
con-reit,Daniel Belldegrun,dan@reit.example,Executive Officer,decision maker,acc-reit
"""


def funding(identity: str, account: str = "acc-fresh", person: str = "Ann Hollis", **more: Any) -> dict[str, Any]:
    """Return the body of a webhook that tells of a round."""
    return {
        "id": identity,
        "kind": "funding",
        "account": account,
        "person": person,
        "title": "Series B",
        "occurred_at": "2023-01-31T12:00:00Z",
        "url": "https://news.example/round",
        "text": "The company closed its Series B of $12 million.",
        **more,
    }


def furnished(way: Way, folder: Path) -> None:
    """Bring the accounts of these tests in, let their domains take mail, and have Dana talk to the bot in Teams once."""
    way.takes_mail(
        *re.findall(
            r"[a-z]+\.example(?=,)",
            ACCOUNTS.replace("tallyport.example", "") + FILED_ACCOUNTS.replace("tallyport.example", ""),
        )
    )
    way.imports(folder, accounts=ACCOUNTS, contacts=CONTACTS)
    assert way.teams_sends(way.teams.personal("29:dana", "hello")).status_code == 200
    until(lambda: bool(way.teams.said("a:29:dana")), WAIT_S)


@pytest.fixture(scope="module")
def way(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    """The sample company on the day of the filings, on SQLite, everything around it running."""
    folder = tmp_path_factory.mktemp("whole")
    with at_work(folder, models) as made:
        loaded = made.home.run("sample", "load", "--as-of", "2023-01-31")
        assert loaded.status == 0, loaded.err
        made.home.serve()
        furnished(made, folder / "first")
        yield made


def _valid(mail: Any, marker: str) -> None:
    """Hold a mail to RFC 5322 (sections 3.6) and RFC 8058."""
    for name in ("From", "To", "Date", "Message-ID", "Subject", "MIME-Version"):
        assert len(mail.get_all(name, [])) == 1, name
    assert mail["Message-ID"] == f"<{marker}>"
    assert "Bcc" not in mail
    assert not mail.defects
    assert mail["Date"].datetime is not None
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"<{PUBLIC}/unsubscribe/" in mail["List-Unsubscribe"]
    assert all(len(line) <= 998 for line in mail.as_bytes().splitlines())


def _unsubscribe(way: Way, mail: Any) -> int:
    """Do what a mail program's own button does: POST to the signed link."""
    link = str(mail["List-Unsubscribe"]).split("<", 1)[1].split(">", 1)[0]
    response = httpx.post(link.replace(PUBLIC, way.home.url), data={"List-Unsubscribe": "One-Click"}, timeout=30)
    return response.status_code


def _everywhere(way: Way, identity: str, said: str) -> None:
    """Wait until the copies in Slack and in Teams say so."""
    until(lambda: any(said in texts(one) for one in way.slack.said("DUDANA") if identity in json.dumps(one)), WAIT_S)
    until(lambda: any(said in teams_texts(one) for one in way.teams.said("a:29:dana") if identity in json.dumps(one)), WAIT_S)  # fmt: skip


def _in(messages: list[dict[str, Any]], identity: str) -> dict[str, Any]:
    return next(one for one in messages if identity in json.dumps(one))


def _sent_once(way: Way, identity: str, to: str) -> Any:
    done = way.becomes(identity, "done")
    mail = way.mailed(to)
    _valid(mail, f"{done['effect_id']}@tallyport.example")
    return mail


def test_a_signal_becomes_one_mail_and_its_answer_ends_the_sequence(way: Way, tmp_path: Path) -> None:
    to = "ann.hollis@freshfreight.example"
    assert way.signal(**funding("w-1")).json() == {"accepted": 1, "duplicates": 0, "refused": []}
    again = way.signal(**funding("w-1", text="The same, told in other words."))
    assert again.json() == {"accepted": 0, "duplicates": 1, "refused": []}
    assert way.signal("forged", **funding("w-2", account="acc-barge")).status_code == 401
    one = way.card(to)["id"]
    way.in_teams(one)
    assert "raised $12 million" in httpx.get(f"{way.home.url}/approvals", timeout=30).text
    assert way.proposal(one)["risks"] == []
    way.press_in_slack(one)
    mail = _sent_once(way, one, to)
    assert mail["From"].addresses[0].addr_spec == DANA
    _everywhere(way, one, "Sent")
    assert way.decide(one)["outcome"] == "already"
    way.at(_later(minutes=30))
    told = way.answers(mail, "Thanks Dana, not a priority for us this quarter.", tmp_path)
    assert [(one["kind"], one["movement"], one["suppressed"]) for one in told["mails"]] == [("not_now", "pause", [])]
    _everywhere(way, one, "replied: not now")
    until(lambda: "Ann Hollis says not now" in json.dumps(way.slack.said("DUDANA")), WAIT_S)
    until(lambda: "Ann Hollis says not now" in json.dumps(way.teams.said("a:29:dana")), WAIT_S)
    (reply,) = way.home.run("mail", "replies", "--json").json()["replies"]
    assert (reply["kind"], reply["state"]) == ("not_now", "paused")
    chosen = way.home.run("mail", "choose", reply["id"], "stop", "--as", DANA)
    assert chosen.status == 0, chosen.err
    assert way.home.run("mail", "replies", "--json").json()["replies"][0]["state"] == "stopped"
    latest = way.home.run("ask", "What's the latest on Fresh Freight?", "--json").json()
    assert latest["headline"] == "Fresh Freight: last word from them 0 days ago"


def test_an_opt_out_in_their_own_words_and_the_link_both_end_it(way: Way, tmp_path: Path) -> None:
    to = "bo.larsen@bluebarge.example"
    way.signal(**funding("b-1", account="acc-barge", person="Bo Larsen"))
    one = way.card(to)["id"]
    way.press_in_teams(one)
    mail = _sent_once(way, one, to)
    way.at(_later(minutes=10))
    told = way.answers(mail, "Please take me off your list and don't write to me again.", tmp_path)
    assert [(one["kind"], one["movement"], one["suppressed"]) for one in told["mails"]] == [
        ("opt_out", "stop", ["opt_out"])
    ]
    _everywhere(way, one, "asked not to be written to")
    barred = way.home.run("suppress", "list", "--json").json()
    assert to in json.dumps(barred)
    assert _unsubscribe(way, mail) == 200
    assert _unsubscribe(way, mail) == 200
    later = way.signal(
        **funding("b-2", account="acc-barge", person="Bo Larsen", title="Series C", occurred_at=_later())
    )
    assert later.json()["accepted"] == 1
    with way.home.client() as client:
        listed = client.get("/api/signals").json()["signals"]
    states = {one["state"] for one in listed if one["title"] == "Series C"}
    assert states == {"skipped"}
    assert way.decide(one)["outcome"] == "already"
    assert len(way.mails(to)) == 1


def test_interest_is_answered_in_the_same_thread(way: Way, tmp_path: Path) -> None:
    to = "kit@cedarcargo.example"
    way.signal(**funding("c-1", account="acc-cedar", person="Kit Marsh"))
    one = way.card(to)["id"]
    way.decide(one, edit={"send": "now"})
    mail = _sent_once(way, one, to)
    way.at(_later(minutes=10))
    told = way.answers(mail, "Interesting, yes. Could we talk on Thursday?", tmp_path)
    (taken,) = told["mails"]
    assert (taken["kind"], taken["movement"]) == ("positive", "pause")
    answer = way.becomes(taken["proposal"], "pending")
    assert answer["effect"]["to"] == to
    way.press_in_slack(answer["id"])
    way.becomes(answer["id"], "done")
    second = way.mailed(to, 2)
    assert str(mail["Message-ID"]) in str(second["References"])
    assert str(second["In-Reply-To"]) != str(mail["Message-ID"])
    assert str(second["Subject"]).startswith("Re: ")
    _valid(second, f"{answer['id'] and way.proposal(answer['id'])['effect_id']}@tallyport.example")


@pytest.mark.shared_data
def test_three_real_filings_are_asked_about_and_become_mails_on_each_surface(way: Way, tmp_path: Path) -> None:
    """The filings name people and no addresses: the rep is asked for them, and what they find turns into drafts."""
    # Funds and lenders are nobody that the sample's company sells to; here they are.
    (way.home.folder / "icp.toml").write_text('[people]\nroles = ["Chief Executive Officer"]\n', encoding="utf-8")
    way.imports(tmp_path, accounts=FILED_ACCOUNTS)
    taken = way.home.run("signals", "import", str(SHARED_DATA / "signals" / "sec-form-d"), "--json").json()
    assert (taken["accepted"], taken["states"]) == (3, {"review": 3})
    signals = _filed(way)
    until(lambda: all(name in way.home.run("feed", "--as", DANA).out for name in FILINGS), WAIT_S)
    for one in signals:
        assert way.home.run("signals", "decide", one["id"], "pursue", "--as", DANA).status == 0
    # Each turns into a question on a card, in chat too, and not into silence.
    until(lambda: len(_questions(way)) == 3, WAIT_S)
    assert {one["effect"]["title"] for one in _questions(way)} == {
        "No mail address is known. Can you find one?",
        "Nobody to write to is known there. Who should it be?",
    }
    for question in _questions(way):
        way.in_slack(question["id"])
        assert way.decide(question["id"])["outcome"] == "approved"
    way.imports(tmp_path, contacts=FILED_CONTACTS)
    for one in signals:
        assert way.home.run("signals", "decide", one["id"], "pursue", "--as", DANA).status == 0
    presses: dict[str, Callable[[str], None]] = {
        "daniel@shepherds.example": way.press_in_slack,
        "robin@apfund.example": way.press_in_teams,
        "dan@reit.example": way.press_in_console,
    }
    for to, press in presses.items():
        card = way.card(to)
        assert card["effect"]["body"].count("filing") + card["effect"]["body"].count("filed") == 1
        press(card["id"])
        _sent_once(way, card["id"], to)
        _everywhere(way, card["id"], "Sent")


def test_a_hundred_presses_at_once_on_every_surface_are_one_mail(way: Way) -> None:
    to = "lou@dawndocks.example"
    way.signal(**funding("d-1", account="acc-dawn", person="Lou Dee"))
    one = way.card(to)["id"]
    card, chat = way.in_slack(one), way.in_teams(one)
    presses: list[Callable[[], Any]] = [
        lambda: way.slack_sends(way.slack_click(card)).status_code,
        lambda: way.teams_sends(way.teams_click(chat)).status_code,
        lambda: way.press_in_console(one),
        lambda: way.decide(one, edit={"send": "now"})["outcome"],
    ]
    with ThreadPoolExecutor(25) as pool:
        told = list(pool.map(lambda number: presses[number % 4](), range(100)))
    assert set(told) <= {200, None, "already", "approved"}
    assert told.count("approved") <= 1
    done = way.becomes(one, "done")
    assert done["effect_id"]
    way.mailed(to)


def test_the_figures_of_the_day_are_right(way: Way) -> None:
    """Counted from what the tests before this one sent: run with them, they are compared with the mail server's own count."""
    to = "ana@elmexpress.example"
    way.signal(**funding("e-1", account="acc-elm", person="Ana Ruiz"))
    one = way.card(to)["id"]
    way.decide(one, edit={"send": "now"})
    _sent_once(way, one, to)
    way.at(_later(minutes=10))
    told = way.home.run("metrics", "--as", ADMIN, "--json").json()["metrics"]
    by_key = {figure["key"]: figure for figure in told if not figure["split"]}
    firsts = {mail.recipients[0] for mail in way.mailroom.mails}
    # What answers somebody is no touch.
    touches = [mail for mail in way.mailroom.mails if b"\nIn-Reply-To:" not in mail.content]
    assert by_key["signal_to_send"]["denominator"] == len(firsts)
    assert by_key["bounce_rate"]["value"] in ("0", "0.0", 0)
    assert by_key["bounce_rate"]["denominator"] == len(touches)


def test_the_core_on_postgresql(models: Path, tmp_path: Path, postgres_url: str) -> None:
    users = f"id,name,email,role\ndana,Dana Whitfield,{DANA},rep\nines,Ines Calder,{ADMIN},admin\n"
    to = "ann.hollis@freshfreight.example"
    with at_work(tmp_path, models, database_url=postgres_url) as way:
        way.home.serve()
        way.imports(tmp_path / "users", users=users)
        furnished(way, tmp_path / "first")
        assert way.signal(**funding("p-1")).json()["accepted"] == 1
        one = way.card(to)["id"]
        way.in_slack(one)
        way.press_in_teams(one)
        mail = _sent_once(way, one, to)
        _everywhere(way, one, "Sent")
        told = way.answers(mail, "What does it cost?", tmp_path)
        assert [(one["kind"], one["movement"]) for one in told["mails"]] == [("question", "pause")]
        _everywhere(way, one, "replied with a question")
        assert _unsubscribe(way, mail) == 200
        assert not (way.home.folder / "spine.db").exists()


def _later(minutes: int = 0) -> str:
    """Return a moment after every other of these tests, so that the clock runs forward only."""
    _Clock.now += timedelta(minutes=minutes)
    return _Clock.now.isoformat()


class _Clock:
    now = datetime(2023, 1, 31, 17, 30, tzinfo=UTC)


def _filed(way: Way) -> list[dict[str, Any]]:
    found = way.home.run("signals", "list", "--as", ADMIN, "--json").json()["signals"]
    return [one for one in found if any(name in (one["company"] or "") for name in FILINGS)]


def _questions(way: Way) -> list[dict[str, Any]]:
    return [one for one in way.proposals(state="pending") if one["why"] == ["a person has to find it"]]
