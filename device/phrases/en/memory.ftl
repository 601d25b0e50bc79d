memory-what = What shall I remember?
memory-kept = I'll remember: { TO-YOU($fact) }.
memory-known = I know that already.
memory-full = I remember { NUMBER($most) } things already; forget one first.
memory-too-long = That's too long to remember; say it in at most { COUNT($most) } characters.

memory-empty = You haven't told me anything yet.
memory-told = { SENTENCE(TO-YOU($fact)) }
memory-told-by = { $person } told me: { SENTENCE($fact) }
memory-more = And { COUNT($count) } more; the page has them all.
memory-unknown = I don't know anything about that.
memory-unknown-about = I don't know anything about { TO-YOU($about) }.

memory-really-all = Really everything?
memory-really = That's { COUNT($count) } things. Really all of them?
memory-mean = Do you mean: { TO-YOU($fact) }?
memory-stays = Okay, I keep it.
memory-forgotten = Forgotten: { TO-YOU($fact) }.
memory-several-forgotten = { COUNT($count) } things forgotten.
memory-nothing-to-forget = There is nothing to forget.
