"""How every ONNX model of ours is opened: on the CPU, with few threads that sleep when there is nothing to do."""

from pathlib import Path

import onnxruntime


def open_session(model: Path, *, threads: int = 1) -> onnxruntime.InferenceSession:
    """Open `model` on the CPU with `threads` threads.

    Spinning is off: a thread that waits busily for the next 32 ms frame would eat the core that the others need.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors: its warnings about optimised graphs mean nothing to a user
    return onnxruntime.InferenceSession(str(model), sess_options=options, providers=["CPUExecutionProvider"])
