"""The simulated world: organisations, accounts and people, read from a YAML world file, loaded, dumped and reset."""
