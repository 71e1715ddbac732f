"""The pipeline over time: how it stood at a moment, what moved in a window, where the quarter will land, and what wins."""
