"""What a device keeps in its home directory: pictures, what is to come, what is written down, what was said."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from device.agenda import Agenda
from device.answers import Answers
from device.bus import Bus
from device.clock import Clock
from device.do_not_disturb import Quiet
from device.gallery import Edits, Gallery, Regions, Trash
from device.history import History
from device.memory import Memory
from device.paper import Lists, Notes
from device.recorder import Journal, Recorder
from device.store import Store
from device.timers import Timers
from edge_models.sentence_embedding import SentenceEncoder


@dataclass(frozen=True, slots=True)
class Kept:
    """All of it, on the one store."""

    store: Store
    gallery: Gallery
    edits: Edits
    trash: Trash
    regions: Regions
    timers: Timers
    agenda: Agenda
    quiet: Quiet
    lists: Lists
    notes: Notes
    memory: Memory
    answers: Answers
    history: History
    journal: Journal
    recorder: Recorder

    @classmethod
    def on(cls, store: Store, home: Path, *, bus: Bus, clock: Clock, encoder: Callable[[], SentenceEncoder]) -> "Kept":
        """Return what lies on `store` and in `home`; journal and recorder note from now on what `bus` carries.

        `encoder` loads the model that finds facts by their meaning.
        """
        gallery = Gallery(store, home / "pictures")
        timers = Timers(store)
        journal, recorder = Journal(store), Recorder(store)
        bus.observe(journal.note)
        bus.observe(recorder.note)
        return cls(
            store=store,
            gallery=gallery,
            edits=Edits(store, gallery),
            trash=Trash(store, gallery, clock),
            regions=Regions(store),
            timers=timers,
            agenda=Agenda(store, changed=timers.changed),
            quiet=Quiet(store, bus),
            lists=Lists(store),
            notes=Notes(store),
            memory=Memory(store, encoder=encoder),
            answers=Answers(store),
            history=History(store, recorder=recorder, journal=journal),
            journal=journal,
            recorder=recorder,
        )

    async def load(self) -> None:
        """Take up what there was before the device was switched off. Raises StoreError."""
        await self.trash.load()
        await self.gallery.sweep()
        await self.timers.load()
        await self.agenda.load()
        await self.quiet.load()
        await self.memory.load()
