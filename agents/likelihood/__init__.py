"""How likely a deal is to be won, and when: learned from the team's own decided deals."""
