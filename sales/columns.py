"""Recognising a table by its headers: which kind of record it holds, and which field each column means.

Headers meet the synonyms of `sales.synonyms` in a folded form; a sample of values can veto a claim (a `size` of `Large`
is no number of employees). The kind whose fields claim the most telling columns wins; a table that no kind claims well
enough has no kind, and nothing is invented for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from sales.amounts import currency_code, is_empty, parse_amount
from sales.dates import DateRule, parse_date
from sales.fields import FIELDS, FieldType
from sales.names import fold, word_set
from sales.records import RecordKind
from sales.synonyms import FILE_WORDS, NEEDED, NOUNS, SYNONYMS, WEIGHTS

_GENERIC = word_set(
    "id name value total price revenue date time type status state owner user user id title description class size category number amount usd key "
    "code note notes comment comments summary details subject created region cost rate group item source at on start end project topic no nr"
) | {"user id"}
REFERENCES = frozenset({"account", "deal", "owner", "contact", "manager", "company", "parent"})
"""Fields that name another record: a second column for the same one (an id beside a name) fills its blanks."""

_FLAGS = frozenset({"is_won", "is_lost", "is_closed"})
_TRUE = word_set("true yes y 1 active enabled ja oui si sí wahr vrai aktiv x on t")
_FALSE = word_set("false no n 0 inactive disabled nein non falsch faux inaktiv off f deactivated")
_ZONES = word_set("utc gmt est edt cst cdt mst mdt pst pdt cet cest bst")
_ENOUGH = 3.5
_FILE_BONUS = 3.0
_NOUN_BONUS = 1.5
_ONE_A_LINE = frozenset({RecordKind.ACCOUNT, RecordKind.CONTACT, RecordKind.PRODUCT, RecordKind.TERRITORY})
"""Kinds whose tables have one line each: a list of orders names customers and products many times, and is neither's table."""


@dataclass(frozen=True)
class ColumnGuess:
    """One column: its header as found, the field that it means (None: kept under its header), the currency its header names."""

    header: str
    field: str | None = None
    quality: float = 0.0
    currency: str | None = None
    spare: bool = False


@dataclass(frozen=True)
class TableGuess:
    """What a table holds, how sure that is (a sum of weights; 3.5 is the least accepted), and its columns in order."""

    kind: RecordKind | None
    columns: tuple[ColumnGuess, ...]
    score: float = 0.0
    scores: Mapping[RecordKind, float] = field(default_factory=dict)

    def has(self, key: str) -> bool:
        """Whether a column means this field."""
        return any(column.field == key for column in self.columns)


@lru_cache(maxsize=4096)
def normal(header: str) -> str:
    """A header in the form in which synonyms are listed: `StageName`, `stage_name` and `Stage Name ` are `stage name`."""
    text = re.sub(r"__(c|r)\b", "", header.strip(), flags=re.IGNORECASE)
    text = re.sub(r"([a-zà-ÿ0-9])([A-Z])", r"\1 \2", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", text)
    text = re.sub(r"[(\[{][^)\]}]*[)\]}]", lambda m: " " + m.group()[1:-1] + " ", text)
    words = re.findall(r"[^\W_]+", fold(re.sub(r"['’]", " ", text)))
    while len(words) > 1 and (
        words[-1] in ("in", "c") or words[-1] in _ZONES or (currency_code(words[-1]) and words[-1] != "rs")
    ):
        words.pop()
    return " ".join(words)


def header_currency(header: str) -> str | None:
    """The currency that a header names: `Amount (EUR)`, `amount_usd`, `Betrag in €`."""
    for word in re.findall(r"[€£¥₹$]|(?<![A-Za-z])[A-Za-z]{3}(?![A-Za-z])", header):
        if len(header.strip()) > 3 and (code := currency_code(word)):
            return code
    return None


def header_zone(header: str) -> str | None:
    """The time zone that a header names for its times: `Create Date (EST)`."""
    found = re.search(r"\(([A-Za-z]{3,4})\)\s*$", header)
    return found[1].upper() if found and found[1].casefold() in _ZONES else None


@lru_cache(maxsize=1)
def _lookup() -> dict[RecordKind, dict[str, list[tuple[str, float]]]]:
    """kind → normal header → the fields it can mean with the rank of the synonym (earlier listed is better)."""
    table: dict[RecordKind, dict[str, list[tuple[str, float]]]] = {}
    for kind, fields in SYNONYMS.items():
        words = table.setdefault(kind, {})
        for key, synonyms in fields.items():
            for place, synonym in enumerate((key.replace("_", " "), *synonyms)):
                entry = words.setdefault(synonym, [])
                if key not in (known for known, _ in entry):
                    entry.append((key, place / 1000))
    return table


def _without_noun(kind: RecordKind, words: str) -> str | None:
    bare = words
    for _ in range(2):  # Pipedrive writes "Deal - Deal created"
        bare = next((bare[len(noun) + 1 :] for noun in NOUNS[kind] if bare.startswith(noun + " ")), bare)
    return bare if bare != words else None


def _candidates(kind: RecordKind, header: str) -> list[tuple[str, float, bool]]:
    """(field, quality, whether the kind's noun stood in the header), best first."""
    words = normal(header)
    known = _lookup()[kind]
    bare = _without_noun(kind, words)
    found = [(key, (0.5 if words in _GENERIC else 1.0) - rank, bare is not None) for key, rank in known.get(words, ())]
    if bare is not None:
        found += [(key, 0.95 - rank, True) for key, rank in known.get(bare, ()) if key not in {k for k, _, _ in found}]
    if (
        not found
        and (short := re.sub(r"^(total|my|the|crm|sf|sfdc|hs|hubspot|salesforce) | (name|value)$", "", words)) != words
    ):
        found = [(key, 0.7 - rank, False) for key, rank in known.get(short, ())]
    return sorted(found, key=lambda item: -item[1])


def boolean(text: str) -> bool | None:
    """A cell as yes or no in the usual words, or None."""
    word = text.strip().casefold()
    return True if word in _TRUE else False if word in _FALSE else None


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    from babel import Locale  # babel is slow to import and seldom needed

    names = {fold(str(name)) for tag in ("en", "de", "fr", "es") for name in Locale(tag).territories.values()}
    codes = {fold(str(code)) for code in Locale("en").territories if len(str(code)) == 2}
    return frozenset(
        names
        | codes
        | {"usa", "u.s.", "u.s.a.", "uk", "u.k.", "uae", "korea", "russia", "england", "scotland", "great britain"}
    )


def fits(type_: FieldType | str, values: Sequence[str]) -> bool:
    """Whether at least six in ten of the non-empty values can be read as the type; True where there are none to judge by."""
    filled = [value for value in values if not is_empty(value)]
    if not filled or type_ in ("text", "list"):
        return True
    if type_ in ("date", "datetime"):
        good = sum(
            1 for v in filled if parse_date(v, DateRule(numbers=True)) or parse_date(v, DateRule("DMY", numbers=True))
        )
    elif type_ == "bool":
        good = sum(boolean(v) is not None for v in filled)
    elif type_ == "email":
        good = sum("@" in v for v in filled)
    elif type_ == "country":
        good = sum(fold(v.strip()) in _countries() for v in filled)
    else:
        good = sum(parse_amount(v) is not None for v in filled)
    return good >= 0.6 * len(filled)


def _type_of(kind: RecordKind, key: str, header: str) -> str:
    if key in _FLAGS:
        return "bool"
    if key == "country" and not re.search(r"country|land|pays|pais|nation", normal(header)):
        return "country"
    return next(f.type for f in FIELDS[kind] if f.key == key)


def assign(
    kind: RecordKind, headers: Sequence[str], samples: Sequence[Sequence[str]]
) -> tuple[tuple[ColumnGuess, ...], float]:
    """Give each column the best field of one kind; returns the columns in order and how much they speak for the kind."""
    columns = [ColumnGuess(header) for header in headers]
    claims: list[tuple[float, int, str, bool]] = []
    for place, header in enumerate(headers):
        for key, quality, noun in _candidates(kind, header):
            claims.append(
                (
                    quality - (0.05 if normal(header).endswith((" id", " ids")) and key in REFERENCES else 0),
                    place,
                    key,
                    noun,
                )
            )
    taken: set[str] = set()
    score = 0.0
    for quality, place, key, noun in sorted(claims, key=lambda c: (-c[0], c[1])):
        if columns[place].field is not None or (key in taken and key not in REFERENCES):
            continue
        values = [row[place] for row in samples if place < len(row)]
        if not fits(_type_of(kind, key, headers[place]), values):
            continue
        spare = key in taken
        columns[place] = ColumnGuess(headers[place], key, quality, header_currency(headers[place]), spare)
        if not spare:
            score += WEIGHTS[kind].get(key, 0.4) * quality
        taken.add(key)
        score += _NOUN_BONUS if noun and kind is not RecordKind.ACTIVITY else 0.0
    return tuple(columns), score


def complete(kind: RecordKind, columns: Sequence[ColumnGuess]) -> bool:
    """Whether the columns hold what a record of the kind is worth nothing without."""
    have = {column.field for column in columns}
    return all(any(key in have for key in group) for group in NEEDED[kind])


def _repeats(
    columns: Sequence[ColumnGuess], samples: Sequence[Sequence[str]], keys: tuple[str, ...] = ("external_id",)
) -> bool:
    """Whether the first of these fields that the table has comes again and again, as it does in lines about something else."""
    place = next((i for key in keys for i, column in enumerate(columns) if column.field == key), None)
    values = [] if place is None else [row[place] for row in samples if place < len(row) and row[place].strip()]
    return len(values) > 3 and len(set(values)) < 0.7 * len(values)


def recognise(
    headers: Sequence[str], samples: Sequence[Sequence[str]] = (), file_name: str = "", kind: RecordKind | None = None
) -> TableGuess:
    """Decide what a table holds from its headers, a sample of rows (as text) and the file's name; `kind` fixes the kind."""
    if kind is not None:
        columns, score = assign(kind, headers, samples)
        return TableGuess(kind, columns, score, {kind: score})
    words = set(normal(re.sub(r"\.\w{1,5}$", "", file_name.rsplit("/", 1)[-1])).split())
    found: dict[RecordKind, tuple[tuple[ColumnGuess, ...], float]] = {}
    for each in RecordKind:
        columns, score = assign(each, headers, samples)
        if not complete(each, columns):
            continue
        found[each] = columns, score + (_FILE_BONUS if words & set(FILE_WORDS[each]) else 0.0)
    if RecordKind.DEAL in found and RecordKind.CHANGE in found and _repeats(found[RecordKind.DEAL][0], samples):
        found.pop(RecordKind.DEAL)
    for each in _ONE_A_LINE & set(found):
        if _repeats(found[each][0], samples, ("email", "name") if each is not RecordKind.ACCOUNT else ("name",)):
            found.pop(each)
    scores = {each: round(score, 2) for each, (_, score) in found.items()}
    best = max(found, key=lambda each: found[each][1], default=None)
    if best is None or found[best][1] < _ENOUGH:
        return TableGuess(None, tuple(ColumnGuess(header) for header in headers), 0.0, scores)
    return TableGuess(best, found[best][0], found[best][1], scores)
