"""Rehearse a change of policies: who could sign in from where before it and after it, and why, without changing anything."""
