"""Stand-ins for outside systems, as strict as the real ones, over real sockets on loopback."""
