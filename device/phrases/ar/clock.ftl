clock-time = الساعة الآن { TIME($now) }.
clock-date = اليوم { DATE($now) }.
clock-year = نحن في عام { COUNT($year, case: "object") }.
