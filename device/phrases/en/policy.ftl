policy-stays = I'll keep this one here: { $because }.

# The end of a sentence: "I'll keep this one here: …", "Because …".
policy-not-meant-to = it isn't meant to leave the device
policy-no-such-words = I don't send such words
policy-not-drawn-here = I don't draw that
policy-not-told-here = that isn't for children
policy-nothing-leaves = nothing may leave the device
policy-data-stays = { AND($kinds) } may not leave the device
policy-data = { $kind ->
        [text] your words
        [audio] recordings
        [photo] photos
       *[location] your location
    }

policy-not-drawn = { $kind ->
        [self_harm] I won't draw that. If you think of hurting yourself, please talk to somebody you trust, or call the emergency number.
        [sexual] I don't draw anything sexual. Ask me for something else.
        [violence] I don't draw cruelty or blood. Ask me for something else.
        [hate] I don't draw hate. Ask me for something else.
        [weapons] Weapons are not for child mode. Ask me for something else.
        [horror] That's too scary for child mode. Ask me for something friendlier.
        [alcohol] Alcohol is not for child mode. Ask me for something else.
        [drugs] Drugs and smoking are not for child mode. Ask me for something else.
        [gambling] Gambling is not for child mode. Ask me for something else.
        [artist] I don't imitate living artists. Name a style instead: watercolour, say, or pop art.
       *[other] I don't draw that. Ask me for something else.
    }
policy-not-told = That's not for child mode. A grown-up can tell you more about it.
