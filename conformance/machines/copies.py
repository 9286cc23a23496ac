"""Keeps the client's copies of run files that grow on Dask workers, so that a lost worker loses no answered request."""

from __future__ import annotations

from pathlib import Path

from conformance.machines.work import Growth


class RunCopy:
    """The copy of one run file. `known` has the inode of the run file on the worker, and the copy's size in bytes."""

    def __init__(self, file: Path) -> None:
        """`file` is the run file of an interrupted run, or does not exist."""
        self.file = file
        self.known = (0, 0)

    def grow(self, growth: Growth) -> None:
        """Add new bytes of a run file to its copy.

        A new file replaces the copy: the new file begins with everything that the earlier file had.
        """
        if not growth.data:
            return
        if growth.offset == 0:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            beside = self.file.with_name(f".{self.file.name}.copy")
            beside.write_bytes(growth.data)
            beside.replace(self.file)
        else:
            with self.file.open("ab") as file:
                file.write(growth.data)
        self.known = (growth.inode, growth.offset + len(growth.data))

    def begin_again(self) -> bytes:
        """Return the copy of the run file that the next worker resumes; b"" if the copy lacks the header."""
        self.known = (0, 0)
        try:
            data = self.file.read_bytes()
        except OSError:
            return b""
        return data if b"\n" in data else b""
