"""Console access control of one account in its own console: permission statements, the consolidated policy, console authorization."""
