"""Questions about targets: how far somebody is from one, who is above or below it, attainment by person or team. From pieces to a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from agents.structured.assembly import Asker
from agents.structured.lexer import Token
from agents.structured.pieces import Piece
from agents.structured.plan import Having, Measure, Order, Plan, Predicate
from agents.structured.settle import settle_words_and_values
from agents.structured.span import Span
from agents.structured.trouble import Trouble, ask_back, not_found
from agents.structured.vocabulary import ValueRef, Vocabulary
from agents.structured.windows import WindowReader
from sales.fiscal import Quarter

_PLAIN = frozenset(
    "how am are is was were do does did have has been be where will would can get getting far away close much left remaining remain remains still go need needs short gap off distance stand stands standing stack track progress toward towards tracking doing perform "
    "performing performed performance so pace attain attained percentage percent % against versus vs actual actuals number numbers closed hitting compare compared comparison "
    "difference between and his her their its they it she he everyone everybody each per by across on status team teams sales total".split()
)
_ABOVE = frozenset(
    "above over exceeded exceeding exceed exceeds beat beats beaten beating past ahead crushed surpassed surpass overachieved overachieving outperformed".split()
)
_REACHED = frozenset(
    "hit hits met meet meets made make makes reached reach reaches achieved achieve achieves attained making meeting reaching".split()
)
_BELOW = frozenset("below under behind missed miss misses missing short underperforming underperformed".split())
_PEOPLE = frozenset("user manager".split())
_SHORT = 8


def about_targets(pieces: Sequence[Piece], words: Vocabulary) -> bool:
    """Whether a question speaks of targets or quotas as such, and not of a column of the data that is called so."""
    for piece in pieces:
        said = piece.says("noun", "target") or piece.says("measure", "attainment")
        if said and not piece.values and not any(".custom:" in key for key in piece.fields):
            return True
    return False


@dataclass
class TargetReader:
    """Reads one such question. `asker` is whom `my` means."""

    text: str
    tokens: Sequence[Token]
    pieces: list[Piece]
    words: Vocabulary
    windows: WindowReader
    today: date
    asker: Asker
    notes: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    people: dict[str, str] = field(default_factory=dict)
    teams: dict[str, str] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)
    bound: tuple[str, Decimal] | None = None
    number: Decimal | None = None
    order: Order | None = None
    limit: int | None = None
    negated: bool = False
    left: list[Piece] = field(default_factory=list)

    def plan(self) -> Plan:
        """Return the plan. Raises Trouble for words that it can't use, and where there is no target at all."""
        if not self.words.has("target.amount"):
            raise Trouble(
                not_found(
                    "No targets or quotas are on file here; import them to hold won deals against them.",
                    words=("target",),
                )
            )
        self._read_all()
        names = [piece for piece in self.left if piece.capital and not piece.known]
        told = ", ".join(f"“{piece.text}”" for piece in names or self.left)
        words = tuple(piece.text for piece in names or self.left)
        if names:
            raise Trouble(not_found(f"I found nothing called {told} among what you can see.", words=words))
        if self.left:
            unread = f"I don't know what to make of {told} in a question about targets. Can you say it another way?"
            raise Trouble(ask_back(unread, (), words=words))
        return Plan(
            subject="target", shape="list", measures=(Measure(aggregate="attainment"),), where=(self._when(), *self._who()), having=self._having(),
            order=self.order or (Order(measure=0) if self.bound is not None else None), limit=self.limit, defaults=tuple(dict.fromkeys(self.notes)),
        )  # fmt: skip

    def refined(self, previous: Plan) -> Plan | None:
        """Return the plan before changed by a short follow-up ("and last quarter?", "the West?"); None where this is none."""
        if len(self.tokens) > _SHORT:
            return None
        self._read_all()
        named = self.teams or self.people or self.kinds
        if self.left or not (self.spans or named or self.bound is not None):
            return None
        when = self._when() if self.spans else previous.where[0]
        who = tuple(self._who()) if named else previous.where[1:]
        having = self._having() if self.bound is not None else () if named else previous.having
        notes = self.notes if self.spans else [*previous.defaults, *self.notes]
        changes = {"where": (when, *who), "having": having, "defaults": tuple(dict.fromkeys(notes))}
        return previous.model_copy(update=changes)

    def _read_all(self) -> None:
        settle_words_and_values(self.pieces, self.tokens)
        for at, piece in enumerate(self.pieces):
            self._read(at, piece)

    def _when(self) -> Predicate:
        quarters = self._quarters()
        values = tuple(f"{one.year}{one.number}" for one in quarters)
        return Predicate(field="target.quarter", op="is", values=values, shown=tuple(str(one) for one in quarters))

    def _read(self, at: int, piece: Piece) -> None:
        if (
            piece.says("noun", "target")
            or piece.says("measure", "attainment", "revenue")
            or piece.fields == ("target.amount",)
        ):
            return
        if piece.span is not None:
            self.spans.append(piece.span)
        elif piece.number is not None and piece.number.unit is None and piece.number.currency is None:
            self._number(at, piece)
        elif piece.values:
            self._value(at, piece)
        elif not self._word(at, piece):
            self.left.append(piece)

    def _number(self, at: int, piece: Piece) -> None:
        before = self.pieces[at - 1] if at else None
        assert piece.number is not None
        if before is not None and before.sense("super", "rank"):
            self.limit = int(piece.number.value)
        elif piece.number.percent or "percent" in self.text.lower() or "%" in self.text:
            self.number = piece.number.value
            if piece.number.plus:
                self.bound = ("ge", piece.number.value)
        else:
            self.left.append(piece)

    def _word(self, at: int, piece: Piece) -> bool:
        words = piece.norm.split()
        if piece.sense("neg"):
            self.negated = True
            return True
        if (comparison := piece.sense("cmp")) is not None and comparison.value in ("gt", "ge", "lt", "le"):
            self._hold(comparison.value)
            return True
        for group, op in ((_ABOVE, "gt"), (_REACHED, "ge"), (_BELOW, "lt")):
            if any(word in group for word in words):
                self._hold(op)
                return True
        if (sup := piece.sense("super", "rank")) is not None:
            falling = sup.value in ("desc", "best", "top")
            self.order = Order(measure=0, descending=falling)
            plural = at + 1 < len(self.pieces) and self.pieces[-1].norm.endswith("s")
            self.limit = self.limit if self.limit is not None or plural else 1
            return sup.value in ("desc", "asc", "best", "worst", "top", "bottom")
        return self._who_word(at, piece, words)

    def _who_word(self, at: int, piece: Piece, words: list[str]) -> bool:
        noun = piece.sense("noun")
        if piece.sense("me"):
            self._mine(at)
        elif noun is not None and noun.value in _PEOPLE:
            self.kinds.add("person")
        elif piece.sense("team"):
            previous = self.pieces[at - 1] if at else None
            owned = previous is not None and (previous.values or previous.sense("me") or previous.norm in ("our", "my"))
            if not owned:
                self.kinds.add("team")
        elif piece.norm in ("who", "whos") and at < 2:
            self.kinds.add("person")
        else:
            usable = piece.noise or piece.sense(
                "count",
                "list",
                "by",
                "howmuch",
                "compare",
                "change",
                "noise",
                "now",
                "pronoun",
                "filler",
                "agg",
                "share",
                "else",
                "sort",
                "asc",
                "desc",
                "times",
            )
            return (
                bool(usable)
                or piece.says("status", "won", "closed")
                or piece.says("verb", "won", "close")
                or all(word in _PLAIN for word in words)
            )
        return True

    def _hold(self, op: str) -> None:
        if self.bound is None or op in ("ge", "le"):
            self.bound = (op, Decimal(100))

    def _mine(self, at: int) -> None:
        if self.asker.user_id is None:
            raise Trouble(ask_back("Whose? I don't know which colleague “my” means here; ask with the name.", ()))
        team = at + 1 < len(self.pieces) and self.pieces[at + 1].sense("team")
        if team and self.asker.team:
            self.teams[self.asker.team] = self.asker.team
        elif not team:
            person = self.words.people.get(self.asker.user_id)
            self.people[self.asker.user_id] = person.name if person else "you"
        else:
            raise Trouble(ask_back("I don't know which team is yours; ask with its name.", ()))

    def _value(self, at: int, piece: Piece) -> None:
        teams = [ref for ref in piece.values if ref.field == "owner.team"] or [
            ref for ref in piece.values if ref.field in ("target.team", "owner.region")
        ]
        people = [ref for ref in piece.values if ref.field == "owner.name"]
        onward = self.pieces[at + 1] if at + 1 < len(self.pieces) else None
        if teams:
            self.teams[teams[0].values[0]] = teams[0].shown
        elif people and len({ref.values for ref in people}) > 1:
            names = tuple(sorted({ref.shown for ref in people}))
            raise Trouble(
                ask_back(
                    f"Which “{piece.text}” do you mean?",
                    tuple((name, self.text.replace(piece.text, name, 1)) for name in names),
                )
            )
        elif people and onward is not None and onward.sense("team"):
            self._team_of(people[0])
        elif people:
            self.people[people[0].values[0]] = people[0].shown
        else:
            self.left.append(piece)
            return
        self._tell_typo(piece, [*teams, *people])

    def _team_of(self, ref: ValueRef) -> None:
        person = self.words.people.get(ref.values[0])
        reports = {one.team for one in self.words.people.values() if one.manager_id == ref.values[0] and one.team}
        team = next(iter(reports)) if len(reports) == 1 else person.team if person is not None else None
        if team is None:
            raise Trouble(ask_back(f"I don't know which team {ref.shown} leads; ask with the team's name.", ()))
        self.notes.append(f"{ref.shown}'s team: {team}")
        self.teams[team] = team

    def _tell_typo(self, piece: Piece, refs: Sequence[ValueRef]) -> None:
        if refs and refs[0].typo:
            self.notes.append(f"“{piece.text}” is read as {refs[0].shown}")

    def _who(self) -> list[Predicate]:
        made = []
        if self.teams:
            made.append(
                Predicate(field="target.team", op="is", values=tuple(self.teams), shown=tuple(self.teams.values()))
            )
        if self.people:
            made.append(
                Predicate(field="target.person", op="is", values=tuple(self.people), shown=tuple(self.people.values()))
            )
        if made:
            return made
        kinds = self.kinds or ({"person"} if self.bound is not None or self.order is not None else set())
        return [Predicate(field=f"target.{kind}", op="known") for kind in sorted(kinds)]

    def _having(self) -> tuple[Having, ...]:
        named = bool(self.teams or self.people)
        if self.bound is None:
            if self.number is not None:
                raise Trouble(ask_back("Above or below that share of the target?", ()))
            return ()
        if named:
            # "is the East above its target": the standing itself is the answer.
            return ()
        op, bound = self.bound[0], self.number if self.number is not None else self.bound[1]
        if self.negated:
            op = {"gt": "le", "ge": "lt", "lt": "ge", "le": "gt"}[op]
        return (Having(measure=0, op=op, value=str(bound)),)

    def _quarters(self) -> list[Quarter]:
        calendar = self.windows.calendar
        if not self.spans:
            self.notes.append("the current quarter, as none was said")
            return [calendar.quarter_of(self.today)]
        if len(self.spans) > 1:
            raise Trouble(
                ask_back("I hold won deals against the targets of one period at a time; ask for each by itself.", ())
            )
        span = self.spans[0]
        if span.bare in ("quarter", "half"):
            year = calendar.year_of(self.today)
            span = self.windows.resolve(span, year)
            self.notes.append(f"of {span.label}, as no year was said")
        if span.first is None or span.until is None:
            raise Trouble(ask_back("Targets are on file by quarter; of which quarter or year?", ()))
        first, last = calendar.quarter_of(span.first), calendar.quarter_of(date.fromordinal(span.until.toordinal() - 1))
        ends = calendar.quarter(last).until
        to_date = span.until > self.today and span.until <= ends
        if calendar.quarter(first).first != span.first or (ends != span.until and not to_date):
            raise Trouble(
                ask_back(
                    "Targets are on file by fiscal quarter, so I can't cut them to these days; ask for a quarter or a year.",
                    (),
                )
            )
        quarters = [first]
        while quarters[-1] != last:
            quarters.append(quarters[-1].shift(1))
        return quarters
