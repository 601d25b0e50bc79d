"""Changes a part of a picture, marked with a finger: "a hat here", "remove this", "make it blue".

What is in the part is known from the layout, which the draft and the final share. What is added is put into the part;
what is taken out or described is what stands there. Nothing else in the picture moves.
"""

import re
from collections.abc import Mapping

from edge_models.image.arabic import in_english
from edge_models.image.edit import Edited, edit_scene
from edge_models.image.layout import Placed, lay_out
from edge_models.image.sayings import Sayings, sayings
from edge_models.image.scene import Box, Relation, Scene, Subject

NOT_A_PART = "I can change things in a part of the picture, but not its light, place or style."
_HERE = re.compile(
    r"\b(?:right |over |just |in |at |to |on )?"
    r"(?:here|there|this (?:part|place|spot|area|corner)|the marked (?:part|area))\b",
    re.IGNORECASE,
)
_WHAT = "(?:it|him|her|them|(?:this|that)(?: one)?|these|those|everything|all|all of (?:it|them|this))"
_REMOVE = re.compile(
    r"(?:please )?(?:remove|delete|erase|get rid of|take away|take out|clear|empty|hide|lose|drop)"
    rf"(?: {_WHAT})?(?: (?:away|out|please))*",
    re.IGNORECASE,
)
_TAKE = re.compile(rf"(?:please )?take {_WHAT} (?:away|out)", re.IGNORECASE)
_NOTHING = re.compile(r"(?:nothing|empty|away with (?:it|this|that|them))", re.IGNORECASE)
_COUNTED = r"(?:a|an|some|another|one|two|three|four|five|six|seven|eight|nine|ten|more) "
_ADD = re.compile(
    r"(?:please )?(?:(?:add|insert|include)(?: in)? |"
    rf"(?:put|draw|paint|place|i want|i'd like|give me)(?: in)? (?={_COUNTED}))",
    re.IGNORECASE,
)
_ADDED = re.compile(_COUNTED, re.IGNORECASE)


def edit_region(scene: Scene, words: str, box: Box, *, seed: int, language: str = "en") -> Edited:
    """The scene with the change that the words ask for in `box`, English or Arabic.

    `seed` is the picture's, `language` that of `Edited.said`.

    Never raises for any text. A change of light, place, weather or style isn't one of a part: `NOT_A_PART`.
    """
    text = without_here(" ".join(in_english(words).split()))
    inside = in_box(scene, box, seed=seed)
    if takes_all_out(text):
        return _emptied(scene, inside, sayings(language))
    added = _ADD.match(text)
    wish = text[added.end() :] if added else text
    if wish and (added or _ADDED.match(wish)) and "instead" not in wish:
        return _added(scene, wish, box, inside, language)
    if not inside:
        return Edited(scene=scene, changed=False, said=text)
    return _of_things(scene, edit_scene(scene, text, within=inside, language=language))


def without_here(words: str) -> str:
    """The words without "here" and the like, which say no more than that a part is marked."""
    return re.sub(r"\s+", " ", _HERE.sub(" ", words)).strip(" ,.!?")


def takes_all_out(text: str) -> bool:
    """Whether the words, without "here", ask for all that is in a marked part to be gone: "remove this", "empty"."""
    return any(pattern.fullmatch(text) for pattern in (_REMOVE, _TAKE, _NOTHING))


def in_box(scene: Scene, box: Box, *, seed: int) -> dict[int, int]:
    """The subjects that stand in the box, and how many figures of each; those that fill most of it first."""
    figures = [placed for placed in lay_out(scene, seed=seed).placed if placed.subject is not None]
    shared = {id(placed): _shared(placed, box) for placed in figures}
    # In it: half of the figure, or the box is a part of the figure and nothing smaller is there.
    held = [placed for placed in figures if shared[id(placed)] >= 0.5 * placed.width * placed.height]
    if not held:
        around = [p for p in figures if shared[id(p)] >= 0.5 * (box.right - box.left) * (box.bottom - box.top)]
        held = sorted(around, key=lambda placed: placed.width * placed.height)[:1]
    counts: dict[int, int] = {}
    for placed in sorted(held, key=lambda placed: -shared[id(placed)]):
        if placed.subject is not None:
            counts[placed.subject] = counts.get(placed.subject, 0) + 1
    return counts


def _shared(placed: Placed, box: Box) -> float:
    """The area that a figure and the box have in common."""
    width = min(box.right, placed.x + placed.width / 2) - max(box.left, placed.x - placed.width / 2)
    height = min(box.bottom, placed.base) - max(box.top, placed.top)
    return max(0.0, width) * max(0.0, height)


def _emptied(scene: Scene, inside: Mapping[int, int], say: Sayings) -> Edited:
    """Without what stands in the part: some of a crowd, or all of it."""
    if not inside:
        return Edited(scene=scene, changed=False, said="", already=True)
    subjects: list[Subject] = []
    kept: dict[int, int] = {}
    for index, subject in enumerate(scene.subjects):
        left = subject.count - inside.get(index, 0)
        if left > 0:
            kept[index] = len(subjects)
            subjects.append(subject.model_copy(update={"count": left}))
    relations = tuple(
        Relation(of=kept[r.of], kind=r.kind, to=kept[r.to]) for r in scene.relations if r.of in kept and r.to in kept
    )
    gone = [scene.subjects[index].model_copy(update={"count": n}) for index, n in inside.items()]
    return Edited(
        scene=scene.model_copy(update={"subjects": tuple(subjects), "relations": relations, "unknown": ()}),
        changed=True,
        said=say.comma.join(say.removed(subject) for subject in gone),
    )


def _added(scene: Scene, wish: str, box: Box, inside: Mapping[int, int], language: str) -> Edited:
    """With what is wished for in the part; a hat on somebody's head is worn."""
    before = len(scene.subjects)
    edited = edit_scene(scene, f"add {wish}", within=inside, language=language)
    if not edited.changed:
        return edited
    after = edited.scene
    fresh = range(before, len(after.subjects))
    if not fresh:
        return Edited(scene=scene, changed=False, said=NOT_A_PART)
    worn = {r.to for r in after.relations if r.kind in ("wearing", "holding") and r.of in {*inside, *fresh}}
    loose = [index for index in fresh if index not in worn]
    # A relation to somebody elsewhere in the picture would pull it away from where it was put.
    relations = tuple(r for r in after.relations if not {r.of, r.to} & set(loose) or {r.of, r.to} <= {*fresh, *worn})
    subjects = list(after.subjects)
    width = (box.right - box.left) / max(1, len(loose))
    for nth, index in enumerate(loose):
        left = box.left + nth * width
        own = Box(left=left, top=box.top, right=left + width, bottom=box.bottom)
        subjects[index] = subjects[index].model_copy(update={"box": own})
    moods = {field: getattr(scene, field) for field in ("place", "weather", "time", "style")}
    put = after.model_copy(update={"subjects": tuple(subjects), "relations": relations, **moods})
    return Edited(scene=put, changed=True, said=edited.said)


def _of_things(before: Scene, edited: Edited) -> Edited:
    """The edit, unless it is one of the whole picture."""
    fields = ("place", "weather", "time", "style")
    if edited.changed and any(getattr(edited.scene, field) != getattr(before, field) for field in fields):
        return Edited(scene=before, changed=False, said=NOT_A_PART)
    return edited
