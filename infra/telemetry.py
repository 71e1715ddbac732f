"""What is counted and timed, for Prometheus. One `Telemetry` a process part, with a registry of its own, so that tests don't share counts."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""The media type of `Telemetry.exposition`."""


class Telemetry:
    """The metrics of this process. Labels hold fixed words only, never a customer's."""

    def __init__(self) -> None:
        # The moment of a counter's birth doubles the text, and nobody reads it.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "dealwright_http_requests", "HTTP requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.request_seconds = Histogram(
            "dealwright_http_request_seconds",
            "Time to answer an HTTP request.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.answers = Counter("dealwright_answers", "Answers given.", ("kind", "surface"), registry=self.registry)
        self.answer_seconds = Histogram(
            "dealwright_answer_seconds", "Time to make an answer.", ("kind",), buckets=_SECONDS, registry=self.registry
        )
        self.search_seconds = Histogram(
            "dealwright_search_seconds", "Time of a search.", (), buckets=_SECONDS, registry=self.registry
        )
        self.imported = Counter(
            "dealwright_import_rows",
            "Rows and files that went through an import.",
            ("outcome",),
            registry=self.registry,
        )
        self.errors = Counter(
            "dealwright_errors", "Failures that a person was told of.", ("kind",), registry=self.registry
        )

    def watch(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """Show the figure that `value` returns, read at each scrape. `name` comes without the prefix."""
        Gauge(f"dealwright_{name}", meaning, registry=self.registry).set_function(value)

    def exposition(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        return generate_latest(self.registry)
