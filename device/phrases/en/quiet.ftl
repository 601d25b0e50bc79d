quiet-off = Okay, I'll speak up again.
quiet-on = Okay, I won't disturb you. Alarms and timers still ring.
quiet-on-until = Okay, I won't disturb you until { WHEN($until, bare: "yes") }. Alarms and timers still ring.
