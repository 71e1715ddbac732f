"""The ways in which the words of a question can group: by which fields, and by which date where a grain of time is named."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from agents.structured.catalog import EXPLICIT, FIELDS, Subject
from agents.structured.plan import GroupKey
from agents.structured.question_subject import ITEMS, NAME_FIELD, SubjectFinder
from agents.structured.trouble import Trouble, not_found

if TYPE_CHECKING:
    pass

DEAL_MEASURES = ("revenue", "pipeline", "win_rate", "loss_rate", "ratio", "cycle", "size", "attainment")
_NATURAL: dict[str, Subject] = {
    "account": "account",
    "owner": "user",
    "product": "product",
    "deal": "deal",
    "lead": "lead",
    "contact": "contact",
}
_AGGREGATES = {"sum": "sum", "average": "average", "median": "median", "min": "min", "max": "max"}
_FALLING = ("desc", "best", "common", "newest", "longest")


@dataclass(frozen=True)
class Grouping:
    """One way to group: its keys, and the words that tell it apart."""

    keys: tuple[GroupKey, ...]
    words: str = ""
    edits: tuple[tuple[int, int, str], ...] = ()


class GroupingMaker(SubjectFinder):
    """Finds the groupings of a draft."""

    def groupings(self, subject: Subject) -> list[Grouping]:
        """Return the ways to group that the words allow; one empty way where nothing is grouped."""
        draft = self.draft
        wanted: list[tuple[tuple[str, ...], str | None, str, int]] = []
        if draft.focus == "dimension" and not self.looks_up():
            wanted.append((draft.focus_fields, draft.focus_grain, "", draft.focus_at))
        elif draft.focus in ITEMS and subject == "deal":
            wanted.append(((NAME_FIELD[draft.focus],), None, "", -1))
        wanted += [(group.fields, group.grain, group.text, group.at) for group in draft.groups]
        if draft.compare_at is not None and len({use.value for use in draft.statuses}) > 1 and subject == "deal":
            wanted.append((("deal.status",), None, "", -1))
        options = [self._options(subject, *one[:3]) for one in wanted]
        made = []
        for keys in product(*options):
            unique = tuple(dict.fromkeys(keys))[:3]
            chosen = [(key, one) for key, one, many in zip(keys, wanted, options, strict=True) if len(many) > 1]
            words = ", ".join(f"by {self._said(key)}" for key, _ in chosen)
            edits = tuple(
                (draft.pieces[one[3]].start, draft.pieces[one[3]].end, self._said(key))
                for key, one in chosen
                if one[3] >= 0
            )
            made.append(Grouping(unique, words, edits))
        return made

    def _said(self, key: GroupKey) -> str:
        """Return words that mean this grouping and no other."""
        if key.grain != "value":
            verb = {"deal.created": "created", "deal.closed": "closed", "deal.close_date": "close"}.get(key.field, "")
            return f"{key.grain} {verb}".strip()
        return EXPLICIT.get(key.field, self.maker.label(key.field).lower())

    def _options(self, subject: Subject, fields: tuple[str, ...], grain: str | None, text: str) -> list[GroupKey]:
        if grain is not None:
            return [GroupKey(field=key, grain=grain) for key in self._date_fields(subject)]
        usable = [key for key in fields if self.reachable(subject, key)]
        filled = self.filled(tuple(usable)) or [key for key in usable if ".custom:" in key]
        if not filled and "owner.region" in fields and self.words.has("owner.team"):
            filled = ["owner.team"]
        if not filled:
            name = text or (self.maker.label(fields[0]).lower() if fields else "that")
            raise Trouble(
                not_found(f"No record here has a value for {name}, so nothing can be grouped by it.", words=(name,))
            )
        custom = [key for key in filled if ".custom:" in key]
        if subject in ITEMS or subject in ("lead", "contact"):
            own = [key for key in filled if key.partition(".")[0] == {"user": "owner"}.get(subject, subject)]
            filled = own or filled
        keys = custom or filled
        return [
            GroupKey(field=key, grain="month" if key in FIELDS and FIELDS[key].type == "date" else "value")
            for key in keys
        ]

    def reachable(self, subject: Subject, key: str) -> bool:
        """Whether records of the subject lead to a field."""
        entity = key.partition(".")[0]
        if subject == "deal":
            return entity in ("deal", "account", "owner", "product")
        if subject == "user":
            return entity == "owner"
        if subject == "account":
            return entity in ("account", "owner")
        if subject == "product":
            return entity == "product"
        return entity in (subject, "account", "owner")

    def _date_fields(self, subject: Subject) -> list[str]:
        from agents.structured.filters import DATE_FIELD

        draft = self.draft
        if subject == "lead":
            return ["lead.created"]
        if subject == "activity":
            return ["activity.at"]
        if subject == "account":
            return ["account.created"]
        statuses = {use.value for use in draft.statuses if not use.negated}
        anchors = {use.anchor for use in draft.windows if use.anchor in DATE_FIELD}
        named = [name for _, name, _ in draft.anchors if name in DATE_FIELD]
        if len(anchors) == 1:
            return [DATE_FIELD[next(iter(anchors)) or ""]]
        if len(set(named)) == 1:
            return [DATE_FIELD[named[0]]]
        if any(
            name in ("revenue", "win_rate", "loss_rate", "ratio", "size", "cycle") for _, name in draft.measures
        ) or statuses & {"won", "lost", "closed"}:
            return ["deal.closed"]
        if draft.has_measure("pipeline"):
            return ["deal.close_date"]
        return ["deal.created", "deal.close_date"] if statuses == {"open"} else ["deal.created", "deal.closed"]
