"""Trusted devices: browsers in which the second factor need not be shown again (guide, "Trusted devices")."""
