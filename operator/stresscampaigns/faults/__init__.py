"""Inside the sidecars: one module a fault, one protocol.

Law of this package: a fault ends by itself, whoever dies. Standard library only; it needs nobody after its start.
"""
