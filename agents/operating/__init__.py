"""The operating review: for each area the records, the question, the decision; and one change to how the team works, with the figures that argue for it."""
