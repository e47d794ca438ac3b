"""What the admin site shows of second factors; Django finds this package by its name."""

from mfa.admin import authenticators, recovery, rules, trust

__all__ = ["authenticators", "recovery", "rules", "trust"]
