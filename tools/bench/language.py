"""What a language model adds: of what nothing else understands, how much it does, and what it does by mistake.

Takes the model of `[language_model]` in `config.toml`, else the catalogue's small one. It is asked as the device would
ask it: with every third of the sentences in `tests/eval/` that grammar and examples find nothing in, and every third of
those that are not for the device. Calls count, answers in words don't.
"""

import time
from pathlib import Path
from typing import Any

from device.config import ConfigError, DeviceConfig, load_config
from device.config import LanguageModel as Settings
from device.context import Step
from device.context.engine import NONE
from device.context.language_model import LanguageModel, read_tools
from device.context.language_servers import CONTEXT_TOKENS, THREADS, OnBoard, language_server
from edge_models.language import LanguageProcess, language_model_file
from edge_models.models import ModelError, ModelStore
from tools.bench import NothingToMeasure, result, spread
from tools.bench.context import Understanding, around, is_right, rows, sentences_by_part, slots_kept

SMALL = "smollm2-135m-instruct"
_EVERY = 3


async def measure(models_root: Path, _speech: Path | None) -> dict[str, Any]:
    """Ask the model everything once. Raises NothingToMeasure."""
    models = ModelStore(models_root)
    settings = _settings(models_root.parent)
    speed = {} if settings.url else await _speed(settings, models)
    parts = sentences_by_part()
    device = Understanding(models, {step["intent"] for part in parts.values() for row in part for step in row["steps"]})
    left = {name: [row for row in part if _unknown(device, row["text"])][::_EVERY] for name, part in parts.items()}
    not_for_it = [row["text"] for row in rows("not_for_it") if _unknown(device, row["text"])][::_EVERY]
    server = language_server(settings, models)
    model = LanguageModel(server, intents=read_tools("en").tools, answers=False)
    await model.load()
    took_ms: list[float] = []

    async def steps(text: str) -> list[Step]:
        began = time.perf_counter()
        found = await model.understand(text, around())
        took_ms.append((time.perf_counter() - began) * 1000)
        return [step.asks or step for step in found]

    understood = {}
    for name, part in left.items():
        heard = [(row, await steps(row["text"])) for row in part]
        right = [(row, found) for row, found in heard if is_right(row, found)]
        understood[name] = {
            "asked": len(heard),
            "right": len(right),
            "with_all_slots": sum(all(slots_kept(row, found)) for row, found in right),
            "something_else": sum(bool(found) for _, found in heard) - len(right),
        }
    acted = [bool(await steps(text)) for text in not_for_it]
    resident_mb = server.resident_mb if isinstance(server, OnBoard) else 0
    await model.close()
    return result(
        "language",
        len(took_ms),
        model=settings.local or settings.model,
        understood=understood,
        not_for_it={"asked": len(acted), "acted": sum(acted)},
        ms=spread(took_ms),
        on_board={**speed, "resident_mb": resident_mb} if speed else {},
    )


def _settings(home: Path) -> Settings:
    try:
        settings = load_config(home).language_model
    except ConfigError as error:
        raise NothingToMeasure(str(error)) from None
    if settings == DeviceConfig().language_model:
        settings = Settings(local=SMALL)
    return settings.model_copy(update={"timeout_s": 30.0})  # A slow answer is an answer here.


def _unknown(device: Understanding, text: str) -> bool:
    return device.steps(text, around())[0].intent == NONE


async def _speed(settings: Settings, models: ModelStore) -> dict[str, float]:
    """How long it takes to load and how fast it reads and writes."""
    try:
        process = LanguageProcess(
            language_model_file(models, settings.local), context_tokens=CONTEXT_TOKENS, threads=THREADS
        )
        began = time.perf_counter()
        http = await process.start()
    except ModelError as error:
        raise NothingToMeasure(str(error)) from None
    load_s = time.perf_counter() - began
    story = {"messages": [{"role": "user", "content": "Tell me a story. " * 50}], "max_tokens": 100, "temperature": 0}
    answer = await http.post("http://language/v1/chat/completions", json=story, timeout=None)
    timings = answer.json()["timings"]
    await http.aclose()
    await process.close()
    return {
        "load_s": round(load_s, 2),
        "tokens_read_per_s": round(timings["prompt_per_second"]),
        "tokens_written_per_s": round(timings["predicted_per_second"]),
    }
