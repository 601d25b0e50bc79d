home-not-connected = I'm not connected to a home yet. Connect Home Assistant: the README says how.
home-which-thing = What do you mean? Say its name, as in: turn off the lamp.
home-how-warm = Say how warm, as in: set the heating to twenty-one degrees.
home-shall-i = { $how ->
        [unlock] Shall I unlock the { $thing }?
       *[open] Shall I open the { $thing }?
    }

# What is meant, as it was said: "kitchen lights", "everything in the hall".
home-thing = { $name }
home-thing-in = { $area } { $name }
home-everything = everything
home-everything-in = everything in the { $area }

home-turned = { CAPITAL($thing) } { $done ->
        [on] on
        [off] off
        [open] open
        [close] closed
        [lock] locked
        [unlock] unlocked
       *[toggle] switched
    }.
home-at-percent = { CAPITAL($thing) } at { COUNT($percent) } percent.
home-coloured = { CAPITAL($thing) } { $hue ->
       *[other] { $colour }
    }.
home-heating = Heating set to { COUNT($degrees) } degrees.
home-heating-in = { CAPITAL($area) } set to { COUNT($degrees) } degrees.
home-running = { CAPITAL($name) } is running.

home-unknown = I don't know about the { $thing }.
# How a thing is, in Home Assistant's word for it.
home-state = { $state }
home-is = The { $thing } { $several ->
        [yes] are
       *[no] is
    } { $state }.
home-is-at = The { $thing } { $several ->
        [yes] are
       *[no] is
    } at { COUNT($percent) } percent.
home-none-is = No, none of them is { $state }.
home-all-are = All of them are { $state }.
home-some-are = { COUNT($count) } of { COUNT($all) } are { $state }: { LIST($names) }.
home-some-are-others = { COUNT($count) } of { COUNT($all) } are { $state }: { LIST($names) } and others.
home-measured = { $what ->
        [humidity] { COUNT($value) } percent.
       *[temperature] { COUNT($value) } degrees.
    }
home-measured-in = { $what ->
        [humidity] { COUNT($value) } percent in the { $area }.
       *[temperature] { COUNT($value) } degrees in the { $area }.
    }
home-not-measured = { $what ->
        [humidity] I don't know the humidity.
       *[temperature] I don't know the temperature.
    }
home-not-measured-in = { $what ->
        [humidity] I don't know the humidity in the { $area }.
       *[temperature] I don't know the temperature in the { $area }.
    }

home-plays = { $title }.
home-plays-by = { $title } by { $artist }.
home-plays-something = The { $thing } is playing, but it doesn't say what.
home-silent = Nothing is playing.
home-silent-in = Nothing is playing in the { $area }.
