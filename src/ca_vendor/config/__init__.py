"""Configuration: ``[tool.ca-vendor]`` in pyproject.toml, or ca-vendor.toml."""

from ca_vendor.config.reading import read_settings
from ca_vendor.config.settings import BundleSettings, InvalidSettingError, Settings

__all__ = ["BundleSettings", "InvalidSettingError", "Settings", "read_settings"]
