"""Numbers: histograms, recovery, scalability, capacity. Law of this package: pure; counts merge, none is averaged."""
