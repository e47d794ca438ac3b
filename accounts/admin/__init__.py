"""What the admin site shows of identities; Django finds this package by its name."""

from accounts.admin import access_keys, grants, organisation, principals, records, roles

__all__ = ["access_keys", "grants", "organisation", "principals", "records", "roles"]
