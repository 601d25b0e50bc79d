privacy-child-on = Child mode is on. To turn it off, use the page, or type: turn off child mode.
privacy-child-stays = Only typed words turn child mode off: on the page, type: turn off child mode.
privacy-child-unsure = I'm not certain that it is you who may turn it off. Say it again, or type: turn off child mode.
privacy-child-off = Child mode is off.
privacy-child-holds = In child mode only typed words can do that.
privacy-kept-here = From now on everything stays here, and pictures stay drafts.
privacy-bridge-again = Okay, I may use the bridge again.
privacy-for-good = The settings say that nothing may leave this device; only its owner can change them.

privacy-nothing-to-send = There was nothing to send.
privacy-because = Because { $because }.
privacy-sent = I did send it.
privacy-sent-later = It may leave, but I'm offline; it goes when I'm online again.

privacy-data = { $kind ->
        [text] your words
        [audio] recordings
        [photo] photos
       *[location] my location
    }
privacy-nothing-leaves = Nothing leaves this device.
privacy-nothing-leaves-for-good = Nothing leaves this device, and only its owner can change that.
privacy-leaves = When you ask for a picture, or a question that I can't answer here, { AND($leaving) } may go to the bridge.
privacy-leaves-but = When you ask for a picture, or a question that I can't answer here, { AND($leaving) } may go to the bridge. { CAPITAL(AND($staying)) } stay here.
