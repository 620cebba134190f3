"""Errors that a user can cause and mend: one clear line each, exit code 2."""

from __future__ import annotations


class AlsegError(Exception):
    """Bad input. The message names the file or key, what is wrong and what would be right."""


class ConfigError(AlsegError):
    """A setting, or a combination of settings, that cannot work."""


class DataError(AlsegError):
    """A data set on disk that cannot be used as it is."""


class QueryError(AlsegError):
    """A strategy or an oracle that broke its contract (wrong ids, non-finite scores, ...)."""


class RunFolderError(AlsegError):
    """A run folder that is in use, belongs to other settings or was damaged."""


class FolderInUseError(RunFolderError):
    """A run folder in which another process is at work."""
