"""The API does what its description says, whatever is sent: generated requests against a real server, every answer held to the description."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bot.running import TOKEN, Home

SOAK = bool(os.environ.get("DEALWRIGHT_SOAK"))
EXAMPLES, LEAST = (3_600, 10_000) if SOAK else (100, 450)
"""Generated requests for each operation, and how many all of them must come to."""


@pytest.mark.timeout(3_700 if SOAK else 300)
def test_every_answer_is_one_that_the_description_allows(company: Home, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"{company.url}/openapi.json",
            "-H",
            f"Authorization: Bearer {TOKEN}",
            "--include-path-regex",
            "^/(api/(ask|search|import)|healthz|readyz|metrics)$",
            "--max-examples",
            str(EXAMPLES),
            "--generation-deterministic",
            "--no-color",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=3_600 if SOAK else 280,
    )
    assert done.returncode == 0, done.stdout[-6_000:]
    generated = re.search(r"([\d,]+) generated", done.stdout)
    assert generated is not None, done.stdout[-2_000:]
    assert int(generated[1].replace(",", "")) >= LEAST
    assert not [line for line in company.log if '"level": "error"' in line]
    with company.client() as client:
        assert client.get("/readyz").json()["ready"]
