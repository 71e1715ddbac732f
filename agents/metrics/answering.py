"""Metrics as answers: one with its windows, weeks and target, or all of them in a table."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Session

from agents.answer import Action, Answer, Cell, Column, Figure, Table
from agents.mentions import Mentions
from agents.metrics.asked import Wish, asks_about_metrics, wish_of
from agents.metrics.catalog import BY_KEY
from agents.metrics.metric import Metric
from agents.metrics.record import Report
from agents.metrics.service import Metrics, Wanted
from agents.metrics.wording import COURSES, advice_of, figure, name_of, sample_of, sign_of, span_of, target_of, value_of
from agents.question import Question
from infra.errors import Denied, Fatal
from infra.settings import Settings

_WEEKS_SHOWN = 6
_IN_PRIVATE = "Ask me in private: what one person does is not told where others read it."
_ALL = Action(label="All metrics", verb="ask", value="Show me the metrics")
_PAGE = Action(label="Open the page", verb="open", value="/performance")


class MetricsRoad:
    """Answers questions for metrics, inside the question's scope."""

    def __init__(self, metrics: Metrics, settings: Settings) -> None:
        self._metrics = metrics
        self._settings = settings

    def answer(self, session: Session, question: Question, mentions: Mentions) -> Answer | None:
        """Return the answer, or None where the words want something else."""
        if not asks_about_metrics(question.text):
            return None
        wish = wish_of(question, mentions, self._settings)
        if wish is None:
            return None
        wanted = Wanted(team=wish.team, user_id=wish.user_id, keys=wish.keys or None, spans=wish.spans)
        try:
            found = self._metrics.report(session, question.scope, question.as_of, wanted)
        except (Denied, Fatal) as refused:
            private = question.scope.user_id is not None and question.scope.user_id == question.user_id
            next_step = refused.next_step if private else _IN_PRIVATE
            return Answer(kind="refused", headline=refused.sentence, notes=(next_step,) if next_step else ())
        made = _one(found, wish) if wish.keys else _all(found)
        return made.model_copy(update={"unknown_words": wish.unknown})


def _one(found: Report, wish: Wish) -> Answer:
    """Return the answer for the metrics that were named."""
    first = wish.keys[0]
    told = found.of(first)
    definition = BY_KEY[first]
    advice = [line for one in found.trends if (line := advice_of(BY_KEY[one.key].label, one))]
    return Answer(
        kind="structured",
        headline=_headline(found, told, definition.label),
        figures=tuple(
            Figure(key=one.key, value=value_of(one), label=f"{name_of(one)}, {span_of(one.window or '')}".rstrip(", "))
            for one in told
        ),
        table=_weeks(found, wish),
        rule=" ".join(_rule(key) for key in wish.keys),
        checked=sum(int(one.denominator) for one in told if not isinstance(one.denominator, Decimal)) or None,
        notes=(*_missing(found, wish), *advice, *_targets(found, wish)),
        actions=(_ALL, _PAGE),
    )


def _headline(found: Report, told: tuple[Metric, ...], label: str) -> str:
    window = found.windows[0].label
    known = [one for one in told if one.value is not None]
    if not known:
        later = found.windows[-1].label
        more = (
            [one for one in found.of(told[0].key, later) if one.value is not None]
            if told and len(found.windows) > 1
            else []
        )
        if not more:
            return f"{label}: nothing to count yet — {found.about}, {' and '.join(span_of(one.label) for one in found.windows)}"
        known, window = more, later
    one = known[0]
    target = f", target {target_of(one)} {'met' if one.met else 'missed'}" if one.target is not None else ""
    figures = "; ".join(f"{name_of(each).partition(': ')[2]} {value_of(each)}".strip() for each in known)
    return f"{label}: {figures} ({sample_of(one)}){target} — {found.about}, {span_of(window)}"


def _rule(key: str) -> str:
    one = BY_KEY[key]
    return f"{one.label}: {one.counted} (from {one.source})."


def _targets(found: Report, wish: Wish) -> tuple[str, ...]:
    told = [one.target_source for key in wish.keys for one in found.of(key)[:1] if one.target_source]
    return tuple(f"Target: {source.removeprefix('issue: ')}." for source in told)


_MAILS = "Approve a first mail, or connect a mailbox: what is sent from then on counts."
_TO_COUNT = {
    "admin_minutes": "Say “45 minutes of admin” in a chat: it counts from then on.",
    "save_rate": "A deal counts when it was at risk and recovers, is won or is lost.",
    "reply_rate": _MAILS,
    "conversation_rate": _MAILS,
    "meeting_set_rate": _MAILS,
}
"""What makes a metric countable that has nothing to count yet, where a person can do something for it."""


def _missing(found: Report, wish: Wish) -> tuple[str, ...]:
    """Return what is missing where the first metric has no value in any window, and what would bring one."""
    key = wish.keys[0]
    if any(one.value is not None for one in found.metrics if one.key == key):
        return ()
    one = BY_KEY[key]
    over = f"It is counted over {one.over}; there were none in that time." if one.over else f"It is counted from {one.counts}; there were none in that time."  # fmt: skip
    return (" ".join(filter(None, (over, _TO_COUNT.get(key, "")))),)


def _weeks(found: Report, wish: Wish) -> Table | None:
    """Return the windows and the last weeks of what was named, a row each."""
    labels = [BY_KEY[key].label for key in wish.keys]
    columns = (Column(key="when", label="When", type="text"), *(Column(key=key, label=label, type="text") for key, label in zip(wish.keys, labels, strict=True)))  # fmt: skip
    rows: list[dict[str, Cell]] = []
    for window in found.windows:
        row: dict[str, Cell] = {"record_id": None, "when": span_of(window.label)}
        row |= {key: "; ".join(_cell(one) for one in found.of(key, window.label)) for key in wish.keys}
        rows.append(row)
    trends = {one.key: one for one in found.trends}
    weeks = next((one.weeks for one in found.trends), ())
    for place in range(len(weeks) - 1, max(len(weeks) - 1 - _WEEKS_SHOWN, -1), -1):
        if any(one.label == weeks[place] for one in found.windows):
            continue
        told: dict[str, Cell] = {"record_id": None, "when": span_of(weeks[place])}
        for key in wish.keys:
            trend = trends.get(key)
            value = trend.values[place] if trend is not None else None
            told[key] = (
                "–" if value is None or trend is None else f"{figure(value, BY_KEY[key].unit)} ({trend.counted[place]})"
            )
        rows.append(told)
    return Table(columns=columns, rows=tuple(rows))


def _cell(one: Metric) -> str:
    if one.value is None:
        return value_of(one)
    return f"{one.split or ''} {value_of(one)} ({sample_of(one)})".strip()


def _all(found: Report) -> Answer:
    """Return every metric that has something to count, in one table; the others are named."""
    columns = (
        Column(key="metric", label="Metric", type="text"),
        *(Column(key=f"w{place}", label=span_of(one.label), type="text") for place, one in enumerate(found.windows)),
        Column(key="target", label="Target", type="text"),
        Column(key="course", label="Lately", type="text"),
    )
    courses = {one.key: one.course for one in found.trends}
    rows: dict[str, dict[str, Cell]] = {}
    empty: list[str] = []
    for one in found.metrics:
        name = name_of(one)
        row = rows.setdefault(name, {"record_id": one.key, "metric": name, "target": "", "course": ""})
        row |= {
            f"w{place}": _cell(one).removeprefix(f"{one.split} ")
            for place, window in enumerate(found.windows)
            if window.label == one.window
        }
        if one.target is not None:
            row["target"] = f"{sign_of(one)} {target_of(one)}".strip()
        way = courses.get(one.key)
        row["course"] = COURSES[way] if way else ""
    shown = []
    for row in rows.values():
        cells = [str(row.get(f"w{place}", "–")) for place in range(len(found.windows))]
        if all(cell in ("–", "nothing yet") for cell in cells):
            empty.append(str(row["metric"]))
        else:
            shown.append({**{f"w{place}": cell for place, cell in enumerate(cells)}, **row})
    missed = {one.key: one for one in found.metrics if one.met is False and one.team is None}
    met = {one.key for one in found.metrics if one.met} - missed.keys()
    advice = [line for one in found.trends if (line := advice_of(BY_KEY[one.key].label, one))]
    point = f"{len(met)} of {len(met) + len(missed)} targets met" if met or missed else "No target can be measured yet"
    return Answer(
        kind="structured",
        headline=f"Metrics: {point} — {found.about}, {' and '.join(span_of(one.label) for one in found.windows)}",
        table=Table(columns=columns, rows=tuple(shown)) if shown else None,
        rule="Each is defined, with its source, in docs/metrics.md. What can't be told counts for nothing.",
        notes=(*advice, *((f"Nothing to count yet: {', '.join(empty)}.",) if empty else ())),
        actions=(_PAGE,),
    )
