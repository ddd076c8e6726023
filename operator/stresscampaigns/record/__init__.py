"""A run's record, asked later: ConfigMaps in, answers out. Knows no cluster."""
