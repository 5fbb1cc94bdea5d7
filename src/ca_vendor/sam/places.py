"""Where the paths that a template states lead.

Relative paths are joined as text before symbolic links are followed, as SAM CLI does: `link/../src` is `src`.
"""

import os.path
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the relative paths of one stack lead.

    Attributes:
        template_directory: the directory of the stack's template.
        base_directory: what code paths are relative to instead; `None` for the template's directory.
        project_root: what must contain all sources, resolved; `None` to accept any place.
    """

    template_directory: Path
    base_directory: Path | None = None
    project_root: Path | None = None

    @classmethod
    def of_template(cls, template: Path, *, base_directory: Path | None, project_root: Path | None) -> "Place":
        """The place of a template file; a template that is a symbolic link counts where it leads."""
        path = template.resolve() if template.is_symlink() else Path.cwd() / template
        return cls(
            template_directory=Path(os.path.normpath(path.parent)),
            base_directory=base_directory,
            project_root=project_root.resolve() if project_root else None,
        )

    def code(self, stated: str) -> Path:
        """The directory that a code path names, absolute, symbolic links followed."""
        if self.base_directory is not None:
            return (self.base_directory / stated).resolve()
        return self.beside_template(stated).resolve()

    def beside_template(self, stated: str) -> Path:
        """The path of a file that is named relative to the template, absolute."""
        return Path(os.path.normpath(self.template_directory / stated))

    def contains(self, path: Path) -> bool:
        """Whether a path lies within the project, symbolic links followed."""
        return self.project_root is None or path.resolve().is_relative_to(self.project_root)
