list-for-shopping = التسوق

list-what-for = لأي شيء هذه القائمة؟
list-begun = حسنًا، قائمة { $list } جاهزة.
list-there-already = قائمة { $list } موجودة بالفعل.
list-too-many = { $most ->
        [few] توجد { COUNT($most, of: "f") } قوائم بالفعل؛ يجب حذف إحداها أولًا.
       *[other] توجد { COUNT($most, of: "f") } قائمة بالفعل؛ يجب حذف إحداها أولًا.
    }
list-full = قائمة { $list } ممتلئة، وعدد سطورها { COUNT($most) }.

list-on = { AND($things) } على قائمة { $list }.
list-on-already = { AND($things) } على قائمة { $list } من قبل.
list-not-on = ليس على قائمة { $list }: { AND($things) }.
list-off = حُذف من قائمة { $list }: { AND($things) }.

list-none = ليست لديك قوائم بعد.
list-none-named = لا توجد قائمة باسم { $list }.
list-deleted = تم حذف قائمة { $list }.
list-cleared = قائمة { $list } فارغة الآن.
list-empty = قائمة { $list } فارغة.
list-told = على قائمة { $list }: { AND($things) }.
list-first-of = عدد ما على قائمة { $list }: { COUNT($count) }، وأوله { AND($things) }.
list-lists = { $count ->
        [one] لديك قائمة واحدة: { AND($lists) }.
        [two] لديك قائمتان: { AND($lists) }.
        [few] لديك { COUNT($count, of: "f") } قوائم: { AND($lists) }.
       *[other] لديك { COUNT($count, of: "f") } قائمة: { AND($lists) }.
    }
list-lists-more = عدد قوائمك { COUNT($count) }: { AND($lists) }، وغيرها { COUNT($more) }.
