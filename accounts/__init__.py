"""Who someone is, and how they get in."""
