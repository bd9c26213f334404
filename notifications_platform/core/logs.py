"""Structured logs, one line an event, each with the correlation id (runtime contract 2).

Personal data has no place in a log line. As a last net, a processor masks whatever looks
like an e-mail address, a telephone number or a national identity number, and cuts what the
database tells besides an error's first line: it quotes the row.
"""

import logging
import logging.config
import re
from collections.abc import MutableMapping

import structlog

_PERSONAL = re.compile(
    r"[^\s@'\"<>]+@[^\s@'\"<>]+\.[^\s@'\"<>]+|(?<![\w-])(?:\+|00)?\d{8,15}(?![\w-])"
)
_TELLS_MORE = r"(?:LINE \d+|DETAIL|HINT|QUERY|CONTEXT|WHERE): "
# A value may have lines of its own: cut to the end of this error, or of the line it is quoted in.
_QUOTING = re.compile(
    rf"\n[ |]*{_TELLS_MORE}.*?(?=\n\n(?:The above exception was|During handling of)|\Z)"
    rf"|\\n{_TELLS_MORE}[^\n]*",
    re.DOTALL,
)


def mask_personal_data(
    _logger: object, _method: str, event: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    # Django adds the request as an object; its text is in the line already, and is masked. What
    # it says of an answer comes when the request's own context is over.
    correlation_id = getattr(event.pop("request", None), "correlation_id", "")
    if correlation_id:
        event.setdefault("x_correlation_id", correlation_id)
    for key, value in event.items():
        if isinstance(value, str) and key not in {"x_correlation_id", "timestamp"}:
            event[key] = _PERSONAL.sub("[masked]", _QUOTING.sub(" [cut]", value))
    return event


def logging_settings(log_format: str) -> None:
    """Send structlog and the standard library's loggers through one pipeline to stderr."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [structlog.stdlib.ExtraAdder(), *shared],
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            mask_personal_data,
            renderer,
        ],
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"structured": formatter},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
            "root": {"handlers": ["stderr"], "level": "INFO"},
            "loggers": {
                "django.server": {"level": "WARNING"},
                # Anyone can send any Host: a 400, no trace of our own code.
                "django.security.DisallowedHost": {"level": "CRITICAL"},
                "django.request": {"level": "ERROR"},
                "celery.worker.strategy": {"level": "WARNING"},
                "celery.app.trace": {"level": "WARNING"},
                "celery.beat": {"level": "WARNING"},
            },
        }
    )
