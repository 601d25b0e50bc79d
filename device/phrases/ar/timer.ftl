timer-named = مؤقت { $name }
timer-of = مؤقت { LENGTH($length) }
timer-all = جميع المؤقتات

timer-how-long = كم المدة؟
timer-set = { DURATION($length) }، بدءًا من الآن.
timer-set-named = مؤقت { $name }، { DURATION($length) }، بدءًا من الآن.
timer-too-long = هذه المدة أطول من اللازم لمؤقت؛ أقصاها ثلاثون يومًا.
timer-too-many = { $most ->
        [few] يوجد { COUNT($most) } مؤقتات بالفعل؛ يجب إلغاء أحدها أولًا.
       *[other] يوجد { COUNT($most) } مؤقتًا بالفعل؛ يجب إلغاء أحدها أولًا.
    }

timer-cancelled = تم إلغاء { AND($timers) }.
timer-paused = توقف العد في { AND($timers) }.
timer-paused-left = توقف العد في { $timer }، والباقي { LEFT($left) }.
timer-resumed = عاد العد في { AND($timers) }.
timer-resumed-left = عاد العد في { $timer }، والباقي { LEFT($left) }.

timer-time-left = الباقي { LEFT($left) }
timer-no-time-left = انتهى الوقت
timer-left = { $timer }: { $time }{ $paused ->
        [yes] ، وهو متوقف
       *[no] {""}
    }.
timer-several = { $count ->
        [two] مؤقتان.
        [few] { COUNT($count) } مؤقتات.
       *[other] { COUNT($count) } مؤقتًا.
    }
timer-several-first = { $count ->
        [two] مؤقتان، وهذا أقربها.
        [few] { COUNT($count) } مؤقتات، وهذه أقربها.
       *[other] { COUNT($count) } مؤقتًا، وهذه أقربها.
    }
timer-line = { $timer }: { $time }{ $paused ->
        [yes] ، وهو متوقف
       *[no] {""}
    }.
timer-choice = { $timer }
timer-choice-left = { $timer } و{ $time }

timer-none = لا يوجد مؤقت.
timer-none-such = لا يوجد مؤقت كهذا.
timer-none-named = لا يوجد مؤقت باسم { $name }.
timer-none-paused = ليس هناك مؤقت متوقف.
timer-paused-already = { $count ->
        [one] المؤقت متوقف بالفعل.
        [two] المؤقتان متوقفان بالفعل.
       *[other] المؤقتات متوقفة بالفعل.
    }

timer-your = { $timer }
timer-done = { $count ->
        [one] انتهى { AND($timers) }.
       *[other] انتهى كل من { AND($timers) }.
    }
timer-ended = انتهى { AND($timers) } منذ { LEFT($late, case: "object") }، وتعذر التنبيه حينها.
