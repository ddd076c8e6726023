"""A user's own Locust file, as Locust's documentation writes it."""

from locust import FastHttpUser, task


class Visitor(FastHttpUser):
    """One request after the other."""

    @task
    def visit(self) -> None:
        """GET /."""
        self.client.get("/")
