"""What a search for the capacity tells: bounds, key figures, scalability, what broke. Pure."""
