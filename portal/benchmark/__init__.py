"""Measurements of the running portal, printed as figures of one run."""
