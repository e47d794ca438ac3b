"""Forgotten passwords: a mailed link for root users, the right person to ask for IAM users."""
