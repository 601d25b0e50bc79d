about-help = Ask me to draw something, then change it, undo it or try again. I also tell the time and the date, set timers, alarms and reminders, and keep lists and notes.
about-online = Yes, I'm online.
about-offline = No, I'm offline right now. I can still draw, and I'll finish the pictures later.
about-hint = Try: draw a red fox under a full moon.
about-not-caught = Sorry, I didn't catch that. { about-hint }
about-other-language = Sorry, I only understand English so far. { about-hint }
about-cannot = Sorry, I can't do that yet: “{ $heard }”. { about-hint }
