# The list that "the list" is while there is none, or several.
list-for-shopping = shopping

list-what-for = What is the list for?
list-begun = Okay, your { $list } list is ready.
list-there-already = There is a { $list } list already.
list-too-many = There are { COUNT($most) } lists already; delete one first.
list-full = The { $list } list is full: it has { COUNT($most) } lines.

list-on = { CAPITAL(AND($things)) } { $several ->
        [yes] are
       *[no] is
    } on your { $list } list.
list-on-already = { CAPITAL(AND($things)) } { $several ->
        [yes] are
       *[no] is
    } on your { $list } list already.
list-not-on = { CAPITAL(AND($things)) } { $several ->
        [yes] are
       *[no] is
    } not on your { $list } list.
list-off = { CAPITAL(AND($things)) } { $several ->
        [yes] are
       *[no] is
    } off your { $list } list.

list-none = You have no list yet.
list-none-named = There is no { $list } list.
list-deleted = The { $list } list is deleted.
list-cleared = The { $list } list is empty now.
list-empty = Your { $list } list is empty.
list-told = On your { $list } list: { AND($things) }.
list-first-of = { COUNT($count) } things are on your { $list } list; the first are { AND($things) }.
list-lists = { $count ->
        [one] You have one list: { AND($lists) }.
       *[other] You have { COUNT($count) } lists: { AND($lists) }.
    }
list-lists-more = You have { COUNT($count) } lists: { AND($lists) } and { COUNT($more) } more.
