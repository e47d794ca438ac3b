"""The root user's way back without a second factor: a mailed link, then a phone call."""
