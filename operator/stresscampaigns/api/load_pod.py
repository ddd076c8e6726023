"""What the operator and a load pod agree on before the pod has read its plan."""

PLAN_VARIABLE = "STRESSCAMPAIGNS_PLAN"
"""The environment variable that holds the plan, as JSON."""
NUMBER_VARIABLE = "JOB_COMPLETION_INDEX"
"""The environment variable in which Kubernetes tells each pod of an Indexed Job its number, from 0."""
PLAN_LIMIT = 120_000
"""Bytes that a plan may have: Linux takes 128 KiB for a variable (MAX_ARG_STRLEN)."""
