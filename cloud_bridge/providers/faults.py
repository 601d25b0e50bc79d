"""What an error answer of OpenAI's interface means: the kind, and one plain sentence for whoever asked.

https://developers.openai.com/api/docs/guides/error-codes. A body is
`{"error": {"message", "type", "param", "code", "moderation_details": {"moderation_stage", "categories"}}}`, and any
part of it may be missing, or be something else: it is a stranger's. Of its words, only categories are passed on.
"""

import re
from typing import Literal

from cloud_bridge.protocol import Usage

Failure = Literal[
    "refused", "provider_down", "provider_error", "bad_request", "not_configured", "nothing_found", "input_missing"
]


class ProviderFailed(Exception):
    """There is no picture, or no answer; the text is one plain sentence for whoever asked.

    `provider_down`: nothing was done, so the same may be asked again, `retry_after_s` from now if the provider said so.
    """

    category: str | None = None
    """The kind of what the bridge itself has refused."""
    asked = True
    """Whether it says how the provider is; not where nobody was asked."""
    usage: Usage | None = None
    """What was used for what is not handed over."""

    def __init__(
        self,
        code: Failure,
        text: str,
        *,
        retryable: bool = False,
        retry_after_s: float | None = None,
        usage: Usage | None = None,
    ) -> None:
        """`usage`: what it cost all the same."""
        super().__init__(text)
        self.code: Failure = code
        self.usage = usage
        self.text, self.retryable, self.retry_after_s = plain(text, 500), retryable, retry_after_s
        self.status = 0
        """HTTP's; 0: it came to no answer, or the answer was not what said no."""

    unreachable = False
    """Nobody was there to say anything."""

    @property
    def nothing_done(self) -> bool:
        """It is certain that no work was begun: somebody else may be asked."""
        return self.code in ("provider_down", "not_configured")


class KeyRefused(ProviderFailed):
    """The key, not the request, is what was refused: nothing was done, and another key may be tried."""


class OutcomeUnknown(Exception):
    """The request went out and no answer came: the provider may have done the work, and may bill it."""


OUR_STUDIO_S = frozenset({"unknown_subject", "not_understood", "not_supported"})
AGAINST_RULES = frozenset({"moderation_blocked", "content_policy_violation", "content_filter"})
NO_MONEY = frozenset(
    {
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_not_active",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
    }
)
BY_STATUS: dict[int, tuple[Failure, str, bool]] = {
    400: ("bad_request", "{who} does not accept this request.", False),
    401: ("not_configured", "{who} does not accept the bridge's key.", False),
    402: ("not_configured", "The account at {who} has no money left.", False),
    403: ("not_configured", "{who} does not let this account use {model}.", False),
    404: ("not_configured", "{who} does not have the model {model}.", False),
    413: ("bad_request", "The pictures are too large for {who}.", False),
    429: ("provider_down", "{who} has too much to do at the moment.", True),
    500: ("provider_error", "{who} had a fault of its own.", True),
    503: ("provider_down", "{who} has too much to do at the moment.", True),
}
"""What an HTTP status means: the kind, the sentence, and whether asking again can help. 500 stands for others above."""
MOVED = "{who} is not where the bridge asks for it: its base_url is wrong."
TOO_FAST = "{who} takes no more requests from this account for a moment."
UNVERIFIED = "{who} wants the organisation behind this account to be verified before it may use {model}."
NOT_HERE = "{who} does not serve the country that the bridge is in."
NO_ANSWER = (408, 502, 504, 524)
"""Said by a proxy or a server that gave up waiting: whoever does the work may still be at it."""
MOST_CATEGORIES = 4
_CATEGORY = re.compile(r"[a-z][a-z /_-]{1,38}[a-z]")
_IN_WORDS = re.compile(r"safety_violations=\[([a-z0-9 ,/_-]{1,200})\]")
"""Where there are no `moderation_details`, the message may say the same."""
_STAGES = {
    "input": "what was asked for goes against its rules",
    "output": "what came of it goes against its rules",
}


def meaning(status: int, body: object, *, who: str, model: str, against_rules: str) -> ProviderFailed:
    """Of an answer with this HTTP status, 500 for an event in a stream. `body`: what stands under `error`.

    `against_rules`: the sentence for what the provider refuses, `{who}` in it is the provider.
    """
    error = body if isinstance(body, dict) else {}
    code, kind, message = (error.get(name) for name in ("code", "type", "message"))
    message = message if isinstance(message, str) else ""
    if isinstance(code, str) and code in OUR_STUDIO_S and message:  # already a plain sentence
        return ProviderFailed("refused", message)
    if isinstance(code, str) and code in AGAINST_RULES:
        return ProviderFailed("refused", _refusal(error, message, against_rules.format(who=who)))
    if any(isinstance(name, str) and name in NO_MONEY for name in (code, kind)):
        return KeyRefused("not_configured", BY_STATUS[402][1].format(who=who))
    failure, words, retryable = _by_status(status, code, message)
    made = KeyRefused if status in (401, 402) else ProviderFailed
    return made(failure, words.format(who=who, model=model), retryable=retryable)


def _by_status(status: int, code: object, message: str) -> tuple[Failure, str, bool]:
    if 300 <= status < 400:
        return "not_configured", MOVED, False
    if status == 403 and "must be verified" in message:
        return "not_configured", UNVERIFIED, False
    if status == 403 and code == "unsupported_country_region_territory":
        return "not_configured", NOT_HERE, False
    if status == 429 and code in ("rate_limit_exceeded", "slow_down"):
        return "provider_down", TOO_FAST, True
    return BY_STATUS.get(status) or BY_STATUS[500 if status > 500 else 400]


def _refusal(error: dict[object, object], message: str, sentence: str) -> str:
    """The sentence, with the stage and the categories where the provider says them."""
    given = error.get("moderation_details")
    details = given if isinstance(given, dict) else {}
    stage, categories = details.get("moderation_stage"), details.get("categories")
    if not isinstance(categories, list):
        found = _IN_WORDS.search(message)
        categories = found.group(1).split(",") if found else []
    if isinstance(stage, str) and stage in _STAGES:
        sentence = sentence.replace("it goes against its rules", _STAGES[stage])
    named = [each.strip() for each in categories if isinstance(each, str)]
    named = [each.replace("_", " ") for each in named if _CATEGORY.fullmatch(each)][:MOST_CATEGORIES]
    return f"{sentence.removesuffix('.')} ({', '.join(named)})." if named else sentence


def plain(theirs: str, most: int) -> str:
    """Words of the provider's as they may go into a message: JSON can hold half a character, UTF-8 can't."""
    return theirs[:most].encode("utf-8", "replace").decode()
