privacy-child-on = وضع الأطفال يعمل. ويمكن إيقافه من الصفحة، أو بكتابة: أوقف وضع الأطفال.
privacy-child-stays = لا يتوقف وضع الأطفال إلا كتابةً؛ تُكتب في الصفحة عبارة: أوقف وضع الأطفال.
privacy-child-unsure = لم أتيقن أن هذا صوت من يحق له إيقافه. يمكن قولها مرة أخرى، أو كتابة: أوقف وضع الأطفال.
privacy-child-off = وضع الأطفال متوقف.
privacy-child-holds = في وضع الأطفال لا يتم ذلك إلا كتابةً.
privacy-kept-here = من الآن يبقى كل شيء هنا، وتبقى الصور مسودات.
privacy-bridge-again = حسنًا، سأستخدم الجسر من جديد.
privacy-for-good = تمنع الإعدادات خروج أي شيء من هذا الجهاز، ولا يغيّرها إلا مالكه.

privacy-nothing-to-send = لم يكن هناك ما يُرسل.
privacy-because = السبب: { $because }.
privacy-sent = تم إرساله.
privacy-sent-later = يجوز أن يخرج، لكنني غير متصل بالشبكة؛ وسيُرسل حين يعود الاتصال.

privacy-data = { $kind ->
        [text] كلامك
        [audio] التسجيلات
        [photo] الصور الفوتوغرافية
       *[location] موقعي
    }
privacy-nothing-leaves = لا يخرج شيء من هذا الجهاز.
privacy-nothing-leaves-for-good = لا يخرج شيء من هذا الجهاز، ولا يغيّر ذلك إلا مالكه.
privacy-leaves = عند طلب صورة أو سؤال لا أجيب عنه هنا قد يُرسل إلى الجسر: { AND($leaving) }.
privacy-leaves-but = عند طلب صورة أو سؤال لا أجيب عنه هنا قد يُرسل إلى الجسر: { AND($leaving) }. ويبقى هنا: { AND($staying) }.
