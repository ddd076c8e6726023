"""What one worker of the load does with a whole core, as measured: a load is sized by it, and refused beyond it."""

MOST_ARRIVALS = 32_000.0
"""One-request arrivals a second in the open model before some are dropped.

Source: `make bench ONLY=generator`, on the reference core; see also README, "Known limits"."""
PLANNED_ARRIVALS = MOST_ARRIVALS / 2
"""As many a worker gets where its load is sized for it: a generator that is half idle cannot be what was measured."""
THINKING_USERS = 500
"""Users who think between their requests.

Source: `make bench`: one worker held 1,000 agents with 71 MB and 0.19 of its core. Half of that is planned."""
BUSY_USERS = 100
"""Users who do not, or of whom nobody knows, as in a Locust file: their target alone sets their pace.

At 10 ms an answer they make 10,000 requests a second, where a core has made 40,000."""
MOST_WORKERS = 100
