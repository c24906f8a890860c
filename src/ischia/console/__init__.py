"""Console: what reviewers and operators see and do in a browser."""
