"""Captured mail: the backend that keeps it, pages and a REST interface that waits and extracts."""
