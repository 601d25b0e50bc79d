question-looking = Let me look that up.
question-cannot = { $why ->
        [offline] I can't look that up without a network.
        [no_bridge] I can't look that up: no bridge is set up that could.
        [not_set_up] I can't look that up: my bridge isn't set up for it.
       *[unreachable] I can't reach an answer at the moment.
    }
question-unanswered = { $code ->
        [not_configured] I can't look that up: my bridge isn't set up for it.
        [nothing_found] I found nothing about that.
        [outcome_unknown] The answer got lost on its way.
        [refused] That question wasn't answered.
        [bad_request] That question wasn't answered.
       *[other] I can't reach an answer at the moment.
    }
question-in-need = If you feel like hurting yourself, please talk now to somebody you trust, or call the emergency number where you are.
question-rest-missing = The rest of the answer didn't come.
question-stopped = I stopped answering.
question-not-told = I don't know that. You haven't told me.
question-what = What do you mean?

question-note = { $ago ->
        [today] Your note from earlier today says: { SENTENCE($note) }
        [yesterday] Your note from yesterday says: { SENTENCE($note) }
       *[other] Your note from { DATE($at) } says: { SENTENCE($note) }
    }
question-fact = You told me: { SENTENCE(TO-YOU($fact)) }
question-again = { $ago ->
        [today] You asked that earlier today. The answer was: { SENTENCE($answer) }
        [yesterday] You asked that yesterday. The answer was: { SENTENCE($answer) }
       *[other] You asked that on { DATE($at) }. The answer was: { SENTENCE($answer) }
    }

question-according = That's according to { AND($sites) }.
question-page = { $site }: { $title }
question-source = From { AND($pages) }. The page has the links.
question-source-engine = From { $engine }, which named no source.
question-source-own = From your own words, on this device; I asked nobody.
question-source-none = I haven't looked anything up lately.
