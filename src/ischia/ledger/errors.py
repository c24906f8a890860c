"""What can be wrong with a question to the ledger."""

from __future__ import annotations


class NotInLedgerError(LookupError):
    """There is no such record, or (`waiting`) it is not yet under a checkpoint and will be within a minute."""

    def __init__(self, message: str, *, waiting: bool = False) -> None:
        super().__init__(message)
        self.waiting = waiting
