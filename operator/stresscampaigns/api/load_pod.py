"""What the operator and a load pod agree on beside the plan."""

PLAN_VARIABLE = "STRESSCAMPAIGNS_PLAN"
"""The environment variable that holds the plan, as JSON."""
NUMBER_VARIABLE = "JOB_COMPLETION_INDEX"
"""The environment variable in which Kubernetes tells each pod of an Indexed Job its number, from 0."""
ANSWERS_FILE = "/tmp/stresscampaigns-answers.json"  # noqa: S108 - the pod's own
"""In the coordinator's container, where the operator is to speak to a search."""
HEARD = "heard"
"""A line that says that what was said to the coordinator is written down."""
PLAN_LIMIT = 120_000
"""Bytes that a plan may have: Linux takes 128 KiB for a variable (MAX_ARG_STRLEN)."""
