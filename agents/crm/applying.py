"""One page's records on their way into the spine, by the same road as an import's rows: links, near-duplicates, unknown columns and refusals behave alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from agents.crm import letters
from agents.crm.gone import Gone, take_over
from agents.crm.identity import FORGOTTEN, Identities, links_of, own_id, resolve
from agents.intake import touches
from agents.intake.batch import Batch, Work, table_of
from agents.intake.identity import ACTIVITY_ID_LENGTH, fitted
from agents.intake.rows import Line
from agents.intake.run import write_lines
from agents.intake.touches import Touch
from agents.intake.writing import chunks
from infra.spine.crm import CrmLink, CrmWrite
from infra.spine.models import Account, Activity, Contact, Deal
from integrations.connectors.stream import Mapped, Ref, Remote, Stream, Unreadable
from sales.ownership import Ownership, is_own
from sales.records import MailMessage, Origin, RecordKind, Row, Transcript

_STRANGE = "This record is of another shape than the system's documentation tells."
_PENDING = ("planned", "sending", "conflict", "unknown")
_OWNED: Mapping[str, Any] = {"deal": Deal, "contact": Contact, "account": Account}


_FOLLOWS_STAGE = frozenset(("status", "stage_entered_at", "closed_at", "lost_at", "probability"))
"""What a system tells of a stage, and is as old as that."""


@dataclass
class Applied:
    """What became of records: read, applied (changed or as they stood), set aside as dead letters. `passages` left the index."""

    read: int = 0
    applied: int = 0
    set_aside: int = 0
    passages: list[int] = field(default_factory=list)


class _SyncBatch(Batch):
    """A batch whose refusals become dead letters instead of rows kept aside of a file."""

    def __init__(self, work: Work, session: Session) -> None:
        super().__init__(work, session, "sync")
        self.refused: dict[str, str] = {}

    def keep_aside(self, kind: str, origin: Origin, reason: str, raw: str = "") -> None:
        """Note why a record was refused, by its place."""
        self.refused.setdefault(origin.file, reason)


@dataclass
class _One:
    """A record under way: as it was told, mapped, and the id that it gets. `file` is its origin's, unique in its batch."""

    remote: Remote
    mapped: Mapped
    record_id: str
    file: str


class Applying:
    """Applies records of one system within one run. `identities` and `work` are the run's."""

    def __init__(self, work: Work, system: str, rules: Ownership, identities: Identities) -> None:
        self._work = work
        self._system = system
        self._rules = rules
        self._identities = identities

    def apply(self, session: Session, stream: Stream, remotes: Sequence[Remote], *, again: bool = False) -> Applied:
        """Bring records in, in the caller's transaction. What stands as it was last read is left alone, unless `again`."""
        latest = {one.id: one for one in remotes}
        done = Applied(read=len(latest))
        links = links_of(session, self._system, stream.remote, list(latest))
        gone = Gone(session, self._work, self._system)
        fresh: list[tuple[Remote, Mapped]] = []
        logged = self._our_logs(session, stream, links)
        # A record that another one took over may look deleted: what hangs on it is to follow, not to be cut off.
        merged = {identity for one in latest.values() for identity in one.merged}
        for one in latest.values():
            link = links.get(one.id)
            if (link is not None and link.merged_into == FORGOTTEN) or (one.deleted and one.id in merged):
                done.applied += 1
            elif one.deleted and one.id in logged and link is not None:
                # What we logged of a call was deleted there; the call itself is ours.
                link.deleted, link.at = True, self._work.now
                done.applied += 1
            elif one.deleted:
                gone.delete(stream.kind, link, one)
                done.applied += 1
            elif not again and link is not None and _stands(link, one):
                done.applied += 1
            elif (mapped := self._mapped(session, stream, one)) is not None:
                fresh.append((one, mapped))
            else:
                done.set_aside += 1
        theirs = [pair for pair in fresh if pair[0].id not in logged]
        refused = self._write(session, stream, theirs, links) if theirs else {}
        done.set_aside += len(refused)
        done.applied += len(fresh) - len(refused)
        for one, _ in fresh:
            if one.merged and one.id not in refused:
                take_over(session, self._work, self._system, stream, one, gone)
        letters.answered(
            session, self._system, stream.name, [one.id for one, _ in fresh if one.id not in refused], self._work.now
        )
        done.passages = gone.passages
        return done

    def _our_logs(self, session: Session, stream: Stream, links: Mapping[str, CrmLink]) -> set[str]:
        """Return which of these records are logs that we made of what happened: we have the original, which a copy must not replace. A task is theirs to tick off."""
        if stream.kind != "activity" or not links:
            return set()
        found: set[str] = set()
        records = {link.record_id for link in links.values() if link.record_id}
        for some in chunks(sorted(records)):
            rows = session.execute(
                select(CrmWrite.record_id, CrmWrite.external_id, CrmWrite.receipt)
                .join(Activity, Activity.id == CrmWrite.record_id)
                .where(
                    CrmWrite.record_id.in_(some),
                    CrmWrite.system == self._system,
                    CrmWrite.operation == "log",
                    Activity.kind != "task",
                    CrmWrite.receipt["existing"].as_boolean().is_not(True),
                )
            )
            for record_id, external_id, receipt in rows:
                link = links.get(external_id or "")
                # A note about a call that came from there is ours, the call is theirs: numbers may be the same in two object types.
                if link is not None and link.record_id == record_id and receipt.get("remote") in (None, stream.remote):
                    found.add(str(external_id))
        return found

    def _mapped(self, session: Session, stream: Stream, one: Remote) -> Mapped | None:
        code, reason = "shape", _STRANGE
        try:
            return stream.read(one)
        except Unreadable as error:
            code, reason = error.code, error.reason
        except (LookupError, TypeError, AttributeError, ValueError):
            # Whatever a system sends instead of what it documents must not stop the rest.
            pass
        self._keep(session, stream, one, code, reason)
        return None

    def _keep(self, session: Session, stream: Stream, one: Remote, code: str, reason: str) -> None:
        letters.put(
            session,
            self._system,
            "read",
            stream.name,
            one.id,
            code=code,
            reason=reason,
            record=dict(one.data),
            now=self._work.now,
        )

    def _write(
        self, session: Session, stream: Stream, fresh: Sequence[tuple[Remote, Mapped]], links: Mapping[str, CrmLink]
    ) -> dict[str, str]:
        """Write records and their links; return why some were refused, by external id."""
        ids = resolve(session, self._system, _refs(fresh))
        ones: list[_One] = []
        for remote, mapped in fresh:
            record, link = mapped.record, links.get(remote.id)
            if isinstance(record, Row):
                record = replace(record, values=_resolved(record.values, ids))
                mapped = replace(mapped, record=record)
            record_id = link.record_id if link is not None and link.record_id else self._chosen(stream, remote, record)
            file = f"{self._system} {stream.name}/{remote.id}"
            ones.append(_One(remote, mapped, record_id, file))
        kept = self._kept(session, stream.kind, [one.record_id for one in ones])
        batch = _SyncBatch(self._work, session)
        if stream.kind == "activity":
            self._write_touches(batch, ones, ids)
        else:
            self._write_rows(batch, stream, ones, kept)
        batch.finish()
        refused = {one.remote.id: batch.refused[one.file] for one in ones if one.file in batch.refused}
        for one in ones:
            if one.remote.id in refused:
                self._keep(session, stream, one.remote, "refused", refused[one.remote.id])
        self._link(session, stream, [one for one in ones if one.remote.id not in refused], links)
        return refused

    def _chosen(self, stream: Stream, remote: Remote, record: Any) -> str:
        if isinstance(record, MailMessage):
            return fitted("mail", record.message_id, ACTIVITY_ID_LENGTH)
        if isinstance(record, Transcript):
            return fitted("call", record.call_id, ACTIVITY_ID_LENGTH)
        if stream.kind == "activity":
            return own_id("activity", remote.id)
        account = record.values.get("account")
        place = self._work.directory.accounts.find(str(account)).id if account else None
        return self._identities.choose(stream.kind, remote.id, record, place)

    def _kept(self, session: Session, kind: str, ids: Sequence[str]) -> dict[str, set[str]]:
        """Return which fields of which records the CRM may not change now: a write is on its way, or our word stands."""
        kept: dict[str, set[str]] = {}
        if kind not in _OWNED:
            return kept
        for some in chunks(list(ids)):
            query = select(CrmWrite.record_id, CrmWrite.fields).where(
                CrmWrite.kind == kind,
                CrmWrite.record_id.in_(some),
                CrmWrite.operation == "update",
                CrmWrite.state.in_((*_PENDING, "waiting")),
                CrmWrite.spine_at.is_not(None),
            )
            for record_id, fields in session.execute(query):
                kept.setdefault(record_id, set()).update(fields)
        for key in self._rules.ours(kind):
            column = getattr(_OWNED[kind], key, None)
            if column is None:
                continue
            for some in chunks(list(ids)):
                table = _OWNED[kind]
                for record_id in session.scalars(select(table.id).where(table.id.in_(some), column.is_not(None))):
                    kept.setdefault(record_id, set()).add(key)
        return kept

    def _write_rows(self, batch: Batch, stream: Stream, ones: Sequence[_One], kept: Mapping[str, set[str]]) -> None:
        lines: list[Line] = []
        for one in ones:
            row = one.mapped.record
            assert isinstance(row, Row)
            ours = kept.get(one.record_id, set())
            if "stage" in ours:
                ours = ours | _FOLLOWS_STAGE
            values = {
                name: value for name, value in row.values.items() if name not in ours and not is_own(stream.kind, name)
            }
            values["external_id"] = one.record_id
            told = replace(row, origin=replace(row.origin, file=one.file), values=values)
            lines.append(Line(batch, told, frozenset()))
        write_lines(batch, RecordKind(stream.kind), lines, [0] * len(lines))
        self._follow_joined(stream.kind, ones)

    def _follow_joined(self, kind: str, ones: Sequence[_One]) -> None:
        """What a person joined stays joined: the link leads to the record that stayed."""
        directory = self._work.directory
        lookup: Any = {"account": directory.accounts, "contact": directory.contacts, "user": directory.users}.get(kind)
        for one in ones if lookup is not None else ():
            one.record_id = lookup.joined.get(one.record_id, one.record_id)

    def _write_touches(self, batch: Batch, ones: Sequence[_One], ids: Mapping[Ref, str]) -> None:
        made: list[tuple[_One, Touch]] = []
        for one in ones:
            record = one.mapped.record
            origin = replace(record.origin, file=one.file)
            if isinstance(record, Row):
                values = {**record.values, "external_id": one.record_id}
                touch = touches.touch_of_line(
                    batch, Line(batch, replace(record, origin=origin, values=values), frozenset()), 0
                )
            elif isinstance(record, MailMessage):
                touch = touches.touch_of_mail(batch, replace(record, origin=origin))
            else:
                touch = touches.touch_of_transcript(batch, replace(record, origin=origin))
            for name, ref in one.mapped.about.items():
                setattr(touch, name, ids[ref])
            touch.id = one.record_id
            made.append((one, touch))
        touches.write_touches(batch, [touch for _, touch in made])
        for one, touch in made:
            one.record_id = touch.id

    def _link(self, session: Session, stream: Stream, ones: Sequence[_One], links: Mapping[str, CrmLink]) -> None:
        now = self._work.now
        rows: list[dict[str, Any]] = []
        for one in ones:
            link = links.get(one.remote.id)
            if link is None:
                rows.append(
                    {
                        "system": self._system,
                        "remote": stream.remote,
                        "external_id": one.remote.id,
                        "kind": stream.kind,
                        "record_id": one.record_id,
                        "remote_at": one.remote.modified_at,
                        "seen": dict(one.mapped.seen),
                        "deleted": False,
                        "merged_into": None,
                        "at": now,
                    }
                )
            else:
                link.record_id, link.remote_at, link.at = one.record_id, one.remote.modified_at, now
                link.seen, link.deleted, link.merged_into = dict(one.mapped.seen), False, None
        session.flush()
        if rows:
            session.execute(insert(table_of(CrmLink)), rows)


def _stands(link: CrmLink, one: Remote) -> bool:
    return not link.deleted and one.modified_at is not None and link.remote_at == one.modified_at and not one.merged


def _refs(fresh: Sequence[tuple[Remote, Mapped]]) -> set[Ref]:
    found: set[Ref] = set()
    for _, mapped in fresh:
        found.update(mapped.about.values())
        if isinstance(mapped.record, Row):
            for value in mapped.record.values.values():
                if isinstance(value, Ref):
                    found.add(value)
                elif isinstance(value, list):
                    found.update(one for one in value if isinstance(one, Ref))
    return found


def _resolved(values: Mapping[str, object], ids: Mapping[Ref, str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, Ref):
            found[name] = ids[value]
        elif isinstance(value, list):
            found[name] = [ids[one] if isinstance(one, Ref) else one for one in value]
        else:
            found[name] = value
    return found
