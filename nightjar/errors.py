"""What the command line tells a user in one sentence."""


class UserError(Exception):
    """Something the user can act on: printed as one plain sentence on stderr, exit code 1."""
