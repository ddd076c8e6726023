"""A real cluster with the operator and the staging system in it."""

from tests.e2e.conftest import _staging_system

__all__ = ["_staging_system"]
