"""Configuration: ``[tool.ca-vendor]`` in pyproject.toml, or ca-vendor.toml."""

from ca_vendor.config.reading import read_settings
from ca_vendor.config.settings import BundleSettings, IndexSettings, InvalidSettingError, Settings

__all__ = ["BundleSettings", "IndexSettings", "InvalidSettingError", "Settings", "read_settings"]
