"""The versions that matter for a bug report, read without importing what they are of."""

from __future__ import annotations

PACKAGES = ("keras", "tensorflow", "transformers", "tokenizers", "datasets", "numpy")


def versions(*more: str) -> dict[str, str]:
    """Returns the versions of tfclf, of Python and of packages, as they are installed.

    Args:
        *more: Packages besides ``PACKAGES``.

    Example:
    >>> list(versions("jax"))[:3], versions("jax-of-yore")["jax-of-yore"]
    (['tfclf', 'python', 'keras'], 'not installed')
    """
    import platform
    from importlib import metadata

    def installed(package: str) -> str:
        try:
            return metadata.version(package)
        except (metadata.PackageNotFoundError, ValueError):  # of no name at all
            return "not installed"

    found = {"tfclf": installed("tfclf"), "python": platform.python_version()}
    return found | {package: installed(package) for package in (*PACKAGES, *more)}
