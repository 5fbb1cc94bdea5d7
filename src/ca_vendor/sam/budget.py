"""The bound on all work that one template may cause."""

from dataclasses import dataclass
from pathlib import Path

from ca_vendor.sam.errors import TemplateTooLargeError

MAX_STEPS = 1_000_000
MAX_TEXT = 1024 * 1024
MAX_STACKS = 500


@dataclass(slots=True)
class Budget:
    """Counts the values visited while a template and its nested stacks are read.

    Loops, conditions and nested stacks each multiply; one counter over all of them bounds every combination.
    """

    path: Path
    steps: int = MAX_STEPS
    stacks: int = MAX_STACKS

    def spend(self, steps: int = 1) -> None:
        """Take steps off the budget.

        Raises:
            TemplateTooLargeError: none are left.
        """
        self.steps -= steps
        if self.steps < 0:
            raise TemplateTooLargeError(f"more than {MAX_STEPS} values to work out", path=self.path)

    def open_stack(self) -> None:
        """Count one more stack.

        Raises:
            TemplateTooLargeError: there are too many.
        """
        self.stacks -= 1
        if self.stacks < 0:
            raise TemplateTooLargeError(f"more than {MAX_STACKS} nested stacks", path=self.path)
