"""The words in the columns of an activity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.intake.touchwords import direction_of, kind_of, state_of
from sales.records import ActivityKind, Direction


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Call", ActivityKind.CALL),
        ("INCOMING_EMAIL", ActivityKind.MAIL),
        ("E-Mail", ActivityKind.MAIL),
        ("LinkedIn Message", ActivityKind.MAIL),
        ("Product Demo", ActivityKind.MEETING),
        ("Besprechung", ActivityKind.MEETING),
        ("To Do", None),
        ("Task", ActivityKind.TASK),
        ("Note", ActivityKind.NOTE),
        ("", None),
        (None, None),
    ],
)
def test_kinds(text: str | None, kind: ActivityKind | None) -> None:
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("text", "kind", "status", "direction"),
    [
        ("Incoming Email", ActivityKind.MAIL, None, Direction.INBOUND),
        ("outbound", ActivityKind.MAIL, "done", Direction.OUTBOUND),
        ("OUTBOUND", ActivityKind.CALL, "Connected", Direction.MUTUAL),
        ("OUTBOUND", ActivityKind.CALL, "No answer", Direction.OUTBOUND),
        ("call", ActivityKind.CALL, "left voicemail", Direction.OUTBOUND),
        ("mutual", ActivityKind.MEETING, "held", Direction.MUTUAL),
        ("internal", ActivityKind.NOTE, None, Direction.INTERNAL),
        (None, ActivityKind.CALL, "Completed", None),
    ],
)
def test_directions(text: str | None, kind: ActivityKind, status: str | None, direction: Direction | None) -> None:
    assert direction_of(text, kind, status) == direction


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Completed", "done"),
        ("held", "done"),
        ("Scheduled", "booked"),
        ("Canceled", "cancelled"),
        ("No show", "cancelled"),
        ("Not Started", "open"),
        ("not completed", "open"),
        ("In Progress", "open"),
        ("Purple", None),
        (None, None),
    ],
)
def test_states(text: str | None, state: str | None) -> None:
    assert state_of(text) == state


@given(st.text(max_size=40), st.sampled_from(ActivityKind), st.none() | st.text(max_size=40))
def test_any_words_can_be_read(text: str, kind: ActivityKind, status: str | None) -> None:
    assert kind_of(text) in (None, *ActivityKind)
    assert direction_of(text, kind, status) in (None, *Direction)
    assert state_of(text) in (None, "done", "booked", "cancelled", "open")
