"""Calls that come in by themselves: webhooks of Zoom, of Teams, and of any other program, each stored before it is acknowledged."""
