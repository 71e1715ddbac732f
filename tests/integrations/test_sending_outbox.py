"""The outbox folder: each mail once, whole, and found by its Message-ID."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from infra.settings import Settings
from integrations.sending.carrier import NotTaken
from integrations.sending.choosing import house_carrier
from integrations.sending.outbox import Outbox

MARKER = "<e1@a.example>"
WAYS = {"sender": "ann@a.example", "recipient": "bob@b.example"}


def test_a_mail_stands_in_the_folder_under_its_message_id(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox")
    assert outbox.find(MARKER, sender="ann@a.example") == "absent"
    assert list(outbox.newest()) == []
    receipt = outbox.send(b"mail", **WAYS, marker=MARKER)
    assert outbox.find(MARKER, sender="ann@a.example") == "there"
    assert [(path.name, path.read_bytes()) for path in outbox.newest()] == [("e1@a.example.eml", b"mail")]
    assert receipt.reference == "e1@a.example.eml"


def test_a_mail_that_is_there_already_is_not_written_again(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    outbox.send(b"first", **WAYS, marker=MARKER)
    outbox.send(b"second", **WAYS, marker=MARKER)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"first"]


def test_twenty_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    threads = [
        threading.Thread(target=lambda n=n: outbox.send(bytes([n]) * 5_000, **WAYS, marker=MARKER)) for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [path] = tmp_path.iterdir()
    content = path.read_bytes()
    assert len(content) == 5_000
    assert len(set(content)) == 1


@pytest.mark.parametrize(
    "marker", ["<../../etc/passwd@x>", "<a/b@c>", "<.hidden@x>", "<" + "a" * 400 + "@x>", "<a\x00b@x>"]
)
def test_no_message_id_leads_out_of_the_folder(tmp_path: Path, marker: str) -> None:
    outbox = Outbox(tmp_path / "outbox")
    outbox.send(b"mail", **WAYS, marker=marker)
    assert outbox.find(marker, sender="x") == "there"
    [path] = (tmp_path / "outbox").iterdir()
    assert path.suffix == ".eml"
    assert not path.name.startswith(".")


def test_different_message_ids_never_share_a_file(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    for marker in ("<a/b@c>", "<a_b@c>", "<a:b@c>"):
        outbox.send(marker.encode(), **WAYS, marker=marker)
    assert {path.read_text() for path in tmp_path.iterdir()} == {"<a/b@c>", "<a_b@c>", "<a:b@c>"}


def test_a_disk_that_refuses_took_nothing(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file stands where the folder would")
    with pytest.raises(NotTaken) as refused:
        Outbox(tmp_path / "outbox").send(b"mail", **WAYS, marker=MARKER)
    assert not refused.value.permanent


def test_mails_go_to_the_folder_until_a_server_is_set_up(settings: Settings) -> None:
    assert house_carrier(settings).name == "outbox"
    assert house_carrier(Settings(home=settings.home, smtp_url="smtp://127.0.0.1:25")).name == "smtp"
