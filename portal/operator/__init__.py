"""The operator's own page: how this operator is protected, and where it is signed in."""
