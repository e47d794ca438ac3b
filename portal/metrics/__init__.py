"""Figures for whoever watches the portal with Prometheus. Read when they are asked for; nothing is counted while people sign in."""
