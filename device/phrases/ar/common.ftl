okay = حسنًا.
which-one = أيها المقصود: { OR($choices, asked: "yes") }؟
which-picture = { $picture }
confirm-shall-i = { $what }؟
