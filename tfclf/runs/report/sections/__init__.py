"""The sections of a report, each in its file: facts -> HTML."""
