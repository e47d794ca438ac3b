"""Message catalogues: what the portal's templates and modules say, in every language. English is the message id.

Only `manage.py messages` and the tests load the modules here: they need Babel, which running the portal does not.
"""
