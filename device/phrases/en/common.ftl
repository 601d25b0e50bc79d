# What several families say.

okay = Okay.
which-one = Which one: { OR($choices, asked: "yes") }?
which-picture = the { $picture }
confirm-shall-i = { $what }?
