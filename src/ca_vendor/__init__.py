"""Lock, fetch and build AWS Lambda functions offline with packages from AWS CodeArtifact."""

__version__ = "0.1.0"
