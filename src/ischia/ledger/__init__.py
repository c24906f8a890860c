"""The ledger: events in one sequence, a Merkle tree over them, signed checkpoints, proofs."""
