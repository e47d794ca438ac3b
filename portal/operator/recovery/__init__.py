"""Recovery cases: the operator plays support for accounts that are locked out of their console."""
