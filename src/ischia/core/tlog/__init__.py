"""Verifiable log: Merkle tree (RFC 6962, RFC 9162), tiles, signed checkpoints, proofs and leaves (C2SP, RFC 8785)."""

from __future__ import annotations

from ischia.core.tlog.errors import LedgerError
from ischia.core.tlog.leaves import MIN_SALT, canonical_json, commit, parse_canonical, verify_commitment
from ischia.core.tlog.note import (
    Signer,
    TreeHead,
    Verifier,
    check_key_name,
    open_note,
    parse_and_verify,
    sign_checkpoint,
)
from ischia.core.tlog.proof import TlogProof, verify_proof
from ischia.core.tlog.tiles import (
    ENTRIES,
    MAX_ENTRY,
    TILE_WIDTH,
    Tile,
    check_entry,
    entry_bundle,
    node_reader,
    parse_tile_path,
    tile_path,
    tile_place,
    tile_width,
    tiles_of,
)
from ischia.core.tlog.tree import (
    EMPTY_ROOT,
    HASH_SIZE,
    Completed,
    Frontier,
    Node,
    consistency_proof,
    frontier_at,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_at,
    root_of,
    verify_consistency,
    verify_inclusion,
)

__all__ = [
    "EMPTY_ROOT", "ENTRIES", "HASH_SIZE", "MAX_ENTRY", "MIN_SALT", "TILE_WIDTH", "Completed", "Frontier", "LedgerError",
    "Node", "Signer", "Tile", "TlogProof", "TreeHead", "Verifier", "canonical_json", "check_entry", "check_key_name",
    "commit", "consistency_proof", "entry_bundle", "frontier_at", "inclusion_proof", "leaf_hash", "node_hash",
    "node_reader", "open_note", "parse_and_verify", "parse_canonical", "parse_tile_path", "root_at", "root_of",
    "sign_checkpoint", "tile_path", "tile_place", "tile_width", "tiles_of", "verify_commitment", "verify_consistency",
    "verify_inclusion", "verify_proof",
]  # fmt: skip
