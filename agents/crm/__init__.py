"""Keeping systems of record true: reading them into the spine, and writing what was decided, once and only where nothing changed meanwhile."""
