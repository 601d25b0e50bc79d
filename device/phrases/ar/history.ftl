history-day = { $day ->
       *[today] اليوم
        [this-morning] هذا الصباح
        [this-afternoon] بعد ظهر اليوم
        [this-evening] هذا المساء
        [last-night] الليلة الماضية
        [yesterday] أمس
        [this-week] هذا الأسبوع
        [last-week] الأسبوع الماضي
        [monday] يوم الاثنين
        [tuesday] يوم الثلاثاء
        [wednesday] يوم الأربعاء
        [thursday] يوم الخميس
        [friday] يوم الجمعة
        [saturday] يوم السبت
        [sunday] يوم الأحد
    }
history-words = «{ $words }»

history-said-last = آخر ما قيل لي: { $words }.
history-never = لم يُطلب مني شيء من قبل.
history-said = قيل لي { $when }: { AND($words, apart: "yes") }.
history-said-many = { $count ->
        [few] قيلت لي { $when } { COUNT($count) } أشياء. وآخرها: { AND($words, apart: "yes") }.
        [many] قيل لي { $when } { COUNT($count) } شيئًا. وآخرها: { AND($words, apart: "yes") }.
       *[other] قيل لي { $when } { COUNT($count) } شيء. وآخرها: { AND($words, apart: "yes") }.
    }
history-said-nothing = لم يُقل لي شيء { $when }.
history-drawn = رسمنا { $when }: { AND($words, apart: "yes") }.
history-drawn-many = { $count ->
        [few] رسمنا { $when } { COUNT($count, of: "f", case: "object") } صور. وآخرها: { AND($words, apart: "yes") }.
       *[other] رسمنا { $when } { COUNT($count, of: "f", case: "object") } صورة. وآخرها: { AND($words, apart: "yes") }.
    }
history-drawn-nothing = لم نرسم شيئًا { $when }.

history-sent = أُرسل { $when } إلى { AND($places) }: { AND($kinds) }.
history-sent-details = والتفاصيل على الصفحة.
history-sent-nothing = لم يخرج شيء من البيت { $when }.
history-sent-later = { $count ->
        [one] وهناك شيء واحد ينتظر الإرسال.
        [two] وهناك شيئان ينتظران الإرسال.
        [few] وهناك { COUNT($count) } أشياء تنتظر الإرسال.
        [many] وهناك { COUNT($count) } شيئًا ينتظر الإرسال.
       *[other] وهناك { COUNT($count) } شيء ينتظر الإرسال.
    }
history-kind = { $kind ->
        [image-create] كلمات لصورة
        [image-edit] كلمات لتعديل صورة
        [upload] صورة
        [chat] سؤال
        [search] بحث
       *[other] { $name }
    }
history-kind-times = { $times ->
        [two] { $kind } (مرتين)
        [few] { $kind } ({ COUNT($times, of: "f", case: "object") } مرات)
       *[other] { $kind } ({ COUNT($times, of: "f", case: "object") } مرة)
    }

doing = { AND($doing) }.
doing-nothing = لا شيء الآن.
doing-waited = { $count ->
        [one] طُلبت الصورة قبل { LEFT($oldest, case: "object") }.
       *[other] طُلبت أقدم صورة قبل { LEFT($oldest, case: "object") }.
    }
doing-finishing = أكمل { $count ->
        [one] صورة واحدة
        [two] صورتين
        [few] { COUNT($count, of: "f", case: "object") } صور
       *[other] { COUNT($count, of: "f", case: "object") } صورة
    }
doing-pictures = { $online ->
        [yes] الجسر يكمل
       *[no] لست متصلًا بالشبكة، وبقي أن أكمل
    } { $count ->
        [one] صورة واحدة
        [two] صورتين
        [few] { COUNT($count, of: "f", case: "object") } صور
       *[other] { COUNT($count, of: "f", case: "object") } صورة
    }
doing-timers = { $count ->
        [one] مؤقت واحد يعمل
        [two] مؤقتان يعملان
        [few] { COUNT($count) } مؤقتات تعمل
        [many] { COUNT($count) } مؤقتًا تعمل
       *[other] { COUNT($count) } مؤقت تعمل
    }
