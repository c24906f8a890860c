"""What can be wrong with a request about banks; each message says what to do."""

from __future__ import annotations


class UnknownBankError(LookupError):
    """No bank has this name."""


class UnknownEntryError(LookupError):
    """No entry has this id in this bank."""


class BankExistsError(ValueError):
    """The name is taken by a bank with other properties."""


class NoSignalError(ValueError):
    """Nothing in the submission gives a signal, so the entry could never match."""


class ContradictionError(ValueError):
    """Two properties that exclude each other were asked for."""
