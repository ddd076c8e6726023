"""Deciding: pure functions of values. Time is a parameter.

Law of this package: no clock, no I/O, no randomness; it never imports a client or kopf.
"""
