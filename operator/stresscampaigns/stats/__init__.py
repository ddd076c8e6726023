"""Numbers: histograms, recovery, scalability, capacity. Law of this package: pure; counts are merged, never averaged."""
