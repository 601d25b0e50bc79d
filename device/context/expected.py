"""What the device expects to hear: the commands of its sentence templates, and the household's names."""

from collections.abc import Callable, Sequence

from hassil import Intents, recognize_all

from device.context.heard import Heard
from device.context.hearing import Hearing
from device.context.others import OthersSentences, understood_by
from device.context.word_graph import word_graph
from edge_models.expected import Expected

_NONE = "none"


def expected(
    said: Intents,
    intents: Intents,
    hearing: Hearing,
    read: Callable[[str], Heard],
    is_sure: Callable[[str], bool],
    *,
    names: tuple[str, ...] = (),
    others: Sequence[OthersSentences] = (),
) -> Expected:
    """Return the commands that leave nothing open: what is said freely (a prompt) can't be expected.

    `said` are they with all their words, `intents` what they are understood with. With them those of `others`.
    """
    graph = word_graph(said, but={_NONE})
    for each in others:
        for word, after in word_graph(each.intents).items():
            graph[word] = graph.get(word, frozenset()) | after

    def command_in(text: str) -> str:
        return hearing.command(read(text).text)

    def is_command(text: str) -> bool:
        heard = read(text)
        command = hearing.command(heard.text)
        if (meant := understood_by(others, heard.as_said(command))) and meant.word_for_word:
            return True
        found = list(recognize_all(command, intents))
        closed = (all(not entity.is_wildcard for entity in each.entities_list) for each in found)
        return any(closed) and all(each.intent.name != _NONE for each in found)

    return Expected(graph, command=command_in, is_command=is_command, is_understood=is_sure, names=names)
