"""Training: the trainer's controls over clock and world, as pages and as JSON, and the demo's people on the first page."""
