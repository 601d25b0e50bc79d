"""The process in which llama.cpp runs: reads one line with its orders, loads the model, and serves until stdin ends."""

import json
import os
import sys

from edge_models.giving_way import be_taken_first


def main() -> None:
    """Say `ready` on stdout when the model is loaded; end with its parent, which holds the other end of stdin."""
    from xllamacpp import CommonParams, Server  # pyright: ignore[reportAttributeAccessIssue]

    be_taken_first()
    order = json.loads(sys.stdin.readline())
    parameters = CommonParams()
    parameters.model.path = order["file"]
    parameters.n_ctx = order["context_tokens"]
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = order["threads"]
    parameters.cpuparams.poll = parameters.cpuparams_batch.poll = 0  # Sleep where it waits: others have work to do.
    parameters.use_jinja = True  # The model's own template, tools too.
    parameters.hostnames = [order["socket"]]
    parameters.api_keys = [order["key"]]
    # Nothing of it is for anybody but the parent: no page, no look at what is asked, and no copies of old prompts.
    parameters.ui = parameters.endpoint_slots = parameters.endpoint_props = False
    parameters.cache_ram_mib = 0
    parameters.verbosity = -1
    os.umask(0o077)
    server = Server(parameters)
    print("ready", flush=True)
    sys.stdin.read()
    del server


if __name__ == "__main__":
    main()
