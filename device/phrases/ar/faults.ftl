fault-voice = الصوت لا يعمل؛ الجواب على الصفحة.
fault-loudspeaker = مكبر الصوت لا يستجيب.
fault-deaf = لا أسمع جيدًا في هذه اللحظة؛ يمكن كتابة الأمر، أو إعادة تشغيلي.
fault-not-made-out = لم أتمكن من فهم ما قيل.
fault-outbox-full = { $count ->
        [one] تنتظر الجسر صورة بالفعل منذ { LEFT($oldest, case: "object") }؛ يمكن المحاولة لاحقًا.
       *[other] تنتظر الجسر صور كثيرة بالفعل، عددها { COUNT($count, of: "f") }، وأقدمها منذ { LEFT($oldest, case: "object") }؛ يمكن المحاولة لاحقًا.
    }
fault-disk-low = القرص شبه ممتلئ، فلا يمكن أن ينتظر الجسر شيء آخر.
fault-finisher-full = صور كثيرة تنتظر أن تكتمل بالفعل؛ يمكن المحاولة لاحقًا.
fault-not-finished = لم تنجح الصورة المكتملة؛ تبقى المسودة.
fault-expired = تعذر الوصول إلى الجسر في الوقت المناسب، فلم تكتمل الصورة.
fault-outcome-unknown = لم يخبرني الجسر بما حدث لصورة، فلا يُعرف هل اكتملت.
fault-set-aside = تعذر إرسال صورة إلى الجسر رغم تكرار المحاولة، فتُركت جانبًا.
fault-over-budget = استُنفد ما يجوز إنفاقه، فلم تكتمل الصورة.
fault-ask-again = يمكن طلبها من جديد بعد { LEFT($after, case: "object") }.
fault-damaged = كانت الصورة المكتملة مفقودة أو تالفة كلما جُلبت.
fault-cancelled = تم إلغاء الصورة.
