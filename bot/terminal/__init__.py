"""The command line. It imports next to nothing before it knows that no server runs, because people wait for it."""
