"""What the device says, in the language of its owner.

::

    skill                                       en/timer.ftl
    phrases("timer-paused-left",          ──▶   timer-paused-left = { CAPITAL($timer) } paused, { LEFT($left) } left.
            timer="pasta timer", left=540)      ar/timer.ftl
                                                timer-paused-left = توقف { $timer }، وبقي { LEFT($left) }.

A skill passes what it knows: seconds, moments, names, lists, never a half sentence in one language. The messages
(https://projectfluent.org) put it into words, with functions for what needs code; options go behind a comma:

    TIME($at) DATE($at)           half past six; Sunday, the twenty-second of November        a datetime
    WHEN($when, bare: "yes")      tomorrow at noon; every weekday at noon                     a Moment
    DAY($when)                    today; on Friday                                            a Moment
    DURATION($s) LEFT($s)         1 hour and 20 minutes; the same, no finer than is wanted    seconds
    LENGTH($s)                    5 minute (timer)                                            seconds
    COUNT($n, of: "f")            the number beside a noun of this gender, to the tenth       a number
    AND($names) OR($names)        a, b and c; a, b or c                                       a list of str
    LIST($names)                  a, b, c                                                     a list of str
    TO-YOU($words)                "my code" said back: your code                              what the person said
    CAPITAL($x) SENTENCE($x)      with a capital; with a full stop as well                    words

DATE, DURATION, LEFT and COUNT take `case: "object"` (Arabic: `دقيقتين`); OR takes `asked: "yes"` in a
question, AND `apart: "yes"` for `a; b; c`. A number chooses a variant by the language's
plural rules, which in Arabic are `zero one two few many other`; a truth value is `yes` or `no`. A message that begins
or ends with a space, or says nothing, needs `{""}`. What somebody said can be of any length, but no more than 2500
characters within a variant.

A new sentence is a message in `en/` and one of the same name in `ar/`, which says the same variables (those that only
choose a form may be left out), in the file of its family, on one
line unless it has variants. The first argument of every call is a literal (or one of two: `"a" if x else "b"`), so that
tests/device/test_phrases.py can hold code and messages together: none missing, none unused, the same variables.
Arabic speaks to one person without saying whether it is a man or a woman: `تم إلغاء المؤقت`, not `ألغيتَ`.
"""

from device.phrases.phrases import PhraseError, Phrases
from device.phrases.wording import Moment

__all__ = ["Moment", "PhraseError", "Phrases"]
