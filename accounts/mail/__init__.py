"""Mail: an outbox that a request writes to and a worker empties, and the words of each kind of mail."""
