"""The app package: what an admin uploads is what Teams takes."""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.teams.package import make_package, problems
from bot.terminal.main import app
from infra.errors import Fatal
from infra.settings import Settings
from tests.fakes.teams import APP_ID


def unpacked(packed: bytes) -> dict[str, bytes]:
    """Return the files of a package."""
    with zipfile.ZipFile(BytesIO(packed)) as held:
        assert held.testzip() is None
        return {name: held.read(name) for name in held.namelist()}


def pixels(png: bytes) -> tuple[int, int, bytes]:
    """Return width, height and the raw rows of a PNG, its checksums being right."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, data, size = 8, b"", (0, 0)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length]) == (zlib.crc32(kind + body),)
        size = struct.unpack(">II", body[:8]) if kind == b"IHDR" else size
        data += body if kind == b"IDAT" else b""
        at += 12 + length
    return size[0], size[1], zlib.decompress(data)


def test_the_command_writes_a_package_that_teams_takes(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEALWRIGHT_TEAMS_APP_ID", APP_ID.upper())
    monkeypatch.setenv("DEALWRIGHT_PUBLIC_URL", "https://deals.tallyport.example/")
    out = tmp_path / "app.zip"
    done = CliRunner().invoke(app, ["teams", "package", "--out", str(out)])
    assert done.exit_code == 0, done.output
    files = unpacked(out.read_bytes())
    assert sorted(files) == ["color.png", "manifest.json", "outline.png"]
    manifest = json.loads(files["manifest.json"])
    assert manifest["id"] == manifest["bots"][0]["botId"] == APP_ID
    assert manifest["bots"][0]["scopes"] == ["personal", "team", "groupChat"]
    assert manifest["validDomains"] == ["deals.tallyport.example"]
    assert manifest["$schema"].endswith(f"/v{manifest['manifestVersion']}/MicrosoftTeams.schema.json")
    assert "authorization" not in manifest
    assert problems(manifest, files) == []


def test_the_icons_have_the_sizes_and_colours_that_teams_asks_for() -> None:
    files = unpacked(make_package(Settings(teams_app_id=APP_ID), "0.2.0.dev1"))
    wide, high, rows = pixels(files["color.png"])
    assert (wide, high, len(rows)) == (192, 192, 192 * (192 * 4 + 1))
    wide, high, rows = pixels(files["outline.png"])
    assert (wide, high) == (32, 32)
    dots = [rows[y * 129 + 1 + x * 4 :][:4] for y in range(32) for x in range(32)]
    assert {dot[:3] for dot in dots} == {b"\xff\xff\xff"}
    assert {dot[3] for dot in dots} >= {0, 255}
    assert json.loads(files["manifest.json"])["version"] == "0.2.0"


def test_the_right_to_look_for_doubles_is_asked_for_only_where_that_was_wanted() -> None:
    made = json.loads(
        unpacked(make_package(Settings(teams_app_id=APP_ID), "1.0.0", find_doubles=True))["manifest.json"]
    )
    rights = made["authorization"]["permissions"]["resourceSpecific"]
    assert [one["name"] for one in rights] == ["ChannelMessage.Read.Group", "ChatMessage.Read.Chat"]
    assert {one["type"] for one in rights} == {"Application"}
    assert made["webApplicationInfo"]["id"] == APP_ID


def test_threads_are_followed_only_where_that_was_asked_for() -> None:
    files = unpacked(make_package(Settings(teams_app_id=APP_ID), "1.0.0", follow_threads=True))
    manifest = json.loads(files["manifest.json"])
    assert manifest["authorization"]["permissions"]["resourceSpecific"] == [
        {"name": "ChannelMessage.Read.Group", "type": "Application"}
    ]
    assert manifest["webApplicationInfo"]["id"] == APP_ID


@pytest.mark.parametrize("app_id", [None, "", "my-bot", "{9a3b1c20-0e30-4430-b1c1-b4de6031b69f}"])
def test_without_an_app_id_there_is_no_package(app_id: str | None) -> None:
    with pytest.raises(Fatal) as refused:
        make_package(Settings(teams_app_id=app_id), "1.0.0")
    assert "DEALWRIGHT_TEAMS_APP_ID" in f"{refused.value.sentence} {refused.value.next_step}"


@pytest.mark.parametrize(
    "url", [None, "http://deals.example", "https://localhost:8321", "https://10.0.0.4", "https://["]
)
def test_an_address_that_teams_may_not_name_is_left_out(url: str | None) -> None:
    made = json.loads(unpacked(make_package(Settings(teams_app_id=APP_ID, public_url=url), "1.0.0"))["manifest.json"])
    assert made["validDomains"] == []
    assert made["developer"]["websiteUrl"].startswith("https://")
