"""What the cache stores: JSON, never pickled objects (security catalogue SES-14)."""

import json
from typing import Any


class JsonSerializer:
    """Serialise cache values as JSON text; integers stay plain so that `incr` works on them."""

    def dumps(self, value: Any) -> str | int:
        """Return `value` for the store."""
        if type(value) is int:
            return value
        return json.dumps(value)

    def loads(self, stored: bytes | str) -> Any:
        """Return the value of `stored`."""
        return json.loads(stored)
