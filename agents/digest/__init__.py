"""The weekly deal review: what changed since last week, why, and the one thing to do about it."""
