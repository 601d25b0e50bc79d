okay = حسنًا.
which-one = أيها المقصود: { OR($choices, asked: "yes") }؟
