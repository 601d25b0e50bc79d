# What the page shows where nothing can be said.
fault-voice = The voice doesn't work; the answer is on the page.
fault-loudspeaker = The loudspeaker doesn't answer.
fault-deaf = I can't hear properly at the moment; type your command, or restart me.
fault-not-made-out = I couldn't make out what you said.
fault-outbox-full = { $count ->
        [one] { COUNT($count) } picture is waiting for the bridge already, for { LEFT($oldest) }; try again later.
       *[other] { COUNT($count) } pictures are waiting for the bridge already, the oldest for { LEFT($oldest) }; try again later.
    }
fault-disk-low = The disk is nearly full, so nothing more can wait for the bridge.
fault-finisher-full = Too many pictures are waiting to be finished already; try again later.
fault-not-finished = The finished picture didn't work out; the draft is what there is.
fault-expired = The bridge could not be reached in time, so the finished picture was not made.
fault-outcome-unknown = The bridge never said what became of a picture, so it is not known whether it was made.
fault-set-aside = A picture could not be sent to the bridge, however often I tried, so I have set it aside.
# `text` is the bridge's sentence: whose budget it is, the device's or the household's.
fault-over-budget = { $text }
fault-ask-again = It can be asked for again in { LEFT($after) }.
fault-damaged = The finished picture was missing or damaged every time it was fetched.
fault-cancelled = The picture is cancelled.
