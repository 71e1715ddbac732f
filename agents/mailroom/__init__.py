"""The mailroom: what comes in by mail and calendar finds its touch, its sequence and its place in the spine."""
