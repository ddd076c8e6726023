"""What a user finds around it, without Locust's own."""


class Environment:
    """As much of Locust's as a user looks at."""

    def __init__(self, host: str) -> None:
        self.host = host
