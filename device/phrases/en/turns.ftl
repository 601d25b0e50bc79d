turns-failed = Sorry, that went wrong.
turns-too-slow = Sorry, that took too long.
turns-too-busy = Too many commands are waiting; try again in a moment.
