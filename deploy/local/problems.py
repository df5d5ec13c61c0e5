"""What stops a start, in words for the person at the terminal."""


class CannotStart(Exception):
    """Countermark cannot be started here; the message says why and what to do."""


class AlreadyRunning(Exception):
    """The same data directory is in use by a launcher that runs; the message says where."""
