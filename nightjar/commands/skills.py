"""`nightjar skills`: skills that others wrote, and which of them may run here."""

import argparse
import sys
from typing import TYPE_CHECKING

from nightjar.errors import UserError
from nightjar.home import home
from nightjar.output import print_json, print_line

if TYPE_CHECKING:
    from device.skills.installed import Found

TRUST = (
    "{package} {version} is a program that others wrote. It runs inside the device, with all that the device may do: "
    "it can listen, read your pictures and notes, and send things out. Allow it only if you trust who made it."
)


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `skills` and its commands."""
    parser = subparsers.add_parser("skills", help="skills that others wrote, and which may run")
    commands = parser.add_subparsers(dest="skills_command", metavar="COMMAND", required=True)

    listing = commands.add_parser("list", help="the installed skills, and which are allowed")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=_list)

    allowing = commands.add_parser(
        "allow", help="let an installed skill run in the device, in the version that is here"
    )
    allowing.add_argument("name", metavar="NAME", help="the package's name, as `nightjar skills list` shows it")
    allowing.add_argument("--yes", action="store_true", help="don't ask")
    allowing.set_defaults(run=_allow)

    forbidding = commands.add_parser("forbid", help="let it run no more")
    forbidding.add_argument("name", metavar="NAME")
    forbidding.set_defaults(run=_forbid)


def _list(args: argparse.Namespace) -> int:
    from device.allowed import read_allowed
    from device.skills.installed import installed_skills

    allowed = read_allowed(home()).skills
    found = installed_skills()
    for one in found:
        version = allowed.get(one.package)
        if args.json:
            is_allowed = version == one.version
            print_json({"package": one.package, "version": one.version, "skill": one.name, "allowed": is_allowed})
            continue
        state = "allowed" if version == one.version else f"allowed as {version} only" if version else "not allowed"
        print_line(f"{one.package:<24}{one.version:<12}{state}")
    for package in sorted(set(allowed) - {one.package for one in found}):
        if not args.json:
            print_line(f"{package:<24}{allowed[package]:<12}allowed, but not installed")
    if not found and not args.json:
        print("No skills of others are installed; docs/skills.md shows how one is written.", file=sys.stderr)
    return 0


def _allow(args: argparse.Namespace) -> int:
    from device.allowed import read_allowed, write_allowed
    from device.context.engine import ContextEngine
    from device.skills.installed import SkillRefused, load

    allowed = read_allowed(home())
    found = _found(args.name)
    print_line(TRUST.format(package=found[0].package, version=found[0].version))
    if not args.yes and not _agreed():
        print_line("It stays out.")
        return 1
    taken = ContextEngine().families
    try:
        loaded = [load(one, taken=taken) for one in found]
    except SkillRefused as refused:
        raise UserError(str(refused)) from None
    for one in loaded:
        print_line(f"  does:       {', '.join(sorted(one.skill.intents))}")
        print_line(f"  may leave:  {', '.join(sorted(one.skill.leaves)) or 'nothing, it says'}")
    skills = {**allowed.skills, found[0].package: found[0].version}
    write_allowed(home(), allowed.model_copy(update={"skills": skills}))
    print_line("It is allowed, in this version, from the device's next start on.")
    return 0


def _forbid(args: argparse.Namespace) -> int:
    from device.allowed import read_allowed, write_allowed

    allowed = read_allowed(home())
    if args.name not in allowed.skills:
        raise UserError(f"{args.name!r} isn't allowed; `nightjar skills list` shows what is.")
    skills = {package: version for package, version in allowed.skills.items() if package != args.name}
    write_allowed(home(), allowed.model_copy(update={"skills": skills}))
    print_line(f"{args.name} is forbidden, from the device's next start on.")
    return 0


def _found(name: str) -> "list[Found]":
    from device.skills.installed import installed_skills

    found = [one for one in installed_skills() if one.package == name]
    if not found:
        raise UserError(f"No skill {name!r} is installed; `nightjar skills list` shows those that are.")
    return found


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise UserError("Say --yes to allow it where nobody can be asked.")
    return input("Allow it? [y/N] ").strip().lower() in {"y", "yes"}
