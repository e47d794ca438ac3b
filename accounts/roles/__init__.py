"""Roles: found by ARN, named in sessions."""
