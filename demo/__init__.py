"""The demo: a staging system on the project's own cluster, and a campaign against it."""
