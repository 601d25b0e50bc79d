# A day within a sentence: "we drew nothing on Monday".
history-day = { $day ->
       *[today] today
        [this-morning] this morning
        [this-afternoon] this afternoon
        [this-evening] this evening
        [last-night] last night
        [yesterday] yesterday
        [this-week] this week
        [last-week] last week
        [monday] on Monday
        [tuesday] on Tuesday
        [wednesday] on Wednesday
        [thursday] on Thursday
        [friday] on Friday
        [saturday] on Saturday
        [sunday] on Sunday
    }
# The words of a request or a picture.
history-words = { $words }

history-said-last = You said: { $words }.
history-never = You haven't asked me anything before.
history-said = { CAPITAL($when) } you said: { AND($words, apart: "yes") }.
history-said-many = { CAPITAL($when) } you said { COUNT($count) } things. The last were: { AND($words, apart: "yes") }.
history-said-nothing = You said nothing to me { $when }.
history-drawn = { CAPITAL($when) } we drew: { AND($words, apart: "yes") }.
history-drawn-many = { CAPITAL($when) } we drew { COUNT($count) } pictures. The last were: { AND($words, apart: "yes") }.
history-drawn-nothing = We drew nothing { $when }.

history-sent = { CAPITAL($when) }, to { AND($places) }: { AND($kinds) }.
history-sent-details = The page has the details.
history-sent-nothing = Nothing left the house { $when }.
history-sent-later = { $count ->
        [one] { COUNT($count) } thing waits to be sent.
       *[other] { COUNT($count) } things wait to be sent.
    }
# `name` is what a kind without words is called.
history-kind = { $kind ->
        [image-create] the words for a picture
        [image-edit] the words for a change
        [upload] a picture
        [chat] a question
        [search] a search
       *[other] { $name }
    }
history-kind-times = { $times ->
        [2] twice
       *[other] { COUNT($times) } times
    } { $kind }

doing = { CAPITAL(AND($doing)) }.
doing-nothing = Nothing just now.
doing-waited = { $count ->
        [one] It was asked for { LEFT($oldest) } ago.
       *[other] The oldest was asked for { LEFT($oldest) } ago.
    }
doing-finishing = I'm finishing { $count ->
        [one] { COUNT($count) } picture
       *[other] { COUNT($count) } pictures
    }
doing-pictures = { $online ->
        [yes] the bridge is finishing
       *[no] I'm offline and have still to finish
    } { $count ->
        [one] { COUNT($count) } picture
       *[other] { COUNT($count) } pictures
    }
doing-timers = { $count ->
        [one] { COUNT($count) } timer is running
       *[other] { COUNT($count) } timers are running
    }
