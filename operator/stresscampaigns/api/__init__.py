"""What users write and read, as pydantic models; what travels between operator, load pods and sidecars.

Law of this package: values and their validation only. It imports nothing of ours, and no client library.
"""
