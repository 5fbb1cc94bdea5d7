"""Run ``python -m ca_vendor`` and the ``ca-vendor`` command."""

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from ca_vendor.cli.main import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
