"""What TensorRT says while it works: passed on to our log, and its last error kept, to be told in one sentence."""

import logging
from typing import Any

log = logging.getLogger(__name__)


class Complaints:
    """The last error that TensorRT logged."""

    def __init__(self) -> None:
        self.last = ""

    def __str__(self) -> str:
        return f": {self.last.rstrip('.')}" if self.last else ""


def logger_of(trt: Any, complaints: Complaints) -> Any:
    """Return a logger for what TensorRT makes; it must live as long as that. `trt`: its module."""

    class Logger(trt.ILogger):
        def log(self, severity: Any, text: str) -> None:
            serious = severity in (trt.ILogger.Severity.ERROR, trt.ILogger.Severity.INTERNAL_ERROR)
            if serious:
                complaints.last = " ".join(text.split())[:300]
            log.log(logging.WARNING if serious else logging.DEBUG, "TensorRT: %s", text)

    return Logger()
