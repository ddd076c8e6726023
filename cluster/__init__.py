"""A real kind cluster from whatever this machine can reach: image registries, or package registries alone.

Standard library only: it runs before anything is installed. `python3 -m cluster --help`.
"""
