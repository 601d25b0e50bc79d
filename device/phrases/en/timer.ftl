# What a timer is called, within a sentence.
timer-named = { $name } timer
timer-of = { LENGTH($length) } timer
timer-all = all timers

timer-how-long = For how long?
timer-set = { DURATION($length) }, starting now.
timer-set-named = { CAPITAL($name) } timer, { DURATION($length) }, starting now.
timer-too-long = That's too long for a timer: 30 days is the most.
timer-too-many = There are { COUNT($most) } timers already; cancel one first.

timer-cancelled = { CAPITAL(AND($timers)) } cancelled.
timer-paused = { CAPITAL(AND($timers)) } paused.
timer-paused-left = { CAPITAL($timer) } paused, { LEFT($left) } left.
timer-resumed = { CAPITAL(AND($timers)) } running again.
timer-resumed-left = { CAPITAL($timer) } running again, { LEFT($left) } left.

timer-time-left = { LEFT($left) } left
timer-no-time-left = no time left
timer-left = { CAPITAL($time) } on your { $timer }{ $paused ->
        [yes] , which is paused
       *[no] {""}
    }.
timer-several = { COUNT($count) } timers.
timer-several-first = { COUNT($count) } timers; these end first.
timer-line = { CAPITAL($timer) }: { $time }{ $paused ->
        [yes] , paused
       *[no] {""}
    }.
timer-choice = the { $timer }
timer-choice-left = the { $timer } with { $time }

timer-none = There is no timer.
timer-none-such = There is no such timer.
timer-none-named = There is no { $name } timer.
timer-none-paused = No timer is paused.
timer-paused-already = { $count ->
        [one] Your timer is paused already.
       *[other] Your timers are paused already.
    }

timer-your = your { $timer }
timer-done = { CAPITAL(AND($timers)) } { $count ->
        [one] is
       *[other] are
    } done.
timer-ended = { CAPITAL(AND($timers)) } ended { LEFT($late) } ago; I couldn't tell you then.
