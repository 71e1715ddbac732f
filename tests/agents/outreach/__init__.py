"""Drafts and touches."""
