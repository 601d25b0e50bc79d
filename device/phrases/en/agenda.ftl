# An alarm or a reminder within a sentence: "an alarm tomorrow at noon", "the alarm …", and "the one …" among its kind.
agenda-alarm = { $like ->
        [the] the alarm
        [one] the one
       *[any] an alarm
    } { WHEN($when) }
agenda-alarm-about = { $like ->
        [the] the alarm
        [one] the one
       *[any] an alarm
    } { WHEN($when) }, { TO-YOU($about) }
agenda-reminder = { $like ->
        [the] the reminder
        [one] the one
       *[any] a reminder
    } { WHEN($when) }
agenda-reminder-about = { $like ->
        [the] the reminder { WHEN($when) }, { TO-YOU($about) }
        [one] the one { WHEN($when) }: { TO-YOU($about) }
       *[any] a reminder { WHEN($when) }: { TO-YOU($about) }
    }
agenda-only-about = { TO-YOU($about) }
agenda-several = { $kind ->
        [alarm] { COUNT($count) } alarms
       *[reminder] { COUNT($count) } reminders
    }

agenda-what = What shall I remind you of?
agenda-what-time = For what time?
agenda-at-what-time = At what time?
agenda-when = When?
agenda-over = That time is over already.
agenda-too-many = You have { COUNT($most) } alarms and reminders already; cancel one first.
agenda-alarm-set = Alarm set for { WHEN($when, bare: "yes") }.
agenda-alarm-set-about = Alarm set for { WHEN($when, bare: "yes") }: { TO-YOU($about) }.
agenda-reminder-set = Okay, I'll remind you { WHEN($when) }: { TO-YOU($about) }.

agenda-cancelled = Cancelled: { $what }.
agenda-no-such = { $kind ->
        [alarm] There is no such alarm.
       *[reminder] There is no such reminder.
    }
agenda-none = { $kind ->
        [alarm] There is no alarm.
       *[reminder] There is no reminder.
    }

agenda-none-rung = No alarm has rung just now.
agenda-again = Okay, again in { DURATION($length, case: "object") }.

agenda-nothing = { $kind ->
        [alarm] You have no alarms.
        [reminder] You have no reminders.
       *[both] You have no alarms or reminders.
    }
agenda-nothing-on = { $kind ->
        [alarm] You have no alarms { DAY($day) }.
        [reminder] You have no reminders { DAY($day) }.
       *[both] You have nothing { DAY($day) }.
    }
agenda-on = { CAPITAL(DAY($day)) }: { AND($entries) }.
agenda-all = You have { AND($entries, apart: "yes") }.
agenda-next = The next { COUNT($told) } of { COUNT($count) }: { AND($entries, apart: "yes") }.

agenda-alarm-rings = It's { WHEN($when, bare: "yes") }.
agenda-alarm-rings-about = It's { WHEN($when, bare: "yes") }: { TO-YOU($about) }.
agenda-alarm-late = You had an alarm { WHEN($when) }; I couldn't ring then.
agenda-alarm-late-about = You had an alarm { WHEN($when) }: { TO-YOU($about) }; I couldn't ring then.
agenda-reminder-due = Reminder: { TO-YOU($about) }.
agenda-reminder-due-bare = This is your reminder.
agenda-reminder-due-for = { $person }, you wanted to be reminded: { TO-YOU($about) }.
agenda-reminder-late-for = { $person }, you wanted to be reminded { WHEN($when) }: { TO-YOU($about) }.
agenda-reminder-late = You wanted to be reminded { WHEN($when) }.
agenda-reminder-late-about = You wanted to be reminded { WHEN($when) }: { TO-YOU($about) }.
