"""Pictures of the weekly review: drawn as PNG for chats and mail, as SVG for the console, and told in words everywhere."""
