"""What can go wrong with a world, said in one sentence each."""


class WorldError(Exception):
    """Base of the errors of this room; the text is a whole sentence for whoever runs the command."""


class WorldFileError(WorldError):
    """A world file does not say what was expected. `place` is a path such as `accounts[0].alias`; empty for the whole file."""

    def __init__(self, source: str, place: str, expected: str) -> None:
        where = f"{source}: {place}" if place else source
        super().__init__(f"{where}: {expected}.")
        self.source = source
        self.place = place
        self.expected = expected


class WorldNotEmptyError(WorldError):
    """A world was to be loaded over one that exists."""
