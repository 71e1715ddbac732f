"""Reading mailboxes and calendars: IMAP, Gmail, Microsoft Graph, and calendars as `.ics`. Each takes a cursor and returns the next; none knows the spine."""
