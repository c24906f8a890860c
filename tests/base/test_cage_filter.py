"""The filter is run here by a small interpreter, so that the numbers of both processors are tried on either."""

from __future__ import annotations

import os

import pytest

from ischia.base.cage import confine, seccomp, system_calls
from ischia.base.cage.kernel import Refused

KILL, ALLOW, ERROR = 0x80000000, 0x7FFF0000, 0x00050001
PID = 4242
MACHINES = ["x86_64", "aarch64"]


def verdict(machine: str, number: int, *arguments: int, arch: int | None = None) -> int:
    words = {0: number, 4: system_calls.AUDIT_ARCH[machine] if arch is None else arch}
    words |= {16 + 8 * index: value & 0xFFFFFFFF for index, value in enumerate(arguments)}
    code, at, accumulator = seccomp.program(machine, PID), 0, 0
    while True:
        operation, when_true, when_false, operand = code[at]
        at += 1
        match operation:
            case 0x20:
                accumulator = words.get(operand, 0)
            case 0x15:
                at += when_true if accumulator == operand else when_false
            case 0x35:
                at += when_true if accumulator >= operand else when_false
            case 0x45:
                at += when_true if accumulator & operand else when_false
            case 0x06:
                return operand
            case _:
                raise AssertionError(f"unknown operation {operation:#x}")


def number(name: str, machine: str) -> int:
    found = system_calls.number(name, machine)
    assert found is not None
    return found


@pytest.mark.parametrize("machine", MACHINES)
def test_decoding_can_read_and_allocate(machine: str) -> None:
    assert {verdict(machine, call) for call in system_calls.harmless(machine)} == {ALLOW}
    assert verdict(machine, number("mmap", machine), 0, 4096, 3, 0x22) == ALLOW
    assert verdict(machine, number("openat", machine), -100, 0, os.O_RDONLY | os.O_CLOEXEC) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_what_no_decoder_does_ends_the_process(machine: str) -> None:
    assert {verdict(machine, call) for call in system_calls.deadly(machine)} == {KILL}
    assert verdict(machine, number("clone", machine), 17) == KILL
    assert verdict(machine, number("tgkill", machine), 1, 1, 9) == KILL
    for flags in (os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC, os.O_APPEND):
        assert verdict(machine, number("openat", machine), -100, 0, flags) == KILL


@pytest.mark.parametrize("machine", MACHINES)
def test_code_threads_and_unknown_calls_are_refused(machine: str) -> None:
    assert verdict(machine, number("mprotect", machine), 0, 4096, 5) == ERROR
    assert verdict(machine, number("mmap", machine), 0, 4096, 7, 0x22) == ERROR
    assert verdict(machine, number("clone", machine), 0x3D0F00) == ERROR
    assert verdict(machine, number("ioctl", machine), 0, 0x5412) == ERROR
    assert verdict(machine, 9999) == ERROR


@pytest.mark.parametrize("machine", MACHINES)
def test_a_process_may_end_itself(machine: str) -> None:
    assert verdict(machine, number("tgkill", machine), PID, PID, 6) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_of_another_processor_end_the_process(machine: str) -> None:
    assert verdict(machine, 0, arch=0x40000003) == KILL


def test_calls_of_the_x32_interface_end_the_process() -> None:
    assert verdict("x86_64", 0x40000000 | 41) == KILL


def test_no_number_has_two_verdicts() -> None:
    for machine in MACHINES:
        numbers = system_calls.harmless(machine) + system_calls.deadly(machine)
        assert len(numbers) == len(set(numbers))


def test_a_processor_that_is_not_known_is_said_to_be() -> None:
    with pytest.raises(Refused, match="riscv64"):
        seccomp.program("riscv64", PID)


def test_a_layer_that_the_kernel_lacks_is_named_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> int:
        raise Refused(38, "landlock: Function not implemented")

    monkeypatch.setattr(confine.landlock, "version", missing)
    monkeypatch.setattr(confine.seccomp, "install", missing)
    monkeypatch.setattr(confine, "unshare", missing)
    states = confine._landlock(0), confine._seccomp(), confine.separate()
    assert all("Function not implemented" in state for state in states)
