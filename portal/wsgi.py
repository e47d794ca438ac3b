"""The WSGI application that granian, or any other WSGI server, serves."""

import gc
import os
import sys

from django.urls import get_resolver
from django.utils.translation import gettext

from accounts.credentials import hashing
from portal.checks import refuse_unsafe_start
from portal.core import handler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application = handler.application()

# Whatever server imports this module: without its guard rails the portal does not start.
refuse_unsafe_start()

# The hash that stands in for unknown users is made before the first of them comes.
hashing.warm()

# Many threads share the interpreter while people sign in. Asking for it back after 1 ms instead of 5 keeps a page from waiting
# behind each of them for as long as it takes to render.
sys.setswitchinterval(0.001)

# What every request needs is loaded now, so that no visitor waits for it: every view, and the message catalogue.
_ = get_resolver().reverse_dict, gettext("Sign in")

# All of it lives as long as the process. Frozen, the collector no longer walks it, which would stop every thread for tens of milliseconds.
gc.collect()
gc.freeze()
