"""The sample company that a newcomer starts with, and the questions that `make eval` asks about it."""
