note-what = What shall I write down?
note-taken = Okay, I wrote it down.
note-too-long = That's too long for a note.
note-too-many = There are { COUNT($most) } notes already; delete some first.

note-none = You have no notes.
note-none-about = There is no note about { $about }.
note-told = { SENTENCE($note) }
note-several = { COUNT($count) } notes:
note-several-latest = { COUNT($count) } notes; the latest:
note-which = There are { COUNT($count) } such notes. Say: delete the last note, or the note about something in it.
note-deleted = { $count ->
        [one] The note is deleted.
       *[other] { COUNT($count) } notes are deleted.
    }
