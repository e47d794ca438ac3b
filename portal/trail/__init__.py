"""The CloudTrail-shaped event log."""
