"""The hygiene pass before roll-out: which records can't be relied on, and tasks to put them right, ten at a time."""
