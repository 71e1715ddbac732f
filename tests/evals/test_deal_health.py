"""What must hold on the sample company, whatever the figures: nobody is alarmed about a healthy deal, and the stories are told."""

from __future__ import annotations

from tests.evals import deal_health


def test_no_healthy_deal_is_called_at_risk_and_the_stories_are_told_by_their_reasons() -> None:
    result = deal_health.run()
    assert result.false_alarms == []
    precision, recall = result.at_risk()
    assert precision >= 0.95
    assert recall >= 0.8
    assert len(result.found) == 4
    assert all(result.cited.values())
    for deal, missed in result.missed.items():
        assert len(missed) <= 1, (deal, missed)
