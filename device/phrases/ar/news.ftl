# What the bridge says about it is English, so that only its code counts here.
news-failed = { $code ->
        [transcription] لم أتمكن من فهم ما قيل.
        [expired] تعذر الوصول إلى الجسر في الوقت المناسب، فلم تكتمل الصورة.
        [outcome_unknown] لم يخبرني الجسر بما حدث لصورة، فلا يُعرف هل اكتملت.
        [refused] رُفض إكمال الصورة.
        [provider_down] الخدمة غير متاحة الآن، فلم تكتمل الصورة.
        [provider_error] حدث خطأ في الخدمة، فلم تكتمل الصورة.
        [not_configured] الجسر غير مهيأ لذلك، فلم تكتمل الصورة.
        [bad_request] لم يقبل الجسر الطلب، فلم تكتمل الصورة.
       *[other] لم تكتمل الصورة.
    }
news-more = وعلى الصفحة أخبار أخرى.
news-finished = { $count ->
        [one] اكتملت صورة في هذه الأثناء.
        [two] اكتملت صورتان في هذه الأثناء.
        [few] اكتملت { COUNT($count) } صور في هذه الأثناء.
       *[other] اكتملت { COUNT($count) } صورة في هذه الأثناء.
    }
