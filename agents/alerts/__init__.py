"""Alerts: what is told of a deal while it can still be saved, once for each cause, and how each alert ended."""
