"""Packages as pip leaves them behind, written by hand: a module and its metadata."""

import shutil
from pathlib import Path

COFFEE = Path(__file__).parents[1] / "docs" / "examples" / "coffee_skill" / "coffee_skill"


def install(site: Path, package: str, module: str, code: str = "", *, version: str = "0.1.0", name: str = "") -> None:
    """Put a module with one skill, called `Made`, into `site`; its entry point is `name`, else the module's name."""
    site.mkdir(exist_ok=True)
    if code:
        (site / f"{module}.py").write_text(code)
    _metadata(site, package, version, f"{name or module} = {module}:Made")


def install_coffee(site: Path, version: str = "0.1.0") -> None:
    """Put the example into `site`, in one version alone."""
    shutil.copytree(COFFEE, site / "coffee_skill", dirs_exist_ok=True)
    shutil.rmtree(site / "coffee_skill-0.1.0.dist-info", ignore_errors=True)
    _metadata(site, "coffee-skill", version, "coffee = coffee_skill:CoffeeSkill")


def _metadata(site: Path, package: str, version: str, entry: str) -> None:
    info = site / f"{package.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[nightjar.skills]\n{entry}\n")
