home-not-connected = لست متصلًا ببيت بعد. يلزم وصل هوم أسيستنت، وطريقة ذلك في ملف التعليمات.
home-which-thing = ما المقصود؟ يكفي ذكر اسمه، مثل: أطفئ المصباح.
home-how-warm = يلزم ذكر الدرجة، مثل: اضبط التدفئة على إحدى وعشرين درجة.
home-shall-i = { $how ->
        [unlock] هل أفتح قفل { $thing }؟
       *[open] هل أفتح { $thing }؟
    }

home-thing = «{ $name }»
home-thing-in = «{ $name } { $area }»
home-everything = كل شيء
home-everything-in = كل شيء في «{ $area }»

home-turned = { $done ->
        [on] تم تشغيل { $thing }.
        [off] تم إيقاف { $thing }.
        [open] تم فتح { $thing }.
        [close] تم إغلاق { $thing }.
        [lock] تم قفل { $thing }.
        [unlock] تم فتح قفل { $thing }.
       *[toggle] تم تبديل وضع { $thing }.
    }
home-at-percent = تم ضبط { $thing } على { COUNT($percent, case: "object") } بالمئة.
home-coloured = لون { $thing } الآن { $hue ->
        [red] أحمر
        [green] أخضر
        [blue] أزرق
        [yellow] أصفر
        [orange] برتقالي
        [purple] بنفسجي
        [pink] وردي
        [turquoise] فيروزي
        [cyan] سماوي
        [gold] ذهبي
        [white] أبيض
        [warm-white] أبيض دافئ
        [cold-white] أبيض بارد
       *[other] { $colour }
    }.
home-heating = { $degrees ->
        [few] تم ضبط التدفئة على { COUNT($degrees, of: "f", case: "object") } درجات.
       *[other] تم ضبط التدفئة على { COUNT($degrees, of: "f", case: "object") } درجة.
    }
home-heating-in = { $degrees ->
        [few] تم ضبط الحرارة في «{ $area }» على { COUNT($degrees, of: "f", case: "object") } درجات.
       *[other] تم ضبط الحرارة في «{ $area }» على { COUNT($degrees, of: "f", case: "object") } درجة.
    }
home-running = تم تشغيل «{ $name }».

home-unknown = لا أعرف شيئًا عن { $thing }.
home-state = { $state ->
        [on] قيد التشغيل
        [off] متوقف
        [open] مفتوح
        [opening] يُفتح الآن
        [closed] مغلق
        [closing] يُغلق الآن
        [locked] مقفل
        [unlocked] غير مقفل
        [heat] تدفئة
        [cool] تبريد
        [auto] تلقائي
        [playing] تشغيل
        [paused] إيقاف مؤقت
        [idle] خمول
        [unavailable] غير متاح
        [unknown] غير معروف
        [there] موجود
       *[other] { $state }
    }
home-is = وضع { $thing } الآن: { $state }.
home-is-at = سطوع { $thing } الآن { COUNT($percent) } بالمئة.
home-none-is = لا، ليس بينها ما هو { $state }.
home-all-are = وضعها كلها: { $state }.
home-some-are = { COUNT($count) } من { COUNT($all, case: "object") } في وضع «{ $state }»: { LIST($names) }.
home-some-are-others = { COUNT($count) } من { COUNT($all, case: "object") } في وضع «{ $state }»: { LIST($names) } وغيرها.
home-measured = { $what ->
        [humidity] { COUNT($value) } بالمئة.
       *[temperature] { $value ->
            [one] درجة واحدة.
            [two] درجتان.
            [few] { COUNT($value, of: "f") } درجات.
           *[other] { COUNT($value, of: "f") } درجة.
        }
    }
home-measured-in = { $what ->
        [humidity] الرطوبة في «{ $area }» { COUNT($value) } بالمئة.
       *[temperature] { $value ->
            [one] الحرارة في «{ $area }» درجة واحدة.
            [two] الحرارة في «{ $area }» درجتان.
            [few] الحرارة في «{ $area }» { COUNT($value, of: "f") } درجات.
           *[other] الحرارة في «{ $area }» { COUNT($value, of: "f") } درجة.
        }
    }
home-not-measured = { $what ->
        [humidity] لا أعرف نسبة الرطوبة.
       *[temperature] لا أعرف درجة الحرارة.
    }
home-not-measured-in = { $what ->
        [humidity] لا أعرف نسبة الرطوبة في «{ $area }».
       *[temperature] لا أعرف درجة الحرارة في «{ $area }».
    }

home-plays = { $title }.
home-plays-by = { $title }، { $artist }.
home-plays-something = { $thing }: هناك ما يُعزف، ولا أعرف ما هو.
home-silent = لا شيء يُعزف الآن.
home-silent-in = لا شيء يُعزف الآن في { $area }.
