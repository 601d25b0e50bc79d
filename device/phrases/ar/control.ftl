control-not-finished = حسنًا، لن أكملها.
control-nothing-said = لم أقل شيئًا بعد.
control-all-said = قلت كل ما عندي.
control-loudest = هذا أعلى صوت عندي.
control-quietest = هذا أخفض صوت عندي.
control-volume = حسنًا، { COUNT($percent) } بالمئة.
control-silent = حسنًا، أنا صامت الآن.
