"""Making the chat model of a provider: everything of LangChain is imported here and in `running`, and only when a model is first used."""

from __future__ import annotations

import importlib
import importlib.util
import os
from dataclasses import dataclass
from typing import Any

from infra.errors import Fatal
from infra.settings import Settings

MOST_TOKENS_A_CALL = 2_000


@dataclass(frozen=True)
class Provider:
    """A provider of models: the package that speaks to it, the class, its key's own variable ("" for none), and the module of its errors."""

    package: str
    chat: str
    key: str
    errors: tuple[tuple[str, str], ...]


PROVIDERS: dict[str, Provider] = {
    "openai": Provider("langchain_openai", "ChatOpenAI", "OPENAI_API_KEY", (("openai", "OpenAIError"),)),
    "anthropic": Provider(
        "langchain_anthropic", "ChatAnthropic", "ANTHROPIC_API_KEY", (("anthropic", "AnthropicError"),)
    ),
    "ollama": Provider("langchain_ollama", "ChatOllama", "", (("ollama", "ResponseError"), ("ollama", "RequestError"))),
}


@dataclass(frozen=True)
class OpenModel:
    """A chat model, the exceptions that mean its provider failed, and what must be closed with it."""

    chat: Any
    failures: tuple[type[Exception], ...]
    clients: tuple[Any, ...] = ()


def provider_of(settings: Settings) -> tuple[Provider, str]:
    """Return the provider and the model's name of DEALWRIGHT_MODEL. Raises Fatal, which says what to set or to install."""
    label, colon, name = (settings.model or "").partition(":")
    provider = PROVIDERS.get(label)
    if provider is None or not colon or not name.strip():
        raise Fatal(
            "DEALWRIGHT_MODEL names no provider that is known.",
            f"Write it as provider:name; providers are {', '.join(PROVIDERS)}.",
        )
    for package in ("langchain", provider.package):
        if importlib.util.find_spec(package) is None:
            raise Fatal(f"The package of {label} is not installed.", f"Install it: pip install 'dealwright[{label}]'.")
    if provider.key and not settings.model_api_key and not os.environ.get(provider.key) and not settings.model_base_url:
        raise Fatal(f"{label} needs a key.", f"Set {provider.key} or DEALWRIGHT_MODEL_API_KEY.")
    return provider, name.strip()


def open_model(settings: Settings) -> OpenModel:
    """Make the chat model that the settings name; nothing is sent yet. Raises Fatal where it can't be made."""
    provider, name = provider_of(settings)
    import httpx

    module = importlib.import_module(provider.package)
    failures: list[type[Exception]] = [httpx.HTTPError, OSError]
    for where, error in provider.errors:
        failures.append(getattr(importlib.import_module(where), error))
    if importlib.util.find_spec("httpx2") is not None:
        failures.append(importlib.import_module("httpx2").HTTPError)
    key = settings.model_api_key
    options: dict[str, Any] = {"model": name}
    if settings.model_base_url:
        options["base_url"] = settings.model_base_url
    clients: tuple[Any, ...] = ()
    if provider.package == "langchain_ollama":
        options |= {"num_predict": MOST_TOKENS_A_CALL, "client_kwargs": {"timeout": settings.model_timeout_s}}
    else:
        options |= {
            "timeout": settings.model_timeout_s,
            "max_retries": 1,
            "max_tokens": MOST_TOKENS_A_CALL,
            "streaming": True,
            "stream_usage": True,
        }
        if key is not None:
            options["api_key"] = key
        elif not os.environ.get(provider.key):
            # A server of one's own needs no key, but the client insists on one.
            options["api_key"] = "none"
    if provider.package == "langchain_openai":
        from openai import DefaultAsyncHttpxClient

        # Its own client, as the package's is shared by all models of a process and outlives them.
        client = DefaultAsyncHttpxClient(timeout=settings.model_timeout_s)
        clients = (client,)
        options |= {"http_async_client": client, "use_responses_api": False}
    return OpenModel(getattr(module, provider.chat)(**options), tuple(failures), clients)
