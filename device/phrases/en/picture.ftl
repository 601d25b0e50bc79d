picture-what = What shall I draw? { about-hint }
picture-none = There is no picture yet. { about-hint }
picture-drawing = Drawing { $words }.
picture-another = Here comes another one.
picture-shown = Here it is: { $title }.
picture-not-ready = That picture isn't ready yet.

# `changes` are what is different now: "with a blue fox, at night".
picture-changed = Okay, { $changes }.
picture-already = It's like that already.
picture-cannot-change = Sorry, I couldn't do that with the picture: “{ $change }”.
picture-not-of-a-part = I can change things in a part of the picture, but not its light, place or style.
picture-only-into-photos = I can draw things into a photo, but I can't change the photo itself yet.
picture-nothing-left = Then nothing would be left in the picture.
picture-no-other-photo = I can't make another one of a photo.

# What follows "Drawing …", or stands for it.
picture-later = I'll finish it when I'm back online.
picture-unknown-because = I don't know how to draw { OR($things) } yet, and { $because }.
# `nearest` is what can be drawn and comes near: "a badger", for a wolverine; or "none".
picture-unknown-but-drawn = But I don't know how to draw { OR($things) } yet{ $nearest ->
        [none] {""}
       *[other] ; the nearest I know is { $nearest }
    }.
picture-unknown-sorry = Sorry, I don't know how to draw { OR($things) } yet{ $nearest ->
        [none] {""}
       *[other] ; the nearest I know is { $nearest }
    }.
picture-unknown-later = I don't know how to draw { OR($things) } yet, but I'll ask for help when I'm back online.
picture-unknown-asked = I don't know how to draw { OR($things) } yet, but I've asked for help.
picture-unknown-here = I don't know how to sketch { OR($things) }, but the finished picture will try.
picture-full = The rest doesn't fit into one picture of mine.
picture-failed = Sorry, the picture didn't work out.
picture-draft-failed = The quick draft didn't work out.

picture-back-to = Okay, back to { $title }.
picture-again = Okay, { $title } again.
picture-before-deleted = I can't go back: the picture before it is deleted.
picture-nothing-to-undo = There's nothing to undo: the picture began like this.
picture-nothing-to-redo = There's nothing to put back.
picture-nothing-to-restore = There's nothing to bring back.
picture-restored = It's back: { $title }.

picture-deleted = It's deleted. Say “bring it back” if you still want it.
picture-delete-all = { $count ->
        [one] Shall I delete your only picture for good?
       *[other] Shall I delete all { COUNT($count) } pictures for good?
    }
picture-all-deleted = { $count ->
        [one] Your picture is deleted.
       *[other] All your pictures are deleted.
    }

picture-made-from = It was made from the words “{ $title }”.
picture-shows = It shows { $what }{ $photo ->
        [yes] {" in your photo"}
       *[no] {""}
    }.
picture-shows-without = It shows { $what }{ $photo ->
        [yes] {" in your photo"}
       *[no] {""}
    }, but not { OR($things) }, which I can't draw.
picture-not-made-yet = It isn't ready yet.
picture-finished-by = It's the finished picture, by { $engine }.
picture-draft-for-now = It's my draft; the finished one is on its way.
picture-draft = It's a draft of my own.
picture-photo-today = It's a photo that came from { $source } today at { TIME($at) }.
picture-photo-on = It's a photo that came from { $source } on { DATE($at) } at { TIME($at) }.

picture-two-needed = I need two pictures for that.
picture-together-already = They are in one picture already.
picture-two-photos = I can draw things into a photo, but I can't put two photos together yet.
picture-both = both
picture-together = Okay, together: { $what }.
picture-together-without = Okay, together: { $what }, without { OR($things) }.

picture-on-phone = { $watching ->
        [yes] It's on { $phone }.
       *[no] It'll be there when the page is open on { $phone }.
    }
picture-not-outside = I can't send pictures to anybody outside; you can share it from the page.
picture-no-phone = No phone is paired with me yet, so it's only on my own page.
picture-on-which-phone = Where shall I show it: { OR($phones, asked: "yes") }?
picture-phone-unknown = I don't know { $name }; I can show it on { AND($phones) }.

photo-here = Your photo is here; say what to do with it.
# What a photo is called in the gallery.
photo-title = a photo
