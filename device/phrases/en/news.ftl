# `text` is what the bridge, or the device, has said about it in English.
news-failed = { $code ->
       *[other] { $text }
    }
news-more = There is more on the page.
news-finished = { $count ->
        [one] A picture was finished meanwhile.
       *[other] { COUNT($count) } pictures were finished meanwhile.
    }
