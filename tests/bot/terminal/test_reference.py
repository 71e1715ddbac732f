"""The written reference is what the code says: `make docs` was run."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.metrics.page import metrics_page
from bot.terminal.reference import commands_page, settings_page
from infra.settings import Settings

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.mark.parametrize(
    ("name", "page"),
    [("settings.md", settings_page()), ("cli.md", commands_page()), ("metrics.md", metrics_page())],
)
def test_a_page_of_the_reference_is_current(name: str, page: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == page, "run `make docs`"


def test_every_setting_is_described() -> None:
    page = settings_page()
    for name, field in Settings.model_fields.items():
        assert f"`DEALWRIGHT_{name.upper()}`" in page
        assert field.description
