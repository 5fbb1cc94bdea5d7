"""The digest that tells whether a lock is still what its inputs say."""

import hashlib
import json

from ca_vendor.requirement import DirectLine, InputLine, PathReference, TargetInputs
from ca_vendor.target import Target

_SCHEMA = 1
"""Raised when the same inputs are locked differently by a newer ca-vendor."""


def input_digest(inputs: TargetInputs, target: Target) -> str:
    """Return a digest of what the pins follow from, as ``sha256:`` and lower-case hex.

    Comments, blank lines and requirements for other machines do not count; where a requirement stands does, as it is
    written into requirements.txt.
    """
    content: dict[str, object] = {
        "schema": _SCHEMA,
        "target": [target.name, target.python_full_version, str(target.glibc)],
        "requirements": [_line(line) for line in inputs.requirements],
        "constraints": [_line(line) for line in inputs.constraints],
        "prereleases": inputs.allow_prereleases,
    }
    # Only where there is something to say: locks of inputs without stay what they are.
    content |= {"direct": [_direct(line) for line in inputs.direct]} if inputs.direct else {}
    formats = {"only-binary": sorted(inputs.only_binary), "no-binary": sorted(inputs.no_binary)}
    content |= {name: projects for name, projects in formats.items() if projects}
    content |= {"exclude": sorted(inputs.exclude)} if inputs.exclude else {}
    content |= {"provided-by": inputs.provider} if inputs.provider else {}
    encoded = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    return f"sha256:{hashlib.sha256(encoded).hexdigest()}"


def _line(line: InputLine) -> list[str]:
    return [str(line.requirement), line.origin, *sorted(line.hashes)]


def _direct(line: DirectLine) -> list[str]:
    """What a line asks for; what is at its place now is in the lock, beside its pin."""
    direct, reference = line.direct, line.direct.reference
    place = direct.text
    if isinstance(reference, PathReference):
        place = f"{reference.place}#{reference.subdirectory}".rstrip("#")
    return [direct.name or "", ",".join(sorted(direct.extras)), place, line.origin, *sorted(line.hashes)]
