"""Operators at work."""

from tests.admin.fixtures import operator_browser

__all__ = ["operator_browser"]
