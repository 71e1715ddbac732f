"""What somebody who sets up a model is told, and that nothing of LangChain is paid for before a model answers."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import SecretStr

from agents.model import provider
from agents.model.provider import open_model
from infra.errors import Fatal
from infra.settings import Settings


def told(settings: Settings, **changes: object) -> tuple[str, str]:
    with pytest.raises(Fatal) as caught:
        open_model(settings.model_copy(update=changes))
    return caught.value.sentence, caught.value.next_step


@pytest.mark.parametrize("model", ["gpt", "nobody:m", "openai:", ":m"])
def test_a_setting_that_names_no_model_is_explained(settings: Settings, model: str) -> None:
    sentence, step = told(settings, model=model)
    assert sentence == "DEALWRIGHT_MODEL names no provider that is known."
    assert step == "Write it as provider:name; providers are openai, anthropic, ollama."


def test_a_missing_package_is_named_with_its_extra(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = provider.Provider("langchain_absent_provider", "Chat", "", ())
    monkeypatch.setitem(provider.PROVIDERS, "ollama", absent)
    assert told(settings, model="ollama:m") == (
        "The package of ollama is not installed.",
        "Install it: pip install 'dealwright[ollama]'.",
    )


def test_a_missing_key_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    assert told(settings, model="anthropic:m") == (
        "anthropic needs a key.",
        "Set ANTHROPIC_API_KEY or DEALWRIGHT_MODEL_API_KEY.",
    )


@pytest.mark.parametrize(
    ("model", "url"),
    [
        ("openai:m", "http://127.0.0.1:9/v1"),
        ("anthropic:m", "http://127.0.0.1:9"),
        ("ollama:m:7b", "http://127.0.0.1:9"),
    ],
)
async def test_each_provider_opens_without_sending_anything(settings: Settings, model: str, url: str) -> None:
    made = open_model(
        settings.model_copy(update={"model": model, "model_base_url": url, "model_api_key": SecretStr("k-secret")})
    )
    assert made.failures
    assert "k-secret" not in repr(made.chat)
    for client in made.clients:
        await client.aclose()


def test_langchain_is_not_imported_before_a_model_answers() -> None:
    code = "import sys, agents.model.road, bot.app; print(any(one.split('.')[0] in ('langchain', 'langchain_core', 'langgraph', 'openai') for one in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
