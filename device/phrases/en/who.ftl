who-known = You're { $person }.
who-unsure = I can't tell by your voice.
who-typed = You typed, so I can't tell.
who-no-voices = I don't know anybody's voice yet; the README says how I learn one.
