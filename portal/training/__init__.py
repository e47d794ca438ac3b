"""Training: the trainer's controls over clock, world and network, as pages and as JSON, and the demo's people on the first page."""
