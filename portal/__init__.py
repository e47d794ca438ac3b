"""The shell of the portal: everything that is not identity."""
