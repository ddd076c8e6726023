"""The same with our client."""

from locust import task

from stresscampaigns.load.users import StressUser


class Visitor(StressUser):
    """One request after the other."""

    @task
    def visit(self) -> None:
        """GET /."""
        self.client.get("/")
