note-what = ماذا أكتب؟
note-taken = حسنًا، تمت كتابة ذلك.
note-too-long = هذا أطول من اللازم لملاحظة.
note-too-many = لا مكان لأكثر من { COUNT($most, of: "f", case: "object") } ملاحظة؛ يجب حذف بعضها أولًا.

note-none = ليست لديك ملاحظات.
note-none-about = لا توجد ملاحظة عن { $about }.
note-told = { SENTENCE($note) }
note-several = { $count ->
        [two] ملاحظتان:
        [few] { COUNT($count, of: "f") } ملاحظات:
       *[other] { COUNT($count, of: "f") } ملاحظة:
    }
note-several-latest = { $count ->
        [few] { COUNT($count, of: "f") } ملاحظات، وآخرها:
       *[other] { COUNT($count, of: "f") } ملاحظة، وآخرها:
    }
note-which = { $count ->
        [two] هناك ملاحظتان كهذه. ويمكن قول: احذف الملاحظة الأخيرة، أو الملاحظة عن شيء مما فيها.
        [few] هناك { COUNT($count, of: "f") } ملاحظات كهذه. ويمكن قول: احذف الملاحظة الأخيرة، أو الملاحظة عن شيء مما فيها.
       *[other] هناك { COUNT($count, of: "f") } ملاحظة كهذه. ويمكن قول: احذف الملاحظة الأخيرة، أو الملاحظة عن شيء مما فيها.
    }
note-deleted = { $count ->
        [one] تم حذف الملاحظة.
        [two] تم حذف ملاحظتين.
        [few] تم حذف { COUNT($count, of: "f") } ملاحظات.
       *[other] تم حذف { COUNT($count, of: "f", case: "object") } ملاحظة.
    }
