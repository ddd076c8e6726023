"""Which chaos campaigns are rehearsed, and for how long: each fault is alone, where it is meant to be."""

CHAOS = {
    "database-outage": "100s",
    "external-api-failure": "110s",
    "network-partition": "90s",
    "pool-exhaustion": "80s",
    "slow-network": "100s",
    "memory-pressure": "90s",
    "cpu-saturation": "70s",
    "service-crash": "120s",
    "cascading-failure": "110s",
    "recovery-drill": "130s",
    "rollback-drill": "110s",
}
