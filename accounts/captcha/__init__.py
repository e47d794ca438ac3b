"""The security check: six letters and digits, to read or to hear, that a person types."""
