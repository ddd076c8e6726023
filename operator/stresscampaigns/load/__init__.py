"""Inside the load pods: Locust with our recorder, driven by a plan.

Law of this package: every request is counted exactly once, unrounded; what cannot be measured is said.
"""
