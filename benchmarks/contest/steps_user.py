"""One request as soon as a user is there, which says of which worker it is."""

import os

from locust import constant, task

from stresscampaigns.load.users import StressUser


class Arriving(StressUser):
    """Sends once."""

    wait_time = constant(60)

    @task
    def arrive(self) -> None:
        """GET /."""
        self.client.get("/", headers={"X-Worker": str(os.getpid())})
