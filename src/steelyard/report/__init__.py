"""What the user reads: the terminal text and the one-page HTML report."""
