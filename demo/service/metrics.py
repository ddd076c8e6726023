"""What the service tells Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
WAITS = (0.001, *BUCKETS)
"""Who need not wait takes less than the first: a percentile of them must not look like a wait."""

REQUESTS = Counter("http_requests_total", "Requests answered", ["method", "route", "status"])
SERVED = Counter("http_requests_served_total", "Requests answered, without probes and scrapes")
"""Without labels, so that it is there, as 0, from the start."""
DURATION = Histogram("http_request_duration_seconds", "Time to answer", ["method", "route"], buckets=BUCKETS)
IN_PROGRESS = Gauge("workflows_in_progress", "Workflows under way")
SEMAPHORE_IN_USE = Gauge("workflow_semaphore_in_use", "Places of the workflow semaphore taken")
SEMAPHORE_LIMIT = Gauge("workflow_semaphore_limit", "Places of the workflow semaphore")
SEMAPHORE_WAITING = Gauge("workflow_semaphore_waiting", "Workflows that wait for a place of the semaphore")
SEMAPHORE_WAIT = Histogram("workflow_semaphore_wait_seconds", "Time until a place was had", buckets=WAITS)
POOL_IN_USE = Gauge("db_pool_in_use", "Database connections taken from the pool")
POOL_SIZE = Gauge("db_pool_size", "Database connections that the pool may open")
POOL_WAITING = Gauge("db_pool_waiting", "Who waits for a database connection")
POOL_WAIT = Histogram("db_pool_wait_seconds", "Time until a connection was had", buckets=WAITS)
DATABASE_ERRORS = Counter("db_errors_total", "Database calls that failed", ["kind"])
DATABASE_UP = Gauge("db_up", "1 when the last look at the database succeeded")
LIMITED = Counter("rate_limiter_rejected_total", "Requests that a rate limiter found too many", ["limiter"])
EXTERNAL = Counter("external_api_requests_total", "Calls to the external API", ["outcome"])
SESSIONS = Gauge("sessions_held", "Sessions in memory")
SESSION_BYTES = Gauge("sessions_held_bytes", "Bytes of the sessions in memory, each with its overhead")
SESSION_LIMIT = Gauge("sessions_limit_bytes", "Bytes that the sessions in memory may take")
SESSIONS_EVICTED = Counter("sessions_evicted_total", "Sessions that had to go for newer ones")
