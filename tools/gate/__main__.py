"""Hold the engines for drafts against the gate.

    python -m tools.gate MODELS_DIR [--claims] [--singles 300] [--composed 200] [--steps 2 4]

Prints one JSON object. With `--claims` it first finds out what the judge knows and writes `claims.txt`.
"""

import argparse
import json
from pathlib import Path

from edge_models.image.compositor import Compositor
from edge_models.image.draft_model import DraftModel
from edge_models.image.drafter import Drafter
from edge_models.image.enlarge import MODEL, Enlarger
from edge_models.models import ModelStore
from tools.gate.judge import Judge
from tools.gate.measure import CLAIMS, claimed, claims, composed, singles


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", action="store_true")
    parser.add_argument("--singles", type=int, default=300)
    parser.add_argument("--composed", type=int, default=200)
    parser.add_argument("--steps", type=int, choices=(2, 4), nargs="*", default=[2])
    parser.add_argument("models", type=Path, help="the folder that `nightjar models pull` fills")
    args = parser.parse_args()
    judge = Judge()
    if args.claims:
        CLAIMS.write_text("\n".join(claimed(Compositor(), judge, seeds=(900, 901, 902))) + "\n", "utf-8")
    enlarger = Enlarger(ModelStore(args.models).path(MODEL))
    engines: dict[str, Drafter] = {"compositor": Compositor()}
    engines |= {f"model, {steps} steps": DraftModel(enlarger, steps=steps) for steps in args.steps}
    for name, engine in engines.items():
        print(json.dumps({"engine": name, **measured(engine, judge, args.singles, args.composed)}), flush=True)


def measured(engine: Drafter, judge: Judge, alone: int, together: int) -> dict[str, object]:
    """All that the gate says of an engine."""
    known = claims()
    single = singles(engine, judge, known, count=alone, seed=7000)
    shown = composed(engine, judge, known, count=together, seed=8000)
    return {
        "claimed": len(known),
        "subject": round(sum(right for _, right in single) / len(single), 3),
        "composed": round(sum(one.composed for one in shown) / len(shown), 3),
        "of_composed": {
            "subject": round(sum(one.subject for one in shown) / len(shown), 3),
            "colour": round(sum(one.colour for one in shown) / len(shown), 3),
            "place": round(sum(one.place for one in shown) / len(shown), 3),
        },
        "missed": sorted({prompt for prompt, right in single if not right})[:40],
        "wrong": [one.prompt for one in shown if not one.composed][:20],
    }


if __name__ == "__main__":
    main()
