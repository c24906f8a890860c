"""The demo: a pretended platform that sends photographs and texts, and re-uploads of them, through the public API."""
