"""What one HTTP request costs: granian's WSGI server against our front, single commits against grouped ones.

`python -m bench.bench_http [SECONDS]` prints a table. CPU time is that of the server's processes alone.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

CONNECTIONS = 16


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def request(path: str) -> bytes:
    body = b'{"text": "a row that somebody wrote"}'
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def client(port: int, path: str, until: float, times: list[float]) -> None:
    message = request(path)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while (start := time.perf_counter()) < until:
            connection.sendall(message)
            receive(connection)
            times.append(time.perf_counter() - start)


def receive(connection: socket.socket) -> None:
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(4096)
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(answer.decode(errors="replace"))
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(4096)


def load(port: int, path: str, seconds: float, pipe: multiprocessing.connection.Connection) -> None:
    until = time.perf_counter() + seconds
    times: list[float] = []
    clients = [threading.Thread(target=client, args=(port, path, until, times)) for _ in range(CONNECTIONS)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    pipe.send(times)


def cpu_seconds(pid: int) -> float:
    """Of the process and its children."""
    ticks = 0
    for entry in [str(pid), *children(pid)]:
        fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[str]:
    found: list[str] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [child, *children(int(child))]
    return found


def measure(command: list[str], path: str, port: int, folder: str, seconds: float) -> tuple[float, float, float, float]:
    environment = os.environ | {"BENCH_FOLDER": folder}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        run_load(port, path, 1.0)
        before, start = cpu_seconds(server.pid), time.perf_counter()
        times = sorted(run_load(port, path, seconds))
        spent, elapsed = cpu_seconds(server.pid) - before, time.perf_counter() - start
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(15)
    p99 = times[int(len(times) * 0.99)]
    return len(times) / elapsed, spent / len(times) * 1e6, statistics.median(times) * 1000, p99 * 1000


def run_load(port: int, path: str, seconds: float) -> list[float]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=load, args=(port, path, seconds, theirs))
    process.start()
    times: list[float] = ours.recv()
    process.join()
    return times


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not start")


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 4.0
    print(f"| server | request | per second | server CPU us/request | p50 ms | p99 ms | ({CONNECTIONS} connections)")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BENCH_FOLDER"] = folder
        subprocess.run([sys.executable, "-c", "import bench.http_app as a; a.create_table()"], check=True)
        for name, path in (("granian WSGI", "/nothing"), ("front", "/nothing"), ("granian WSGI", "/plain"),
                           ("front", "/plain"), ("front", "/grouped")):  # fmt: skip
            port = free_port()
            granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--no-ws"]
            granian += ["--blocking-threads", "8", "--log-level", "error", "bench.http_app:application"]
            ours = [sys.executable, "-c", f"import bench.http_app as a; a.serve_behind_front({port})"]
            figures = measure(granian if "WSGI" in name else ours, path, port, folder, seconds)
            rate, cpu, median, p99 = figures
            print(f"| {name} | {path} | {rate:.0f} | {cpu:.0f} | {median:.1f} | {p99:.1f} |", flush=True)


if __name__ == "__main__":
    main()
