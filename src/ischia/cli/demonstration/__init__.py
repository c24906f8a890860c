"""The demo: a pretended platform that sends real photographs and texts, and re-uploads of them, through the public API."""
