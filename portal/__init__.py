"""The shell of the portal: everything that is not identity."""

__version__ = "0.1.0"
