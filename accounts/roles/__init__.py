"""Roles: made with whom they trust and what they may do, found by ARN, named in sessions."""
