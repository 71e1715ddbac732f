"""JSON files: calls of any known shape, tables of records (plain, API pages, Salesforce sObject trees), whole or as JSON lines."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from integrations.files.calls import is_call, is_gong, read_call, read_gong
from integrations.files.decoding import Source, clean, head_lines, lines, whole
from integrations.files.jsonvalues import first_text, parse, text_of
from integrations.files.options import ColumnMap, Hints
from integrations.files.rows import RowMaker
from integrations.files.sobjects import kind_of, names_beside, records_of, reference_of, type_of
from integrations.files.tables import NOT_KNOWN, apply_map, labels_of
from integrations.files.typed import Column, columns_for, settle
from sales.columns import TableGuess, normal, recognise
from sales.records import Origin, Record, RecordKind, Reject
from sales.synonyms import FILE_WORDS

_PARENTS = {RecordKind.ACCOUNT: "Account", RecordKind.DEAL: "Opportunity", RecordKind.CONTACT: "Contact"}
_PAGES = ("records", "results", "data", "items", "rows", "values", "objects")
_CALL_LISTS = ("calls", "meetings", "transcripts", "conversations")


@dataclass
class _Group:
    """Records of one type, waiting to be read as a table."""

    name: str
    kind: RecordKind | None
    items: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)
    sobject: bool = False


def flat(item: Mapping[str, Any]) -> dict[str, str]:
    """A record as header → cell: nested objects by dotted names, lists joined, API wrappers taken off."""
    out: dict[str, str] = {}
    queue: deque[tuple[str, Mapping[str, Any], int]] = deque([("", item, 0)])
    while queue:
        prefix, mapping, depth = queue.popleft()
        for key, value in mapping.items():
            name = clean(f"{prefix}{key}")
            if isinstance(value, Mapping):
                inner = "" if depth == 0 and key in ("properties", "fields", "attributes") else f"{name}."
                if key == "attributes" and "type" in value:
                    if reference := text_of(value.get("referenceId")):
                        out.setdefault("Id", reference)
                elif depth < 3 and len(out) < 1000:
                    queue.append((inner, value, depth + 1))
                continue
            cell = _cell(value)
            if cell:
                out.setdefault(name, cell[1:] if re.fullmatch(r"@\w+Ref\w*|@\w*Ref", cell) else cell)
    return out


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        parts = [
            text_of(each) or (first_text(each, "name", "email", "id") if isinstance(each, Mapping) else None)
            for each in value[:200]
        ]
        return "; ".join(part for part in parts if part)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return text_of(value) or ""


class _TableOfRecords:
    """JSON records read like the lines of a table: what all of them hold decides each column's rule."""

    def __init__(
        self,
        records: Callable[[], Iterable[tuple[int, Mapping[str, Any]]]],
        name: str,
        kind: RecordKind | None,
        column_map: ColumnMap,
        hints: Hints,
    ) -> None:
        self._records = records
        self._name = name
        self._map = column_map
        self._hints = hints
        self._headers: dict[str, int] = {}
        samples: list[dict[str, str]] = []
        for _, item in records():
            cells = flat(item)
            for header in cells:
                if len(self._headers) < 500:
                    self._headers.setdefault(header, len(self._headers))
            if len(samples) < 40:
                samples.append(cells)
        headers = list(self._headers)
        grid = [tuple(sample.get(header, "") for header in headers) for sample in samples]
        self.guess: TableGuess = apply_map(recognise(headers, grid, name, column_map.kind or kind), column_map)
        self.columns: list[Column] = columns_for(self.guess, labels_of(headers), column_map)
        for _, item in records():
            for header, cell in flat(item).items():
                if header in self._headers:
                    self.columns[self._headers[header]].observe(cell)
        settle(self.columns, hints, column_map, ".")

    def read(self, file: str) -> Iterator[Record | Reject]:
        if self.guess.kind is None:
            yield Reject(Origin(file, 0), NOT_KNOWN)
            return
        maker = RowMaker(self.guess.kind, self.columns, self._hints, self._map.currency)
        for line, item in self._records():
            cells = flat(item)
            made = maker.make(
                [cells.get(header, "") for header in self._headers], Origin(file, line), clean(str(cells))[:2000]
            )
            if made is not None:
                yield made
        yield from maker.rest()


def tables_in(document: Any, name: str) -> list[_Group]:
    """The lists of records in a document, by kind: a bare list, a page of an API, `{"accounts": [...], "deals": [...]}`, an sObject tree."""
    groups: dict[str, _Group] = {}
    place = 0

    def add(
        item: Mapping[str, Any], kind: RecordKind | None, group: str, parent: tuple[str, str] | None, depth: int
    ) -> None:
        nonlocal place
        place += 1
        number = place
        if sobject := type_of(item):
            kind, group = kind_of(sobject), sobject
        own: dict[str, Any] = dict(item)
        if parent is not None:
            own.setdefault(*parent)
        reference = reference_of(item)
        for key, value in item.items():
            if isinstance(value, Mapping) and isinstance(value.get("records"), list) and depth < 5:
                own.pop(key)
                link = (_PARENTS[kind], reference or text_of(item.get("Id")) or "") if kind in _PARENTS else None
                for child in value["records"]:
                    if isinstance(child, Mapping):
                        add(child, None, key, link if link and link[1] else None, depth + 1)
        groups.setdefault(group, _Group(group, kind, sobject=bool(sobject))).items.append((number, own))

    for group, kind, items in _lists(document, name):
        for item in items:
            if isinstance(item, Mapping):
                add(item, kind, group, None, 0)
            else:
                place += 1
    return list(groups.values())


def _lists(document: Any, name: str) -> Iterator[tuple[str, RecordKind | None, list[Any]]]:
    if isinstance(document, list):
        yield name, None, document
        return
    if not isinstance(document, Mapping):
        return
    for key, value in document.items():
        if isinstance(value, Mapping) and key == "data":
            yield from _lists(value, name)
        if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
            if key in _PAGES:
                yield name, None, value
                continue
            words = set(normal(str(key)).split())
            kind = next((kind for kind, names in FILE_WORDS.items() if words & set(names)), None)
            if kind is not None:
                yield str(key), kind, value


def _calls_in(document: Any) -> list[Any] | None:
    """The calls of a document: one call, a list of calls, or a list under a telling key; None where it holds none."""
    if isinstance(document, Mapping):
        data = document.get("data")
        if isinstance(data, Mapping) and (inner := _calls_in(data)) is not None:
            return inner
        if (
            isinstance(inner_call := document.get("transcript"), Mapping)
            and is_call(inner_call)
            and not is_call({**document, "transcript": None})
        ):
            return [{**{k: v for k, v in document.items() if k != "transcript"}, **inner_call}]
        if is_call(document):
            return [document]
        for key in (*_CALL_LISTS, *_PAGES):
            value = document.get(key)
            if isinstance(value, list) and any(is_call(item) for item in value[:20]):
                return value
        return None
    if isinstance(document, list) and any(is_call(item) for item in document[:20]):
        return document
    return None


def read_document(source: Source, column_map: ColumnMap, hints: Hints) -> Iterator[Record | Reject]:
    """Everything in a JSON file. A file that is no single document is read line by line."""
    if is_lines(source):
        first = next((value for _, value, _ in _objects(source) if not isinstance(value, str)), None)
        if first is not None and _is_turn(first):
            yield from _read_loose_turns(source, [value for _, value, _ in _objects(source)], hints)
            return
        yield from _read_lines(source, column_map, hints)
        return
    try:
        document = parse(whole(source))
    except ValueError as error:
        yield Reject(Origin(source.name, getattr(error, "lineno", 0)), f"This file is not valid JSON: {_why(error)}.")
        return
    yield from _read_parsed(document, source, column_map, hints)


def _why(error: ValueError) -> str:
    place = (
        f", line {error.lineno}, column {error.colno}" if hasattr(error, "lineno") and hasattr(error, "colno") else ""
    )
    return f"{getattr(error, 'msg', None) or 'a number or a nesting beyond reason'}{place}"


def _read_parsed(document: Any, source: Source, column_map: ColumnMap, hints: Hints) -> Iterator[Record | Reject]:
    file = source.name
    if is_gong(document):
        yield from read_gong(document, file, hints)
        return
    if (calls := _calls_in(document)) is not None:
        for place, item in enumerate(calls, start=1):
            origin = Origin(file, place if len(calls) > 1 else 1)
            yield (
                read_call(item, origin, hints)
                if isinstance(item, Mapping)
                else Reject(origin, "This entry is no call.", clean(str(item))[:2000])
            )
        return
    if isinstance(document, list) and any(
        isinstance(item, Mapping) and "sobject" in item and "files" in item for item in document[:5]
    ):
        yield Reject(
            Origin(file, 0), "This is an import plan: it only names the files that hold the records. Import those."
        )
        return
    if isinstance(document, list) and document and all(_is_turn(item) for item in document[:5]):
        yield from _read_loose_turns(source, document, hints)
        return
    if names := names_beside(source, document):
        document = {
            **document,
            "records": [
                {k: names.get(v, v) if isinstance(v, str) else v for k, v in item.items()}
                for item in records_of(document)
            ],
        }
    groups = tables_in(document, source.stem)
    if not groups and isinstance(document, Mapping) and recognise(list(flat(document)), (), source.stem).kind:
        groups = [_Group(source.stem, None, [(1, document)])]
    if not groups:
        yield Reject(Origin(file, 0), "This JSON holds neither calls nor a list of records.")
    for group in sorted(groups, key=_by_kind):
        items = group.items
        if group.sobject and group.kind is None:
            yield Reject(
                Origin(file, items[0][0]),
                f"The spine has no place for Salesforce records of the type {group.name}: its {len(items)} records are left out.",
            )
            continue
        name = f"{source.stem} {group.name}" if group.name != source.stem else source.stem
        yield from _TableOfRecords(lambda items=items: items, name, group.kind, column_map, hints).read(file)  # type: ignore[misc]


def _by_kind(group: _Group) -> int:
    order = list(RecordKind)
    return order.index(group.kind) if group.kind else len(order)


def _is_turn(item: Any) -> bool:
    return (
        isinstance(item, Mapping)
        and bool({"text", "sentence"} & set(item))
        and bool({"speaker", "speaker_name", "speakerName", "speaker_id", "speakerId"} & set(item))
    )


def _read_loose_turns(source: Source, turns: list[Any], hints: Hints) -> Iterator[Record | Reject]:
    """A bare list of turns, as Fireflies downloads are: one call, called after its file."""
    yield read_call({"id": clean(source.stem), "turns": turns}, Origin(source.name, 1), hints)


def is_lines(source: Source) -> bool:
    """Whether a JSON text holds one value a line rather than one document."""
    filled = [line for line in head_lines(source, 50) if line.strip()]
    if len(filled) < 2:
        return source.suffix in ("jsonl", "ndjson")
    good = sum(1 for line in filled if _whole_object(line))
    return good >= 1 and (good >= 0.3 * len(filled) or source.suffix in ("jsonl", "ndjson"))


def _whole_object(line: str) -> bool:
    bare = line.strip()
    if not (bare.startswith("{") and bare.endswith("}")):
        return False
    try:
        return isinstance(parse(bare), Mapping)
    except ValueError:
        return False


def _objects(source: Source) -> Iterator[tuple[int, Mapping[str, Any] | str, str]]:
    """(line, object or the reason why there is none, text) for each non-blank line."""
    for number, line in enumerate(lines(source), start=1):
        if not line.strip():
            continue
        try:
            value = parse(clean(line))
        except ValueError as error:
            yield number, f"This line is not valid JSON: {_why(error).split(',')[0]}.", line
            continue
        yield number, value if isinstance(value, Mapping) else "This line is no JSON object.", line


def _read_lines(source: Source, column_map: ColumnMap, hints: Hints) -> Iterator[Record | Reject]:
    """JSON lines: calls one by one; other records together as a table, read again from the file rather than kept."""
    others = False
    for number, value, line in _objects(source):
        origin = Origin(source.name, number)
        if isinstance(value, str):
            yield Reject(origin, value, clean(line[:2000]))
        elif is_gong(value):
            yield from read_gong(value, source.name, hints)
        elif (calls := _calls_in(value)) is not None:
            yield from (read_call(call, origin, hints) for call in calls if isinstance(call, Mapping))
        elif "turns" in value:
            yield Reject(origin, "This call has no list of turns that can be read.", clean(line[:2000]))
        else:
            others = True
    if others:

        def records() -> Iterator[tuple[int, Mapping[str, Any]]]:
            for number, value, _ in _objects(source):
                if (
                    not isinstance(value, str)
                    and _calls_in(value) is None
                    and not is_gong(value)
                    and "turns" not in value
                ):
                    yield number, value

        yield from _TableOfRecords(records, source.stem, None, column_map, hints).read(source.name)
