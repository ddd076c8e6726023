"""The outside world: Kubernetes, Prometheus, the target's URL.

Law of this package: each adapter fulfils a port of `runtime.ports`, translates what the world says into our
own values at one place, and decides nothing.
"""
