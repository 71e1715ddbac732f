"""A review in a channel of Slack: never where people of other organisations read along."""

from __future__ import annotations

from typing import Any

import pytest

from bot.message import Message, Text
from infra.errors import Fatal
from tests.bot.slack.conftest import Workspace

REVIEW = Message("Week 46", (Text("**Week 46**", "heading"),))
SHARED = ("is_ext_shared", "is_pending_ext_shared", "is_shared")


def test_no_review_goes_to_a_channel_that_is_shared_with_another_organisation(office: Workspace) -> None:
    courier = office.app.delivering._roads["slack"]
    for flag in SHARED:
        flags: dict[str, Any] = {flag: True}
        office.slack.channel("CSHARED", "UDANA", **flags)
        with pytest.raises(Fatal, match="shared with people from outside"):
            courier.deliver_openly({"channel": "CSHARED"}, f"w46:{flag}", REVIEW)
        assert office.slack.said("CSHARED") == []
    # What only our own workspaces share is ours.
    office.slack.channel("CSHARED", "UDANA", is_shared=True, is_org_shared=True)
    courier.deliver_openly({"channel": "CSHARED"}, "w46:org", REVIEW)
    assert len(office.slack.said("CSHARED")) == 1
