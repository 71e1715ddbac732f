"""Signals: from what sources tell to a ranked feed for each rep, and the profile of whom the team sells to."""
