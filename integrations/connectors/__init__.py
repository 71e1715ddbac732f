"""What all connectors share: streams, paging, pace, patience, tokens. See docs/connectors.md."""
