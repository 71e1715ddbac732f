"""The written catalogue of metrics, made from the definitions, so that it can't fall behind: `docs/metrics.md`."""

from __future__ import annotations

from collections.abc import Iterator

from agents.metrics.baseline import ADMIN_SHARE, BASELINE_WEEKS, MEETINGS_TIMES
from agents.metrics.catalog import CATALOG, FAMILIES
from agents.metrics.definition import Definition
from agents.metrics.outreach_rows import MEETING_WITHIN_S
from agents.metrics.spans import TREND_WEEKS
from agents.metrics.wording import figure
from sales.flat import MOVED, WEEKS

_SHAPES = {
    "rate": "share in percent",
    "ratio": "ratio of two sums",
    "mean": "mean",
    "median": "median",
    "slowest_tenth": "value from which the slowest tenth begins (nearest rank)",
    "total": "count",
    "weekly": "count for each week",
}


def metrics_page() -> str:
    """Return `docs/metrics.md`."""
    return "\n".join([*_head(), *(line for family in FAMILIES for line in _family(family)), *_foot()])


def _head() -> Iterator[str]:
    yield "# Metrics"
    yield ""
    yield "Every figure of `dealwright metrics`, of the page Metrics and of answers in chat is defined here and counted from the spine alone. This page is made by"
    yield "`make docs` from `agents/metrics/`; keys are those of `--json` and `--csv`."
    yield ""
    yield "A figure over nothing has no value: nought percent of nothing is never told. What can't be told of a record (no date, no answer yet) is counted as"
    yield "unknown beside the figure and changes it in neither direction. With `--as-of` only what was known at that moment counts. A figure belongs to whoever owns"
    yield "its record; a person's own are told to that person and to whoever leads them, channels and programs get those of teams."
    yield ""


def _family(family: str) -> Iterator[str]:
    yield f"## {family}"
    yield ""
    yield "| key | metric | numerator | denominator | how | source | target | where to look when it is flat |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for one in CATALOG:
        if one.family == family:
            split = f", for each {one.split_by}" if one.split_by else ""
            yield (
                f"| `{one.key}` | {one.label} | {one.counts} | {one.over or '–'} | {_SHAPES[one.shape]}{split} | {one.source} "
                f"| {_target(one)} | {one.where}: {one.look_at} |"
            )
    yield ""


def _target(one: Definition) -> str:
    if one.target is None:
        return one.target_source or "–"
    return f"{'at least' if one.better == 'higher' else 'below'} {figure(one.target, one.unit)} ({one.target_source})"


def _foot() -> Iterator[str]:
    yield "## Rules"
    yield ""
    yield f"- Trend: the last {TREND_WEEKS} complete weeks. Against its target a metric is *met*, *getting better*, *flat* or *getting worse*: the mean gap of the last {WEEKS // 2} of {WEEKS} weeks"
    yield f"  is compared with that of the {WEEKS // 2} before; less than {MOVED:%} of it is no movement. A flat or worsening one names the stage of the work to look at."
    yield "- Past: deals, stages and amounts stand as they stood then; the fields that completeness looks at stand as they are today. Its trend is of marks that are kept each day, of which the last of a week counts: next steps have no history; a week in which nobody looked has none."
    yield f"- A meeting counts for a mail when it is held or booked within {MEETING_WITHIN_S // 86_400} days after it."
    yield f"- Baselines: minutes of administration are asked in chat each working day of a person's first week, then once a week; the target is {1 - ADMIN_SHARE:.0%} below the mean of"
    yield f"  the first weeks. Meetings from signals are compared with {MEETINGS_TIMES} × the new meetings a week of the {BASELINE_WEEKS} weeks before the first mail because of a signal; without any, there is no target."
    yield ""
