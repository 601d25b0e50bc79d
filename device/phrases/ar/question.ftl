question-looking = سأبحث عن ذلك.
question-cannot = { $why ->
        [offline] لا أستطيع البحث عن ذلك من دون شبكة.
        [no_bridge] لا أستطيع البحث عن ذلك: لم يتم إعداد جسر لذلك.
        [not_set_up] لا أستطيع البحث عن ذلك: الجسر غير معدّ له.
       *[unreachable] لا أستطيع الوصول إلى جواب الآن.
    }
question-unanswered = { $code ->
        [not_configured] لا أستطيع البحث عن ذلك: الجسر غير معدّ له.
        [nothing_found] لم أجد شيئًا عن ذلك.
        [outcome_unknown] ضاع الجواب في الطريق.
        [refused] لم تتم الإجابة عن هذا السؤال.
        [bad_request] لم تتم الإجابة عن هذا السؤال.
       *[other] لا أستطيع الوصول إلى جواب الآن.
    }
question-in-need = إذا راودتك فكرة أن تؤذي نفسك، فتحدّث الآن مع شخص تثق به، أو اتصل برقم الطوارئ في بلدك.
question-rest-missing = لم تصل بقية الجواب.
question-stopped = توقفتُ عن الإجابة.
question-not-told = لا أعرف ذلك، ولم يخبرني به أحد.
question-what = ما المقصود؟

question-note = { $ago ->
        [today] في ملاحظة من اليوم: «{ $note }».
        [yesterday] في ملاحظة من الأمس: «{ $note }».
       *[other] في ملاحظة من { DATE($at) }: «{ $note }».
    }
question-fact = أُخبِرتُ بهذا: «{ TO-YOU($fact) }».
question-again = { $ago ->
        [today] سبق هذا السؤال اليوم. وكان الجواب: { SENTENCE($answer) }
        [yesterday] سبق هذا السؤال أمس. وكان الجواب: { SENTENCE($answer) }
       *[other] سبق هذا السؤال يوم { DATE($at) }. وكان الجواب: { SENTENCE($answer) }
    }

question-according = هذا بحسب { AND($sites) }.
question-page = { $site }: { $title }
question-source = من { AND($pages) }. والروابط على الصفحة.
question-source-engine = من { $engine }، من دون ذكر مصدر.
question-source-own = من كلامك المحفوظ على هذا الجهاز؛ لم أسأل أحدًا.
question-source-none = لم أبحث عن شيء مؤخرًا.
