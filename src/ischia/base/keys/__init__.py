"""API keys: how programs show who they are, and which doors each of them may use."""
