"""The rules of a deal's workflow as a team writes them in `workflow.toml`, and the delays that they allow. Pure."""
