"""Every figure that the project promises, measured beside its reference in the same run. `make bench` prints them."""
