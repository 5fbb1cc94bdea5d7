"""Operations on packages, their versions and assets. None of them looks at upstream repositories."""

from dataclasses import replace
from typing import Any

from packaging.version import Version

from ca_vendor.emulator.control import Call
from ca_vendor.emulator.messages import Response, json_response, not_found, validation_error
from ca_vendor.emulator.model import Asset, Package, PackageVersion, Restriction, Source, Status

_RESTRICTIONS = tuple(restriction.value for restriction in Restriction)
_STATUSES = tuple(status.value for status in Status)
_HASH_NAMES = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha512": "SHA-512"}


def list_packages(call: Call) -> Response:
    """Answer ListPackages."""
    prefix = call.query.get("package-prefix", "")
    publish, upstream = call.choice("publish", _RESTRICTIONS), call.choice("upstream", _RESTRICTIONS)
    held = call.service.state.packages(call.repository()) if call.query.get("format", "pypi") == "pypi" else ()
    wanted = [
        package
        for package in held
        if package.name.startswith(prefix)
        and publish in {None, package.publish.value}
        and upstream in {None, package.upstream.value}
    ]
    page, more = call.page(wanted)
    records = [{"format": "pypi", "package": package.name, **_origin(package)} for package in page]
    return json_response({"packages": records, **more})


def describe_package(call: Call) -> Response:
    """Answer DescribePackage."""
    package = call.package()
    return json_response({"package": {"format": "pypi", "name": package.name, **_origin(package)}})


def put_package_origin_configuration(call: Call) -> Response:
    """Answer PutPackageOriginConfiguration."""
    restrictions = call.body.get("restrictions") or {}
    try:
        publish, upstream = (Restriction(restrictions[side]) for side in ("publish", "upstream"))
    except (KeyError, TypeError, ValueError) as exc:
        raise validation_error("restrictions need publish and upstream, each ALLOW or BLOCK") from exc
    package = call.package()
    changed = call.update_package(
        package.name, lambda current: replace(current or package, publish=publish, upstream=upstream)
    )
    return json_response(_origin(changed))


def _origin(package: Package) -> dict[str, Any]:
    restrictions = {"publish": package.publish.value, "upstream": package.upstream.value}
    return {"originConfiguration": {"restrictions": restrictions}}


def list_package_versions(call: Call) -> Response:
    """Answer ListPackageVersions."""
    package = call.package()
    status, origin = call.choice("status", _STATUSES), call.choice("originType", ("INTERNAL", "EXTERNAL", "UNKNOWN"))
    by_time = call.choice("sortBy", ("PUBLISHED_TIME",)) is not None
    versions = sorted(package.versions.values(), key=lambda version: Version(version.version), reverse=True)
    if by_time:
        versions.sort(key=lambda version: version.published_at, reverse=True)
    wanted = [
        version
        for version in versions
        if status in {None, version.status.value} and origin in {None, _origin_type(version)}
    ]
    page, more = call.page(wanted)
    records = [
        {
            "version": version.version,
            "revision": version.revision,
            "status": version.status.value,
            "origin": _version_origin(version),
        }
        for version in page
    ]
    return json_response(
        {
            "defaultDisplayVersion": _default_version(package),
            "format": "pypi",
            "package": package.name,
            "versions": records,
            **more,
        }
    )


def _default_version(package: Package) -> str | None:
    """Return the newest published version, a final release before any other."""
    published = [Version(key) for key, value in package.versions.items() if value.status is Status.PUBLISHED]
    newest = max(published, key=lambda version: (not version.is_prerelease, version), default=None)
    return str(newest) if newest is not None else None


def describe_package_version(call: Call) -> Response:
    """Answer DescribePackageVersion."""
    package, version = call.package(), call.version()
    record: dict[str, Any] = {
        "format": "pypi",
        "packageName": package.name,
        "displayName": package.name,
        "version": version.version,
        "summary": version.summary,
        "publishedTime": version.published_at,
        "licenses": [],
        "revision": version.revision,
        "status": version.status.value,
        "origin": _version_origin(version),
    }
    return json_response({"packageVersion": record})


def list_package_version_assets(call: Call) -> Response:
    """Answer ListPackageVersionAssets. Assets of the external connection are downloaded for their digests."""
    package, version = call.package(), call.version()
    page, more = call.page(version.assets)
    return json_response(
        {
            "format": "pypi",
            "package": package.name,
            "version": version.version,
            "versionRevision": version.revision,
            "assets": [_asset_record(call, asset) for asset in page],
            **more,
        }
    )


def _asset_record(call: Call, asset: Asset) -> dict[str, Any]:
    size, hashes = call.service.library.hashes(asset)
    named = {_HASH_NAMES[name]: digest for name, digest in hashes.items() if name in _HASH_NAMES}
    return {"name": asset.filename, "size": size, "hashes": named}


def get_package_version_asset(call: Call) -> Response:
    """Answer GetPackageVersionAsset."""
    version, filename = call.version(), call.argument("asset")
    asset = version.asset(filename) if version.status.is_downloadable else None
    revision = call.query.get("revision", version.revision)
    if asset is None or revision != version.revision:
        raise not_found("asset", filename)
    headers = (
        ("Content-Type", "application/octet-stream"),
        ("X-AssetName", asset.filename),
        ("X-PackageVersion", version.version),
        ("X-PackageVersionRevision", version.revision),
    )
    return Response(headers=headers, body=call.service.library.open(asset))


def update_package_versions_status(call: Call) -> Response:
    """Answer UpdatePackageVersionsStatus."""
    package = call.package()
    target, expected = call.body.get("targetStatus"), call.body.get("expectedStatus")
    if target not in _STATUSES:
        raise validation_error(f"targetStatus must be one of {', '.join(_STATUSES)}: {target}")
    changed: dict[str, PackageVersion] = {}
    failed: dict[str, dict[str, str]] = {}
    for number in call.body.get("versions") or ():
        version = package.versions.get(number)
        if version is None:
            failed[number] = {"errorCode": "NOT_FOUND", "errorMessage": f"no such version: {number}"}
        elif expected not in {None, version.status.value}:
            failed[number] = {"errorCode": "MISMATCHED_STATUS", "errorMessage": f"is {version.status.value}"}
        else:
            changed[number] = replace(version, status=Status(target))
    call.update_package(
        package.name,
        lambda current: replace(current or package, versions={**(current or package).versions, **changed}),
    )
    successful = {
        number: {"revision": version.revision, "status": version.status.value} for number, version in changed.items()
    }
    return json_response({"successfulVersions": successful, "failedVersions": failed})


def _origin_type(version: PackageVersion) -> str:
    return "EXTERNAL" if version.source is Source.EXTERNAL else "INTERNAL"


def _version_origin(version: PackageVersion) -> dict[str, Any]:
    entry = "externalConnectionName" if version.source is Source.EXTERNAL else "repositoryName"
    return {"domainEntryPoint": {entry: version.entry_point}, "originType": _origin_type(version)}
