"""The deal's workflow: what a stage's rules ask for because of what happened, whether it was done, and what is next on every open deal."""
