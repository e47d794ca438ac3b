"""Authenticator apps: registration, codes, resynchronisation (RFC 6238)."""
