clock-time = It's { TIME($now) }.
clock-date = It's { DATE($now) }.
clock-year = It's { COUNT($year, case: "object") }.
