"""The demo: every process that a portal needs, on one machine, under one command."""
