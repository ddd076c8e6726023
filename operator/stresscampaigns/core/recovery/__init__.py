"""What faults did and how the service got over them: moments, harm, a score. Pure."""
