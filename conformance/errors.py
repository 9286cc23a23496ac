"""The base class of all errors that the public functions raise."""

from __future__ import annotations


class ConformanceError(Exception):
    """An error that the caller can correct; the message explains it in one line.

    ::

        ConformanceError
        ├── TargetError      the target cannot be tested as given: its URL, an option, a key
        ├── SpecError        a profile, pack, requirement or OpenAPI document cannot be used (file, line, message)
        ├── UnknownName      no requirement or area has this name; the message suggests existing names
        ├── RunFileError     a run file cannot be read or written (path, line, message)
        ├── RecordingError   a foreign recording cannot be read (path, place, message)
        └── HarnessError     the suite itself failed: please report it

    The behaviour of a target never raises an exception: verdicts and `Run.ending` describe it.
    """


class HarnessError(ConformanceError):
    """The suite itself failed; the message says what went wrong."""
