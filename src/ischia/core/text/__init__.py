"""Text: folding, and the canonical form of addresses."""

from ischia.core.text.fold import CHARACTER_STEPS, STEPS, Folded, Step, fold, text_signal

__all__ = ["CHARACTER_STEPS", "STEPS", "Folded", "Step", "fold", "text_signal"]
