"""`make teach`: learn from the labelled calls what says each element, and write `sales/qualifying/taught.json`.

Two logistic regressions. The first reads words and pairs of words of a piece of a turn and of the question before it; of a long turn that is labelled, the
pieces that say it are found by fitting three times. The second reads the first's outcome and the rules' weights, on calls that the first
was not fitted on, by authors who had not seen the rules. What is printed is measured likewise, on calls of authors left out in turn. It is a little too good:
the second regression of a group reads others' outcomes to which that group had taught its words. `make eval` measures on calls that teach nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from agents.notes.qualification import people_of
from sales import sentences
from sales.objections import HARDLY, SURELY
from sales.qualifying import extract
from sales.qualifying.extract import LIKELY, looked
from sales.qualifying.pieces import grams, pieces, question_before
from sales.qualifying.sides import is_sales_talk, with_sides
from sales.qualifying.talk import Person, Spoken, names_of
from sales.qualifying.taught import FILE, KINDS, LESSONS, OBJECTION, QUESTION, Heard, Taught, Weighed, together
from tests.evals import qualification

OLDER = ("sample", "dev", "second", "third", "fourth", "fifth", "sixth")
"""Sets whose calls were looked at while the rules were made."""

TAUGHT = qualification.WRITTEN / "taught"
"""Calls and scenes by authors who had not seen the rules, a file an author."""

_GROUPS = 5
_ELEMENTS = {"pain": "identify_pain"}
_WEIGHTS, _TOGETHER, _ROUNDS, _RAREST = 10.0, 0.3, 3, 3
_CLOSE = 1.0
_WHOLE_CALL = 20
_READ_BACK, _ROUNDED = 20, 0.05


@dataclass(frozen=True, eq=False)
class Lesson:
    """A call with what is labelled in it: by lesson the turns that say it, those that may, and whether it was labelled at all."""

    author: str
    turns: tuple[Spoken, ...]
    people: tuple[Person, ...]
    says: dict[str, frozenset[int]]
    perhaps: dict[str, frozenset[int]]
    unsure: frozenset[str]


@dataclass(frozen=True)
class Row:
    """A piece of a turn: of which call and turn, its grams and those of the question before it."""

    lesson: int
    turn: int
    answer: tuple[str, ...]
    question: tuple[str, ...]


@dataclass
class First:
    """The first regression, fitted: what reads grams, and one line of weights a lesson."""

    answer: TfidfVectorizer
    question: TfidfVectorizer
    weights: Any
    base: Any


def lessons() -> list[Lesson]:
    """Return every labelled call that may be learned from."""
    made = []
    for name in (*OLDER, *sorted(path.stem for path in TAUGHT.glob("*.txt"))):
        for call, labels in qualification.calls_of(name if name in OLDER else f"taught/{name}.txt"):
            turns = with_sides([Spoken(turn.position, turn.speaker, turn.side, turn.text) for turn in call.turns])
            if is_sales_talk(turns):
                made.append(_lesson(name, turns, people_of(call), labels))
    return made


def _lesson(author: str, turns: Sequence[Spoken], people: tuple[Person, ...], labels: dict[str, Any]) -> Lesson:
    told = {kind: labels["elements"].get(_ELEMENTS.get(kind, kind)) or {"state": "open", "turns": []} for kind in KINDS}
    sure = {kind: _turns(one["turns"]) if one["state"] != "either" else frozenset() for kind, one in told.items()}
    perhaps = {kind: _turns([*one.get("perhaps", ()), *(one["turns"] if one["state"] == "either" else ())]) for kind, one in told.items()}  # fmt: skip
    objections = labels.get("objections", [])
    listed = [turn for one in objections for turn in (one["turns"] if isinstance(one, dict) else (one,))]
    sure["objection"], perhaps["objection"] = _turns(listed), _turns(labels.get("perhaps", ()))
    unsure = frozenset(kind for kind, one in told.items() if one["state"] == "either")
    return Lesson(author, tuple(turns), people, sure, perhaps, unsure)


def _turns(told: Sequence[Any]) -> frozenset[int]:
    return frozenset(int(one) for one in told)


def rows_of(listed: Sequence[Lesson]) -> list[Row]:
    """Return the pieces of all turns of the buyers."""
    made = []
    for place, lesson in enumerate(listed):
        names = names_of(lesson.people)
        for at, turn in enumerate(lesson.turns):
            if turn.side == "buyer":
                before = tuple(one.words for one in grams(question_before(lesson.turns, at), names, mark="q:"))
                for piece in pieces(turn.text):
                    made.append(Row(place, at, tuple(one.words for one in grams(turn.text, names, piece)), before))
    return made


def fit_first(listed: Sequence[Lesson], rows: Sequence[Row]) -> First:
    """Fit the first regression of every lesson."""
    answer, question = (TfidfVectorizer(analyzer=_as_it_is, min_df=_RAREST, binary=True) for _ in range(2))
    read = _matrix(answer.fit([row.answer for row in rows]), question.fit([row.question for row in rows]), rows)
    weights, base = [], []
    for kind in LESSONS:
        model = _fit_one(kind, listed, rows, read)
        weights.append(model.coef_[0])
        base.append(model.intercept_[0])
    return First(answer, question, np.array(weights), np.array(base))


def _as_it_is(told: tuple[str, ...]) -> tuple[str, ...]:
    return told


def _matrix(answer: TfidfVectorizer, question: TfidfVectorizer, rows: Sequence[Row]) -> csr_matrix:
    parts = [
        answer.transform([row.answer for row in rows]),
        QUESTION * question.transform([row.question for row in rows]),
    ]
    return csr_matrix(hstack(parts))


def _fit_one(kind: str, listed: Sequence[Lesson], rows: Sequence[Row], read: csr_matrix) -> LogisticRegression:
    says = np.array([row.turn in listed[row.lesson].says[kind] for row in rows])
    sure = np.array([kind not in listed[row.lesson].unsure and row.turn not in listed[row.lesson].perhaps[kind] for row in rows])  # fmt: skip
    kept = sure | says
    turns: dict[tuple[int, int], list[int]] = {}
    for place in map(int, np.flatnonzero(says)):
        turns.setdefault((rows[place].lesson, rows[place].turn), []).append(place)
    counts = np.ones(len(rows))
    for places in turns.values():
        counts[places] = 1 / len(places)
    for _ in range(_ROUNDS):
        model = LogisticRegression(C=_WEIGHTS, solver="liblinear", max_iter=200)
        model.fit(read[kept], says[kept], sample_weight=counts[kept])
        odds = model.decision_function(read)
        for places in turns.values():
            counts[places] = odds[places] > odds[places].max() - _CLOSE
    return model


def heard_by(first: First, rows: Sequence[Row]) -> dict[tuple[int, int], Heard]:
    """Return what the first regression hears in each turn."""
    odds = _matrix(first.answer, first.question, rows) @ first.weights.T + first.base
    chances = 1 / (1 + np.exp(-odds))
    made: dict[tuple[int, int], Any] = {}
    for row, chance in zip(rows, chances, strict=True):
        key = (row.lesson, row.turn)
        made[key] = np.maximum(made[key], chance) if key in made else chance
    return {key: Heard(tuple(map(float, one)), ()) for key, one in made.items()}


@cache
def _by_rules(lesson: Lesson) -> dict[int, dict[str, Weighed]]:
    seen = {one.turn.position: {kind: one.of(kind) for kind in KINDS} for one in looked(lesson.turns, lesson.people)}
    return {at: seen[turn.position] for at, turn in enumerate(lesson.turns) if turn.position in seen}


def fit_second(listed: Sequence[Lesson], heard: dict[tuple[int, int], Heard]) -> dict[str, Any]:
    """Fit the second regression of every kind on turns that the first was not fitted on."""
    made = {}
    for kind in KINDS:
        read, says = [], []
        for (place, at), one in heard.items():
            lesson = listed[place]
            if kind not in lesson.unsure and (at in lesson.says[kind] or at not in lesson.perhaps[kind]):
                read.append(together(kind, one, _by_rules(lesson)[at][kind]))
                says.append(at in lesson.says[kind])
        model = LogisticRegression(C=_TOGETHER, max_iter=2000, fit_intercept=False)
        made[kind] = model.fit(np.array(read), np.array(says)).coef_[0]
    return made


def unseen(listed: Sequence[Lesson], rows: Sequence[Row]) -> Iterator[tuple[set[str], dict[tuple[int, int], Heard]]]:
    """Yield groups of authors with what is heard in their calls by weights that were fitted on all the others'."""
    authors = sorted({lesson.author for lesson in listed} - set(OLDER))
    for group in range(_GROUPS):
        left_out = set(authors[group::_GROUPS])
        others = [row for row in rows if listed[row.lesson].author not in left_out]
        yield (
            left_out,
            heard_by(fit_first(listed, others), [row for row in rows if listed[row.lesson].author in left_out]),
        )


def measured(listed: Sequence[Lesson], groups: Sequence[tuple[set[str], dict[tuple[int, int], Heard]]]) -> list[str]:
    """Return precision and recall on whole calls of authors that nothing was learned from, by chance from which an element is filled."""
    lines = [
        "chance  precision  recall   (whole calls of authors that nothing was learned from; three quotes an element)"
    ]
    chances: dict[tuple[int, str], list[tuple[float, int]]] = {}
    for left_out, heard in groups:
        others = {key: one for names, part in groups if names != left_out for key, one in part.items()}
        second = fit_second(listed, others)
        for (place, at), one in heard.items():
            for kind in KINDS:
                odds = float(np.dot(second[kind], together(kind, one, _by_rules(listed[place])[at][kind])))
                chances.setdefault((place, kind), []).append((1 / (1 + np.exp(-odds)), at))
    for least in (0.35, 0.4, 0.45, LIKELY, 0.55, 0.6):
        right = filled = labelled = 0
        for (place, kind), told in chances.items():
            lesson = listed[place]
            if len(lesson.turns) < _WHOLE_CALL or kind in lesson.unsure:
                continue
            cited = [at for chance, at in sorted(told, reverse=True)[:3] if chance >= least]
            filled += bool(cited)
            labelled += bool(lesson.says[kind])
            right += bool(lesson.says[kind]) and bool(set(cited) & (lesson.says[kind] | lesson.perhaps[kind]))
        lines.append(
            f"{least:>6.2f}{right / filled:>11.3f}{right / labelled:>8.3f}   {right}/{filled}, {right}/{labelled}"
        )
    return [*lines, *_objections(listed, groups)]


def _objections(listed: Sequence[Lesson], groups: Sequence[tuple[set[str], dict[tuple[int, int], Heard]]]) -> list[str]:
    """Return how many turns are objections below and above the two chances that count, in calls of authors that nothing was learned from."""
    told = [
        (one.likely[OBJECTION], at in listed[place].says["objection"])
        for _, heard in groups
        for (place, at), one in heard.items()
        if at not in listed[place].perhaps["objection"]
    ]
    below, above = (
        [says for chance, says in told if (chance < HARDLY if low else chance >= SURELY)] for low in (True, False)
    )
    return [
        f"objections among turns below {HARDLY}: {sum(below)} of {len(below)}; from {SURELY} on: {sum(above)} of {len(above)}; in all {sum(says for _, says in told)}"
    ]


def written(first: First, second: dict[str, Any], of: str) -> str:
    """Return the text of `taught.json`: weights in hundredths, grams that say nothing left out."""
    answer: dict[str, list[int]] = {}
    question: dict[str, list[int]] = {}
    offset = len(first.answer.vocabulary_)
    for table, reader, start in ((answer, first.answer, 0), (question, first.question, offset)):
        for words, place in sorted(reader.vocabulary_.items()):
            rare = round(100 * float(reader.idf_[place]))
            table[words] = [rare, *(round(100 * float(one)) for one in first.weights[:, start + place])]
    rows = [f'"of": {json.dumps(of)}', f'"base": {json.dumps([round(float(one), 4) for one in first.base])}']
    rows.append(
        f'"together": {json.dumps({kind: [round(float(one), 4) for one in row] for kind, row in second.items()})}'
    )
    for name, table in (("answer", answer), ("question", question)):
        lines = ",\n".join(f"{json.dumps(words, ensure_ascii=False)}:{json.dumps(row, separators=(',', ':'))}" for words, row in table.items())  # fmt: skip
        rows.append(f'"{name}": {{\n{lines}\n}}')
    return "{\n" + ",\n".join(rows) + "\n}\n"


def source() -> str:
    """Return a mark of all that the weights are made of: labelled calls, rules, and how they are read."""
    folder = Path(extract.__file__).parent
    files = [
        *(path for name in OLDER[1:] for path in (qualification.WRITTEN / name).glob("*.json*")),
        *TAUGHT.glob("*.txt"),
    ]
    files += [
        *(qualification.SAMPLE / "company" / "calls").glob("*.json"),
        qualification.SAMPLE / "labels" / "calls.jsonl",
    ]
    files += [*folder.glob("*.py"), Path(sentences.__file__), Path(__file__)]
    told = hashlib.sha256()
    for path in sorted(files, key=lambda one: one.name):
        told.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return told.hexdigest()[:16]


def _of_whole_turns(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of every so many-th call, all pieces of each turn."""
    return [row for row in rows if row.lesson % _READ_BACK == 0]


def main() -> None:
    """Teach, print how well it does on unseen authors, and write the weights."""
    listed = lessons()
    rows = rows_of(listed)
    print(f"{len(listed)} calls and scenes, {len(rows)} pieces of turns", flush=True)
    groups = list(unseen(listed, rows))
    print("\n".join(measured(listed, groups)), flush=True)
    heard = {key: one for _, part in groups for key, one in part.items()}
    first = fit_first(listed, rows)
    text = written(first, fit_second(listed, heard), source())
    print(
        f"{FILE.name}: {len(text) / 1e6:.1f} MB; read back, no chance differs by more than {_difference(text, first, listed, rows):.3f}"
    )
    FILE.write_text(text, encoding="utf-8")


def _difference(text: str, first: First, listed: Sequence[Lesson], rows: Sequence[Row]) -> float:
    """Return by how much what ships hears otherwise than what was fitted, at most. Raises ValueError where it is another reader."""
    shipped = Taught(json.loads(text))
    most = 0.0
    for (place, at), fitted in heard_by(first, _of_whole_turns(rows)).items():
        lesson = listed[place]
        heard = shipped.heard(lesson.turns[at].text, question_before(lesson.turns, at), names_of(lesson.people))
        most = max(most, *(abs(a - b) for a, b in zip(heard.likely, fitted.likely, strict=True)))
    if most > _ROUNDED:
        raise ValueError("what was written is not what was fitted")
    return most


if __name__ == "__main__":
    main()
