"""From a signal to a mail that says why now: research, qualification, draft, and the touches after it. Each stage hands on a typed record."""
