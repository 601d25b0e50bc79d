memory-what = ماذا أتذكر؟
memory-kept = سأتذكر: «{ TO-YOU($fact) }».
memory-known = أعرف ذلك من قبل.
memory-full = في ذاكرتي { COUNT($most) } شيء بالفعل؛ يجب نسيان أحدها أولًا.
memory-too-long = هذا أطول من أن أتذكره؛ أقصاه { COUNT($most) } حرف.

memory-empty = لم أُخبَر بشيء بعد.
memory-told = «{ TO-YOU($fact) }».
memory-told-by = قال لي { $person }: «{ $fact }».
memory-more = { $count ->
        [one] وهناك شيء آخر؛ وكلها على الصفحة.
        [two] وهناك شيئان آخران؛ وكلها على الصفحة.
        [few] وهناك { COUNT($count) } أشياء أخرى؛ وكلها على الصفحة.
       *[other] وهناك { COUNT($count) } شيئًا آخر؛ وكلها على الصفحة.
    }
memory-unknown = لا أعرف شيئًا عن ذلك.
memory-unknown-about = لا أعرف شيئًا عن { TO-YOU($about) }.

memory-really-all = كل شيء حقًا؟
memory-really = { $count ->
        [few] هذه { COUNT($count) } أشياء. كلها حقًا؟
       *[other] هذه { COUNT($count) } شيئًا. كلها حقًا؟
    }
memory-mean = هل المقصود: «{ TO-YOU($fact) }»؟
memory-stays = حسنًا، سأبقيه.
memory-forgotten = تم نسيان: «{ TO-YOU($fact) }».
memory-several-forgotten = { $count ->
        [two] تم نسيان شيئين.
        [few] تم نسيان { COUNT($count) } أشياء.
       *[other] تم نسيان { COUNT($count, case: "object") } شيئًا.
    }
memory-nothing-to-forget = ليس هناك ما يُنسى.
