control-not-finished = Okay, I won't finish it.
control-nothing-said = I haven't said anything yet.
control-all-said = I've said all there was.
control-loudest = That's as loud as I get.
control-quietest = That's as quiet as I get.
control-volume = Okay, { COUNT($percent) } percent.
control-silent = Okay, I'm silent now.
