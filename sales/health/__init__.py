"""What makes a deal healthy or not: pure rules, one file for each family of reasons."""
