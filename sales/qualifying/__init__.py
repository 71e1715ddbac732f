"""Qualification from what people say in calls: which element of a framework a turn fills, without a model, and never guessed."""
