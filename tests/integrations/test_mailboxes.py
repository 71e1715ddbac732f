"""Mailboxes read page by page from strict fakes: nothing lost, nothing twice, nothing changed in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import Fatal, Retriable
from integrations.mailboxes.gmail import GmailMailbox
from integrations.mailboxes.graph import GraphMailbox
from integrations.mailboxes.ics import MOST_OCCURRENCES, IcsCalendar, read_calendar
from integrations.mailboxes.imap import Account, ImapMailbox
from integrations.mailboxes.source import Found, Secret, Source
from integrations.mailboxes.web import Web
from tests.conftest import NOW
from tests.fakes.imap import FakeImap, Folder
from tests.fakes.job_boards import serve_boards
from tests.fakes.mail_apis import FakeGmail, FakeGraph

DAY = NOW.date()
ZONE = ZoneInfo("America/New_York")


def mail(number: int) -> bytes:
    return f"From: a{number}@buyer.example\r\nTo: sam@ours.example\r\nMessage-ID: <m{number}@buyer.example>\r\nSubject: {number}\r\n\r\nHello {number}.\r\n".encode()


def now() -> datetime:
    return NOW


def read_all(source: Source, cursor: Mapping[str, Any]) -> tuple[list[Found], dict[str, Any]]:
    found: list[Found] = []
    for _ in range(100):
        page = source.read(cursor)
        found += page.mails
        cursor = page.cursor
        if not page.more:
            return found, dict(cursor)
    raise AssertionError("the reading does not end")


def imap(server: FakeImap, password: str = "right") -> ImapMailbox:
    return ImapMailbox(Account("127.0.0.1", server.port, server.user, "plain"), Secret(password=password), now)


def test_imap_reads_inbox_and_sent_mail_once_and_then_only_what_is_new() -> None:
    with FakeImap() as server:
        for number in range(60):
            server.folders["INBOX"].add(mail(number), DAY)
        server.folders["Sent Items"].add(mail(100), DAY)
        box = imap(server)
        found, cursor = read_all(box, {})
        assert len(found) == 61
        assert found[0].raw == mail(0)
        assert read_all(box, cursor) == ([], cursor)
        server.folders["INBOX"].add(mail(61), DAY)
        fresh, _ = read_all(box, cursor)
        assert [one.raw for one in fresh] == [mail(61)]
        box.close()
        assert server.refused == []


def test_imap_begins_with_the_last_days() -> None:
    with FakeImap() as server:
        server.folders["INBOX"].add(mail(1), DAY - timedelta(days=200))
        server.folders["INBOX"].add(mail(2), DAY - timedelta(days=10))
        box = imap(server)
        assert [one.raw for one in read_all(box, {})[0]] == [mail(2)]
        box.close()


def test_imap_reads_again_where_the_folder_is_a_new_one() -> None:
    with FakeImap() as server:
        server.folders["INBOX"].add(mail(1), DAY)
        box = imap(server)
        _, cursor = read_all(box, {})
        server.folders["INBOX"] = Folder(validity=2)
        server.folders["INBOX"].add(mail(1), DAY)
        server.folders["INBOX"].add(mail(2), DAY)
        assert len(read_all(box, cursor)[0]) == 2
        box.close()


def test_imap_goes_on_where_a_broken_connection_ended() -> None:
    with FakeImap() as server:
        for number in range(30):
            server.folders["INBOX"].add(mail(number), DAY)
        server.die_after = 27
        box = imap(server)
        page = box.read({})
        with pytest.raises(Retriable):
            box.read(page.cursor)
        server.die_after = None
        rest, _ = read_all(box, page.cursor)
        assert [one.raw for one in (*page.mails, *rest)] == [mail(number) for number in range(30)]
        box.close()


def test_imap_tells_a_wrong_password_from_a_server_that_is_away() -> None:
    with FakeImap() as server:
        with pytest.raises(Fatal):
            imap(server, "wrong").read({})
        port = server.port
    with pytest.raises(Retriable):
        ImapMailbox(Account("127.0.0.1", port, "sam", "plain"), Secret(password="right"), now).read({})


def web(server: FakeGmail | FakeGraph, secret: Secret) -> Web:
    return Web(server.url, secret, token_url=f"{server.url}/token", sleep=lambda _: None)


def test_gmail_reads_the_last_days_and_then_the_history() -> None:
    with FakeGmail() as server:
        for number in range(5):
            server.add(mail(number))
        server.add(mail(9), ("DRAFT",))
        box = GmailMailbox(web(server, Secret(access_token="good")), now)
        found, cursor = read_all(box, {})
        assert [one.raw for one in found] == [mail(number) for number in range(5)]
        assert read_all(box, cursor)[0] == []
        for number in range(10, 15):
            server.add(mail(number))
        fresh, later = read_all(box, cursor)
        assert [one.raw for one in fresh] == [mail(number) for number in range(10, 15)]
        assert later["history"] == "111"
        box.close()
        assert server.unknown == []


def test_gmail_reads_again_where_its_history_is_forgotten() -> None:
    with FakeGmail() as server:
        server.add(mail(1))
        box = GmailMailbox(web(server, Secret(access_token="good")), now)
        found, cursor = read_all(box, {"history": "7"})
        assert len(found) == 1
        assert cursor == {"history": "101"}
        box.close()


def test_gmail_renews_its_token_and_waits_when_asked() -> None:
    with FakeGmail() as server:
        server.add(mail(1))
        server.busy = 2
        box = GmailMailbox(web(server, Secret(access_token="old", refresh_token="refresh", client_id="c")), now)
        assert len(read_all(box, {})[0]) == 1
        assert server.refreshes == 1
        box.close()
        with pytest.raises(Fatal):
            GmailMailbox(web(server, Secret(access_token="old")), now).read({})


def test_graph_reads_both_folders_and_then_what_changed() -> None:
    with FakeGraph() as server:
        for number in range(5):
            server.add(mail(number))
        server.add(mail(50), "sentitems")
        box = GraphMailbox(web(server, Secret(access_token="good")), now)
        found, cursor = read_all(box, {})
        assert sorted(one.raw for one in found) == sorted([*(mail(number) for number in range(5)), mail(50)])
        assert read_all(box, cursor)[0] == []
        server.add(mail(6))
        fresh, cursor = read_all(box, cursor)
        assert [one.raw for one in fresh] == [mail(6)]
        server.forget()
        assert len(read_all(box, cursor)[0]) == 7
        box.close()
        assert server.unknown == []


def test_a_link_to_elsewhere_is_not_followed_with_our_token() -> None:
    with FakeGraph() as server, FakeGraph() as elsewhere:
        box = GraphMailbox(web(server, Secret(access_token="good")), now)
        with pytest.raises(Retriable):
            box.read(
                {"folders": {"inbox": f"{elsewhere.url}/v1.0/me/mailFolders/inbox/messages/delta?$deltatoken=0.0"}}
            )
        assert elsewhere.calls == []
        box.close()


def calendar(*events: str) -> bytes:
    told = "\r\n".join(f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\n{told}\r\nEND:VCALENDAR\r\n".encode()


PEOPLE = "ORGANIZER;CN=Sam:mailto:sam@ours.example\r\nATTENDEE;CN=Anna;PARTSTAT=ACCEPTED:mailto:anna@buyer.example"


def test_a_weekly_meeting_keeps_its_hour_and_its_exceptions() -> None:
    series = (
        "UID:weekly\r\nSUMMARY:Review\r\nDTSTART;TZID=Europe/Berlin:20261005T100000\r\nDTEND;TZID=Europe/Berlin:20261005T110000\r\n"
        f"RRULE:FREQ=WEEKLY;UNTIL=20261207T235959Z\r\nEXDATE;TZID=Europe/Berlin:20261019T100000\r\n{PEOPLE}"
    )
    moved = (
        "UID:weekly\r\nSUMMARY:Review\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261026T100000\r\nDTSTART;TZID=Europe/Berlin:20261027T150000\r\n"
        f"DTEND;TZID=Europe/Berlin:20261027T160000\r\n{PEOPLE}"
    )
    off = f"UID:weekly\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261130T100000\r\nDTSTART;TZID=Europe/Berlin:20261130T100000\r\nSTATUS:CANCELLED\r\n{PEOPLE}"
    meetings, left_out = read_calendar(calendar(series, moved, off), ZONE, NOW)
    assert left_out == 0
    starts = {one.begins.astimezone(UTC): one.cancelled for one in meetings}
    assert starts == {
        datetime(2026, 10, 5, 8, tzinfo=UTC): False,
        datetime(2026, 10, 12, 8, tzinfo=UTC): False,
        datetime(2026, 10, 27, 14, tzinfo=UTC): False,
        datetime(2026, 11, 2, 9, tzinfo=UTC): False,
        datetime(2026, 11, 9, 9, tzinfo=UTC): False,
        datetime(2026, 11, 16, 9, tzinfo=UTC): False,
        datetime(2026, 11, 23, 9, tzinfo=UTC): False,
        datetime(2026, 11, 30, 9, tzinfo=UTC): True,
        datetime(2026, 12, 7, 9, tzinfo=UTC): False,
    }
    assert {person.email for person in meetings[0].people} == {"sam@ours.example", "anna@buyer.example"}


def test_private_and_all_day_events_and_rooms_are_told_apart() -> None:
    private = f"UID:p\r\nDTSTART:20261124T100000Z\r\nCLASS:PRIVATE\r\n{PEOPLE}"
    whole = f"UID:d\r\nDTSTART;VALUE=DATE:20261124\r\n{PEOPLE}"
    room = f"UID:r\r\nDTSTART:20261124T120000Z\r\nDURATION:PT30M\r\n{PEOPLE}\r\nATTENDEE;CUTYPE=ROOM;CN=Big:mailto:room@ours.example\r\nATTENDEE;PARTSTAT=DECLINED:mailto:tom@buyer.example"
    meetings, _ = read_calendar(calendar(private, whole, room), ZONE, NOW)
    assert [(one.id, one.private) for one in meetings] == [("p", True), ("r", False)]
    assert len(meetings[1].people) == 2
    assert meetings[1].ends == datetime(2026, 11, 24, 12, 30, tzinfo=UTC)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=SECONDLY",
        "FREQ=HOURLY",
        "FREQ=DAILY;COUNT=100000000",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    ],
)
def test_a_rule_without_end_ends(rule: str) -> None:
    meetings, _ = read_calendar(calendar(f"UID:x\r\nDTSTART:20260101T100000Z\r\nRRULE:{rule}\r\n{PEOPLE}"), ZONE, NOW)
    assert len(meetings) <= MOST_OCCURRENCES


def test_a_calendar_file_is_read_whole_and_what_is_no_calendar_is_told(tmp_path: Path) -> None:
    path = tmp_path / "sam.ics"
    path.write_bytes(calendar(f"UID:one\r\nDTSTART:20261124T100000Z\r\n{PEOPLE}"))
    source = IcsCalendar(str(path), ZONE, now)
    assert [one.id for one in source.read({}).meetings] == ["one"]
    path.write_bytes(b"this is no calendar")
    with pytest.raises(Retriable):
        source.read({})
    with pytest.raises(Retriable):
        IcsCalendar(str(tmp_path / "gone.ics"), ZONE, now).read({})


@given(st.binary(max_size=400), st.text(max_size=200))
def test_no_calendar_breaks_the_reading(raw: bytes, text: str) -> None:
    for told in (raw, calendar(f"UID:x\r\n{text}"), calendar(f"UID:x\r\nDTSTART:20261124T100000Z\r\nRRULE:{text}")):
        try:
            meetings, left_out = read_calendar(told, ZONE, NOW)
        except Retriable:
            continue
        assert len(meetings) + left_out <= MOST_OCCURRENCES + 1


@given(
    st.dates(date(2026, 10, 1), date(2026, 12, 1)), st.integers(1, 40), st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"])
)
def test_a_counted_series_has_so_many_occurrences_at_most(begins: date, count: int, often: str) -> None:
    event = f"UID:x\r\nDTSTART:{begins:%Y%m%d}T100000Z\r\nRRULE:FREQ={often};COUNT={count}\r\n{PEOPLE}"
    meetings, _ = read_calendar(calendar(event), ZONE, NOW)
    assert len(meetings) <= count
    assert len({one.id for one in meetings}) == len(meetings)


def test_a_calendar_inside_a_private_network_is_not_asked_unless_an_admin_named_it(tmp_path: Path) -> None:
    with serve_boards() as boards:
        boards.pages["/sam.ics"] = (200, {"ETag": '"1"'}, calendar(f"UID:one\r\nDTSTART:20261124T100000Z\r\n{PEOPLE}"))
        place = f"{boards.url}/sam.ics"
        for inside in (place, place.replace("http:", "webcal:"), "http://169.254.169.254/latest/meta-data"):
            with pytest.raises(Fatal, match="private network"):
                IcsCalendar(inside, ZONE, now).read({})
        assert not boards.hits
        source = IcsCalendar(place, ZONE, now, inside=frozenset({boards.url}))
        page = source.read({})
        assert [one.id for one in page.meetings] == ["one"]
        assert page.whole
