# `text` is what the bridge, or the device, has said about it in English.
news-failed = { $code ->
       *[other] { $text }
    }
