"""The test command: what the tests need, then every check, one after the other."""
