"""Links of the records in a table: each row of deals, accounts or leads carries the address of its page as `url`."""

from __future__ import annotations

from agents.answer import Answer, Cell
from agents.links import Links
from agents.structured.plan import Plan


def with_links(answer: Answer, plan: Plan, links: Links) -> Answer:
    """Return the answer with a `url` in each row that stands for a record with a page."""
    kind = _kind(plan)
    if kind is None or answer.table is None or not answer.table.rows:
        return answer
    first = answer.table.rows[0].get("record_id")
    if not isinstance(first, str) or links.evidence(kind, first) is None:
        return answer
    rows: list[dict[str, Cell]] = []
    for row in answer.table.rows:
        record = row.get("record_id")
        url = links.evidence(kind, record) if isinstance(record, str) and record else None
        rows.append({**row, "url": url} if url is not None else row)
    return answer.model_copy(update={"table": answer.table.model_copy(update={"rows": tuple(rows)})})


def _kind(plan: Plan) -> str | None:
    """Return what the rows of a plan's table are records of; None where they are groups or sides of a comparison."""
    if plan.shape == "groups":
        return "account" if [key.field for key in plan.group_by] == ["account.name"] else None
    if plan.branches or plan.subject not in ("deal", "account", "lead"):
        return None
    return plan.subject
