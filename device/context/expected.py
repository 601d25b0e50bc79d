"""What the device expects to hear: the commands of its sentence templates, and the household's names."""

from hassil import Intents, recognize_all

from device.context.hearing import Hearing
from device.context.word_graph import word_graph
from edge_models.expected import Expected

_NONE = "none"


def expected(intents: Intents, hearing: Hearing, names: tuple[str, ...] = ()) -> Expected:
    """Return the commands of `intents` that leave nothing open: what is said freely (a prompt) can't be expected."""

    def is_command(text: str) -> bool:
        found = list(recognize_all(hearing.command(text), intents))
        closed = (all(not entity.is_wildcard for entity in each.entities_list) for each in found)
        return any(closed) and all(each.intent.name != _NONE for each in found)

    return Expected(word_graph(intents, but={_NONE}), command=hearing.command, is_command=is_command, names=names)
