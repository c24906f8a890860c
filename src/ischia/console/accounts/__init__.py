"""Signing in: one-time link or password, then a second factor; allauth does the work, these are our rules."""
