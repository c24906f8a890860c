"""Signed notes, checkpoints and receipts: written as C2SP says, and nothing altered passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ischia.core.tlog import (
    Frontier,
    LedgerError,
    Signer,
    TlogProof,
    TreeHead,
    Verifier,
    inclusion_proof,
    leaf_hash,
    open_note,
    parse_and_verify,
    sign_checkpoint,
    verify_proof,
)

SIGNER = Signer("example.org/ledger", bytes(range(32)))
OTHER = Signer("example.org/ledger", bytes(range(1, 33)))
HEAD = TreeHead("example.org/ledger", 7, leaf_hash(b"root"))

# The key and the note that golang.org/x/mod/sumdb/note publishes as its example.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def receipt(size: int = 21, index: int = 12, *, extra: bool = True) -> tuple[str, bytes]:
    """Make a proof of one record in a log of `size` records, and the record."""
    frontier = Frontier()
    nodes: dict[tuple[int, int], bytes] = {}
    records = [f"record {at}".encode() for at in range(size)]
    for record in records:
        nodes |= {(each.level, each.index): each.hash for each in frontier.append(leaf_hash(record))}
    path = inclusion_proof(index, size, lambda level, at: nodes[level, at])
    note = sign_checkpoint(TreeHead(SIGNER.name, size, frontier.root()), SIGNER)
    return TlogProof(index, tuple(path), note, records[index] if extra else None).to_text(), records[index]


def test_a_note_that_gos_implementation_signed_is_verified() -> None:
    verifier = Verifier.from_string(GO_KEY)
    assert verifier.to_string() == GO_KEY
    assert open_note(GO_NOTE, [verifier]).startswith("If you think")


def test_a_checkpoint_is_three_lines_and_a_signature() -> None:
    note = sign_checkpoint(HEAD, SIGNER)
    lines = note.split("\n")
    assert lines[0:2] == ["example.org/ledger", "7"]
    assert lines[3] == ""
    assert lines[4].startswith("\u2014 example.org/ledger ")
    assert lines[5:] == [""]
    assert parse_and_verify(note, SIGNER.verifier) == HEAD


def test_keys_survive_being_written_and_read() -> None:
    assert Signer.from_string(SIGNER.to_string()) == SIGNER
    assert Verifier.from_string(SIGNER.verifier.to_string()) == SIGNER.verifier
    assert SIGNER.to_string().startswith("PRIVATE+KEY+example.org/ledger+")
    assert SIGNER.seed.hex() not in repr(SIGNER)
    assert "PRIVATE" not in repr(SIGNER)


def test_no_altered_character_of_a_key_passes() -> None:
    text = SIGNER.verifier.to_string()
    for at in range(len(text)):
        with pytest.raises(LedgerError):
            Verifier.from_string(text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :])


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\nb", "a\x01b"])
def test_a_name_that_would_break_the_format_is_refused(name: str) -> None:
    with pytest.raises(LedgerError, match="cannot name a key"):
        Signer(name, bytes(32))


def test_another_key_of_the_same_name_does_not_verify() -> None:
    with pytest.raises(LedgerError, match=r"no signature of example\.org/ledger"):
        parse_and_verify(sign_checkpoint(HEAD, OTHER), SIGNER.verifier)


def test_signatures_of_unknown_keys_are_ignored_and_a_wrong_one_of_a_known_key_refuses_the_note() -> None:
    note, foreign = sign_checkpoint(HEAD, SIGNER), sign_checkpoint(HEAD, OTHER).split("\n")[-2] + "\n"
    assert parse_and_verify(note + foreign, SIGNER.verifier) == HEAD
    assert parse_and_verify(note + foreign * 16, SIGNER.verifier) == HEAD
    moved = sign_checkpoint(TreeHead(HEAD.origin, 8, HEAD.root), SIGNER).split("\n")[-2] + "\n"
    with pytest.raises(LedgerError, match="does not fit the text"):
        parse_and_verify(note + moved, SIGNER.verifier)


def test_the_checkpoint_of_another_origin_does_not_pass() -> None:
    text = TreeHead("elsewhere.example/ledger", 7, HEAD.root).to_text()
    with pytest.raises(LedgerError, match=r"the checkpoint is of 'elsewhere\.example/ledger'"):
        parse_and_verify(SIGNER.sign(text), SIGNER.verifier)
    with pytest.raises(LedgerError, match="does not sign for the origin"):
        sign_checkpoint(TreeHead("elsewhere.example/ledger", 7, HEAD.root), SIGNER)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("example.org/ledger\n7\n", "origin, size and root"),
        ("example.org/ledger\n07\n" + "A" * 43 + "=\n", "not a tree size"),
        ("example.org/ledger\n-7\n" + "A" * 43 + "=\n", "not a tree size"),
        ("example.org/ledger\n\u0667\n" + "A" * 43 + "=\n", "not a tree size"),
        ("example.org/ledger\n7\nAAAA\n", "a root has 32 bytes, not 3"),
        ("example.org/ledger\n7\n" + "A" * 42 + "B=\n", "canonical base64"),
        ("example.org/ledger\n7\n!!!!\n", "not base64"),
        ("\n7\n" + "A" * 43 + "=\n", "origin, size and root"),
    ],
)
def test_a_signed_text_that_is_no_checkpoint_says_which_line_is_wrong(text: str, fault: str) -> None:
    with pytest.raises(LedgerError, match=fault):
        parse_and_verify(SIGNER.sign(text), SIGNER.verifier)


def test_extension_lines_are_signed_and_left_out() -> None:
    assert parse_and_verify(SIGNER.sign(HEAD.to_text() + "extension 1\n"), SIGNER.verifier) == HEAD


@given(st.text(max_size=300))
def test_garbage_is_refused_with_the_packages_own_error(text: str) -> None:
    for read in (
        lambda: parse_and_verify(text, SIGNER.verifier),
        lambda: verify_proof(text, SIGNER.verifier),
        lambda: Verifier.from_string(text),
        lambda: Signer.from_string(text),
    ):
        with pytest.raises(LedgerError):
            read()


def test_a_receipt_shows_offline_that_a_record_is_in_the_log() -> None:
    text, record = receipt()
    proof, head = verify_proof(text, SIGNER.verifier)
    assert (proof.index, proof.extra, head.size) == (12, record, 21)
    assert verify_proof(text, SIGNER.verifier, record)[1] == head
    assert proof.to_text() == text
    assert text.startswith("c2sp.org/tlog-proof@v1\nextra ")


def test_a_receipt_without_the_record_needs_it_handed_over() -> None:
    text, record = receipt(extra=False)
    assert text.split("\n")[1] == "index 12"
    assert verify_proof(text, SIGNER.verifier, record)[0].index == 12
    with pytest.raises(LedgerError, match="does not carry its record"):
        verify_proof(text, SIGNER.verifier)
    with pytest.raises(LedgerError, match="is not at index 12"):
        verify_proof(text, SIGNER.verifier, b"record 13")


def test_a_receipt_for_another_record_is_refused() -> None:
    text, _ = receipt()
    with pytest.raises(LedgerError, match="not the one that the proof carries"):
        verify_proof(text, SIGNER.verifier, b"record 13")


def test_a_log_of_one_record_has_a_receipt_without_hashes() -> None:
    text, _ = receipt(size=1, index=0)
    assert verify_proof(text, SIGNER.verifier)[0].path == ()


def test_no_flipped_byte_of_a_receipt_passes() -> None:
    text, record = receipt()
    data = text.encode()
    for at in range(len(data)):
        for mask in (0x01, 0x02, 0x20, 0x80):
            altered = data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]
            with pytest.raises((LedgerError, UnicodeDecodeError)):
                verify_proof(altered.decode(), SIGNER.verifier, record)
            with pytest.raises((LedgerError, UnicodeDecodeError)):
                verify_proof(altered.decode(), SIGNER.verifier)


def test_no_deleted_or_doubled_character_of_a_receipt_passes() -> None:
    text, record = receipt()
    for at in range(len(text)):
        for altered in (text[:at] + text[at + 1 :], text[: at + 1] + text[at:], text[:at]):
            with pytest.raises(LedgerError):
                verify_proof(altered, SIGNER.verifier, record)


@pytest.mark.parametrize("index", ["012", "-1", "", "12x", "\u0661\u0662"])
def test_an_index_written_another_way_is_refused(index: str) -> None:
    text, record = receipt()
    with pytest.raises(LedgerError, match="index 73894"):
        verify_proof(text.replace("index 12", f"index {index}"), SIGNER.verifier, record)
