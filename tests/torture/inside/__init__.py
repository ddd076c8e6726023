"""What runs beside the node, in a container that sees its processes: standard library alone."""
