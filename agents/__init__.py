"""What the copilot decides. Knows no chat SDK and no HTML; speaks to people through the types of `agents.answer`."""
