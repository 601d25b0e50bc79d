picture-what = ماذا أرسم؟ { about-hint }
picture-none = لا توجد صورة بعد. { about-hint }
picture-drawing = أرسم الآن: «{ $words }».
picture-another = هذه صورة أخرى.
picture-shown = ها هي الصورة: «{ $title }».
picture-not-ready = هذه الصورة ليست جاهزة بعد.

picture-changed = حسنًا، { $changes }.
picture-already = هي كذلك بالفعل.
picture-cannot-change = عذرًا، لم أتمكن من فعل ذلك بالصورة: «{ $change }».
picture-not-of-a-part = يمكنني تغيير الأشياء في جزء من الصورة، لا إضاءتها ولا مكانها ولا أسلوبها.
picture-only-into-photos = يمكنني الرسم داخل صورة فوتوغرافية، لكنني لا أستطيع تغيير الصورة نفسها بعد.
picture-nothing-left = لن يبقى في الصورة شيء إذن.
picture-no-other-photo = لا يمكنني صنع نسخة أخرى من صورة فوتوغرافية.

picture-later = سأكملها حين يعود الاتصال بالشبكة.
picture-unknown-because = لا أعرف بعد كيفية رسم { OR($things) }، و{ $because }.
picture-unknown-but-drawn = لكنني لا أعرف بعد كيفية رسم { OR($things) }{ $nearest ->
        [none] {""}
       *[other] ، وأقرب ما أعرفه: { $nearest }
    }.
picture-unknown-sorry = عذرًا، لا أعرف بعد كيفية رسم { OR($things) }{ $nearest ->
        [none] {""}
       *[other] ، وأقرب ما أعرفه: { $nearest }
    }.
picture-unknown-later = لا أعرف بعد كيفية رسم { OR($things) }، لكنني سأطلب المساعدة حين يعود الاتصال بالشبكة.
picture-unknown-asked = لا أعرف بعد كيفية رسم { OR($things) }، لكنني طلبت المساعدة.
picture-unknown-here = لا أعرف بعد كيفية رسم مسودة { OR($things) }، لكن الصورة المكتملة ستحاول ذلك.
picture-full = لا تتسع صورة واحدة مني للبقية.
picture-failed = عذرًا، تعذر رسم الصورة.
picture-draft-failed = لم تنجح المسودة السريعة.

picture-back-to = حسنًا، رجعت إلى: «{ $title }».
picture-again = حسنًا، من جديد: «{ $title }».
picture-before-deleted = لا يمكن الرجوع، فالصورة السابقة محذوفة.
picture-nothing-to-undo = ليس هناك ما يمكن التراجع عنه، فهكذا بدأت الصورة.
picture-nothing-to-redo = ليس هناك ما يمكن إعادته.
picture-nothing-to-restore = ليس هناك ما يمكن استعادته.
picture-restored = عادت الصورة: «{ $title }».

picture-deleted = تم حذف الصورة. ويمكن استعادتها بقول: أعد الصورة المحذوفة.
picture-delete-all = { $count ->
        [one] هل أحذف الصورة الوحيدة نهائيًا؟
        [two] هل أحذف الصورتين نهائيًا؟
       *[other] هل أحذف جميع الصور نهائيًا، وعددها { COUNT($count, of: "f") }؟
    }
picture-all-deleted = { $count ->
        [one] تم حذف الصورة.
        [two] تم حذف الصورتين.
       *[other] تم حذف جميع الصور.
    }

picture-made-from = صُنعت من هذه الكلمات: «{ $title }».
picture-shows = { $photo ->
        [yes] في الصورة الفوتوغرافية:
       *[no] في الصورة:
    } { $what }.
picture-shows-without = { $photo ->
        [yes] في الصورة الفوتوغرافية:
       *[no] في الصورة:
    } { $what }، وليس فيها { OR($things) }، فأنا لا أعرف رسم ذلك.
picture-not-made-yet = ليست جاهزة بعد.
picture-finished-by = هذه هي الصورة المكتملة، من { $engine }.
picture-draft-for-now = هذه مسودتي، والصورة المكتملة في الطريق.
picture-draft = هذه مسودة من رسمي.
picture-photo-today = هذه صورة فوتوغرافية وصلت من «{ $source }» اليوم الساعة { TIME($at) }.
picture-photo-on = هذه صورة فوتوغرافية وصلت من «{ $source }» يوم { DATE($at, case: "object") }، الساعة { TIME($at) }.

picture-two-needed = أحتاج إلى صورتين لذلك.
picture-together-already = هما في صورة واحدة بالفعل.
picture-two-photos = يمكنني الرسم داخل صورة فوتوغرافية، لكنني لا أستطيع جمع صورتين فوتوغرافيتين بعد.
picture-both = كلتا الصورتين
picture-together = حسنًا، معًا: { $what }.
picture-together-without = حسنًا، معًا: { $what }، بدون { OR($things) }.

picture-on-phone = { $watching ->
        [yes] الصورة الآن على «{ $phone }».
       *[no] ستظهر الصورة حين تُفتح الصفحة على «{ $phone }».
    }
picture-not-outside = لا يمكنني إرسال الصور إلى أحد في الخارج؛ ويمكن مشاركتها من الصفحة.
picture-no-phone = لم يُقرن بي أي هاتف بعد، فالصورة على صفحتي وحدها.
picture-on-which-phone = أين أعرضها: { OR($phones, asked: "yes") }؟
picture-phone-unknown = لا أعرف «{ $name }»؛ ويمكنني عرضها على { AND($phones) }.

photo-here = وصلت الصورة الفوتوغرافية؛ يمكن الآن قول ما يُفعل بها.
photo-title = صورة فوتوغرافية
