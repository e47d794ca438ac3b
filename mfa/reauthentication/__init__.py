"""Proving once more who one is, before a second factor is changed."""
