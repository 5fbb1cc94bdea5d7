"""What a command imports before it knows what it will need: start-up is what everyone waits for."""

import subprocess
import sys

import pytest

HEAVY = ["urllib3", "boto3", "botocore", "rich", "mousebender", "pip", "http.server", "platformdirs"]


@pytest.mark.parametrize("command", ["lock", "fetch", "check", "status"])
def test_command_that_may_find_nothing_to_do_imports_nothing_heavy(command: str) -> None:
    script = f"import ca_vendor.cli.main, ca_vendor.cli.{command}, sys; print([n for n in {HEAVY} if n in sys.modules])"
    completed = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert completed.stdout.strip() == "[]"


def test_completing_a_commands_name_imports_no_command() -> None:
    script = (
        "import os, sys, ca_vendor.cli.main\n"
        "os.environ |= {'_CA_VENDOR_COMPLETE': 'bash_complete', 'COMP_WORDS': 'ca-vendor l', 'COMP_CWORD': '1'}\n"
        "try:\n"
        "    ca_vendor.cli.main.run([])\n"
        "except SystemExit:\n"
        "    pass\n"
        "print([name for name in sys.modules if name.startswith('ca_vendor.workflows')])"
    )
    completed = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert completed.stdout.split("\n")[:2] == ["plain,lock", "[]"]
