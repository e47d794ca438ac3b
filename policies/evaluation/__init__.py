"""Deciding and explaining: pure Python, no Django, no I/O."""
