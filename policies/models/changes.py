"""Tells whoever keeps compiled policies that something about them changed."""

from django.dispatch import Signal

policies_changed = Signal()
"""Sent inside the transaction of a change to statements, authorization or documents that no row's own signal tells of."""
