"""A service that runs agent workflows concurrently: a fair example of what stress campaigns are for."""
