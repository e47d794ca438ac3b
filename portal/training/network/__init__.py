"""The visitor's simulated network: chosen from the strip's menu, on a page of the training room, or by a JSON call."""
