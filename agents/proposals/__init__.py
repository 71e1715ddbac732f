"""Proposals: the one approval object, from being put forward to its one effect."""
