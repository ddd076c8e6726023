"""Plans as Kubernetes objects: plain dicts. Law of this package: pure; what it makes depends on its arguments alone."""
