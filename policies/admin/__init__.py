"""What the admin site shows of policies; Django finds this package by its name."""

from policies.admin import documents, statements

__all__ = ["documents", "statements"]
