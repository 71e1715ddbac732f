"""The words that are sent to a model: one Markdown file a prompt, with front matter that names its inputs and what comes back."""
