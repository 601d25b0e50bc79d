"""What the command line tells a user in one sentence."""


class UserError(Exception):
    """Something the user can act on: printed as one plain sentence on stderr, exit code 1."""


MUTED = 'The microphone is muted; open it with: nightjar ask "unmute the microphone"'
