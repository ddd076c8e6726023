"""The operator as a process: kopf's watch feeds the controller; probes and metrics answer over HTTP.

Law of this package: thin. A handler passes on what it saw; what follows is decided elsewhere.
"""
