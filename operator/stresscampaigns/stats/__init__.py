"""Numbers: histograms and recovery. Law of this package: pure functions; counts are merged, never percentiles."""
