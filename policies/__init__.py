"""What someone may do."""
