"""Runs commands of `ischia`, each in a fork of a process that has loaded everything: a start takes two seconds of work.

Reads from standard input, a line of JSON each: the words of the command and the files that take what it writes and
what it complains about. Answers with its exit code. `prepare` makes the database, as `ischia serve` does at its start.
"""

from __future__ import annotations

import json
import os
import sys

from ischia.cli import build, main, set_up


def serve() -> None:
    """Do one command after the other until nobody asks for more."""
    set_up()
    build()
    for line in sys.stdin:
        words, out, err = json.loads(line)
        child = os.fork()
        if not child:
            _become(words, out, err)
            return
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()


def _become(words: list[str], out: str, err: str) -> None:
    for number, path in enumerate((os.devnull, out, err)):
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        os.dup2(opened, number)
        os.close(opened)
    if words == ["prepare"]:
        from ischia.cli.serve import prepare

        prepare(migrate=True)
    else:
        sys.argv = ["ischia", *words]
        main()


if __name__ == "__main__":
    serve()
