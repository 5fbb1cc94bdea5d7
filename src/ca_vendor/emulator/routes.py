"""Which operation answers which method and path of the control plane."""

from ca_vendor.emulator import operations, package_operations
from ca_vendor.emulator.control import Operations

OPERATIONS: Operations = {
    ("POST", "/v1/authorization-token"): operations.get_authorization_token,
    ("GET", "/v1/domain"): operations.describe_domain,
    ("POST", "/v1/domain"): operations.create_domain,
    ("POST", "/v1/domains"): operations.list_domains,
    ("POST", "/v1/domain/repositories"): operations.list_repositories_in_domain,
    ("POST", "/v1/repositories"): operations.list_repositories,
    ("GET", "/v1/repository"): operations.describe_repository,
    ("POST", "/v1/repository"): operations.create_repository,
    ("PUT", "/v1/repository"): operations.update_repository,
    ("GET", "/v1/repository/endpoint"): operations.get_repository_endpoint,
    ("POST", "/v1/repository/external-connection"): operations.associate_external_connection,
    ("DELETE", "/v1/repository/external-connection"): operations.disassociate_external_connection,
    ("POST", "/v1/packages"): package_operations.list_packages,
    ("GET", "/v1/package"): package_operations.describe_package,
    ("POST", "/v1/package"): package_operations.put_package_origin_configuration,
    ("POST", "/v1/package/versions"): package_operations.list_package_versions,
    ("POST", "/v1/package/versions/update_status"): package_operations.update_package_versions_status,
    ("GET", "/v1/package/version"): package_operations.describe_package_version,
    ("POST", "/v1/package/version/assets"): package_operations.list_package_version_assets,
    ("GET", "/v1/package/version/asset"): package_operations.get_package_version_asset,
}
