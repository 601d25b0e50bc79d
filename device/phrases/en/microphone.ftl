microphone-off = The microphone is off. To turn it on again, use the page, or type: unmute the microphone.
microphone-on = The microphone is on.
microphone-was-on = It was on, or I couldn't have heard you.
