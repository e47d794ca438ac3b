"""The cloud's own interface for programs: signed requests, read and answered from the clients' service models."""
