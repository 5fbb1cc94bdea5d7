"""A wheel that holds METADATA and nothing else, for resolvers that ask for a body."""

import base64
import hashlib
import io
import zipfile

_WHEEL = b"Wheel-Version: 1.0\nGenerator: ca-vendor\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def build_stub_wheel(metadata: bytes, *, name: str, version: str) -> bytes:
    """Return a valid ``py3-none-any`` wheel of that METADATA.

    Args:
        metadata: the whole METADATA.
        name: the project's normalised name.
        version: the normalised version.
    """
    directory = f"{name.replace('-', '_')}-{version.replace('-', '_')}.dist-info"
    contents = {f"{directory}/METADATA": metadata, f"{directory}/WHEEL": _WHEEL}
    record = "".join(f"{path},{_record_hash(data)},{len(data)}\n" for path, data in contents.items())
    contents[f"{directory}/RECORD"] = f"{record}{directory}/RECORD,,\n".encode()
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for path, data in contents.items():
            archive.writestr(zipfile.ZipInfo(path, _EPOCH), data)
    return body.getvalue()


def _record_hash(data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
    return f"sha256={digest.decode('ascii')}"
