"""Lock, fetch and build AWS Lambda functions offline with packages from AWS CodeArtifact."""

import time as _time

__version__ = "0.1.0"

STARTED = _time.perf_counter()
"""When this package was first imported: about when the process began."""
