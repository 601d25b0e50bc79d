agenda-alarm = { $like ->
        [one] الذي
       *[any] منبه
    } { WHEN($when) }
agenda-alarm-about = { $like ->
        [one] الذي
       *[any] منبه
    } { WHEN($when) }: «{ TO-YOU($about) }»
agenda-reminder = { $like ->
        [one] الذي
       *[any] تذكير
    } { WHEN($when) }
agenda-reminder-about = { $like ->
        [one] الذي
       *[any] تذكير
    } { WHEN($when) }: «{ TO-YOU($about) }»
agenda-only-about = «{ TO-YOU($about) }»
agenda-several = { $kind ->
        [alarm] { $count ->
            [two] منبهين
            [few] { COUNT($count) } منبهات
            [many] { COUNT($count, case: "object") } منبهًا
           *[other] { COUNT($count, case: "object") } منبه
        }
       *[reminder] { $count ->
            [two] تذكيرين
            [few] { COUNT($count) } تذكيرات
            [many] { COUNT($count, case: "object") } تذكيرًا
           *[other] { COUNT($count, case: "object") } تذكير
        }
    }

agenda-what = بماذا أذكّرك؟
agenda-what-time = على أي ساعة؟
agenda-at-what-time = في أي ساعة؟
agenda-when = متى؟
agenda-over = لقد مضى هذا الوقت.
agenda-too-many = لديك { COUNT($most) } من المنبهات والتذكيرات بالفعل؛ يجب إلغاء أحدها أولًا.
agenda-alarm-set = تم ضبط منبه { WHEN($when, bare: "yes") }.
agenda-alarm-set-about = تم ضبط منبه { WHEN($when, bare: "yes") }: «{ TO-YOU($about) }».
agenda-reminder-set = حسنًا، سأذكّرك { WHEN($when) }: «{ TO-YOU($about) }».

agenda-cancelled = تم إلغاء { $what }.
agenda-no-such = { $kind ->
        [alarm] لا يوجد منبه كهذا.
       *[reminder] لا يوجد تذكير كهذا.
    }
agenda-none = { $kind ->
        [alarm] لا يوجد منبه.
       *[reminder] لا يوجد تذكير.
    }

agenda-none-rung = لم يرن أي منبه الآن.
agenda-again = حسنًا، مرة أخرى بعد { DURATION($length, case: "object") }.

agenda-nothing = { $kind ->
        [alarm] ليست لديك منبهات.
        [reminder] ليست لديك تذكيرات.
       *[both] ليست لديك منبهات ولا تذكيرات.
    }
agenda-nothing-on = { $kind ->
        [alarm] ليست لديك منبهات { DAY($day) }.
        [reminder] ليست لديك تذكيرات { DAY($day) }.
       *[both] ليس لديك شيء { DAY($day) }.
    }
agenda-on = { DAY($day) }: { AND($entries) }.
agenda-all = لديك { AND($entries, apart: "yes") }.
agenda-next = أقرب { COUNT($told) } من أصل { COUNT($count, case: "object") }: { AND($entries, apart: "yes") }.

agenda-alarm-rings = إنها { WHEN($when, bare: "yes") }.
agenda-alarm-rings-about = إنها { WHEN($when, bare: "yes") }: «{ TO-YOU($about) }».
agenda-alarm-late = كان لديك منبه { WHEN($when) }، وتعذر الرنين حينها.
agenda-alarm-late-about = كان لديك منبه { WHEN($when) }: «{ TO-YOU($about) }»، وتعذر الرنين حينها.
agenda-reminder-due = تذكير: «{ TO-YOU($about) }».
agenda-reminder-due-bare = هذا هو التذكير المطلوب.
agenda-reminder-due-for = { $person }، تذكير: «{ TO-YOU($about) }».
agenda-reminder-late-for = { $person }، كان المطلوب تذكيرك { WHEN($when) }: «{ TO-YOU($about) }».
agenda-reminder-late = كان المطلوب تذكيرك { WHEN($when) }.
agenda-reminder-late-about = كان المطلوب تذكيرك { WHEN($when) }: «{ TO-YOU($about) }».
