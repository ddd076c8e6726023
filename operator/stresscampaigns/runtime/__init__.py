"""Observe → decide → act, each step safe to repeat after a crash at any point.

Law of this package: it knows ports, never clients; what to do is decided in `core`.
"""
