"""What saturated first: the target's resources against their limits, while the load was on. Pure.

`questions` says what to ask Prometheus, `uses` lays its answers beside the limits, `assessment` looks at a stretch
of the load, `report` words it. What could not be seen is said; it is never taken for fine.
"""
