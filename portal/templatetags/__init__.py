"""Template tags of the portal's own."""
