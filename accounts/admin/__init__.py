"""What the admin site shows of identities; Django finds this package by its name."""

from accounts.admin import organisation, principals, records, roles

__all__ = ["organisation", "principals", "records", "roles"]
