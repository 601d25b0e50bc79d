"""A sound card made of software: a PulseAudio server of the test's own, on a socket in a directory of its own."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

ECHO_MS = 60
ECHO_VOLUME = "50%"
"""PulseAudio's percentages are cubic: -18 dB. The device, as its microphone hears it."""
NEEDED = ("pulseaudio", "pactl", "pacat", "parec", "paplay")


class VirtualCard:
    """A loudspeaker (`vspk`) and a microphone (`micin`) into which the loudspeaker can be heard.

    ::

        app ──▶ vspk ──┬── echo, 60 ms later ──▶ vmic ──▶ micin ──▶ app
                       └── recording              ▲ ▲
                                    a quiet room ─┘ └─ clips

    Both ends are read or fed all the time: a null sink that nobody uses goes on in steps of two seconds.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.chmod(0o700)
        (directory / ".asoundrc").write_text("pcm.!default {type pulse}\nctl.!default {type pulse}\n")
        self.env = os.environ | {
            "HOME": str(directory),
            "XDG_RUNTIME_DIR": str(directory),
            "PULSE_SERVER": f"unix:{directory / 'pulse.sock'}",
            "PULSE_SOURCE": "micin",
            "PULSE_SINK": "vspk",
        }
        self._room = directory / "room.raw"
        noise = np.random.default_rng(1).normal(0, 10, 16_000 * 300)
        self._room.write_bytes(noise.astype("<i2").tobytes())
        self._recording = directory / "said.raw"
        self._server: subprocess.Popen[bytes] | None = None
        self._users: list[subprocess.Popen[bytes]] = []

    def plug_in(self) -> None:
        """Start the server with all that belongs to the card."""
        modules = (
            f"module-native-protocol-unix auth-anonymous=1 socket={self._directory / 'pulse.sock'}",
            "module-null-sink sink_name=vspk rate=48000 channels=2",
            "module-null-sink sink_name=vmic rate=48000 channels=1",
            "module-remap-source master=vmic.monitor source_name=micin",
            f"module-loopback source=vspk.monitor sink=vmic latency_msec={ECHO_MS}",
        )
        options = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--realtime=no"]
        loaded = [argument for module in modules for argument in ("-L", module)]
        self._server = self._start(["pulseaudio", *options, *loaded])
        deadline = time.monotonic() + 20
        while not (echo := self._pactl("list", "short", "sink-inputs").split("\t")[0]):
            assert time.monotonic() < deadline, "PulseAudio doesn't start"
            time.sleep(0.1)
        self._pactl("set-sink-input-volume", echo, ECHO_VOLUME)
        plain = ("--raw", "--format=s16le", "--rate=16000", "--channels=1", "--latency-msec=20")
        self._users = [
            self._start(["pacat", *plain, "--device=vmic", str(self._room)]),
            self._start(["parec", *plain, "--device=vspk.monitor", str(self._recording)]),
        ]

    def unplug(self) -> None:
        """The card is gone from one moment to the next."""
        if self._server:
            self._end(self._server, signal.SIGKILL)
        for user in self._users:
            self._end(user, signal.SIGTERM)

    def speak(self, clip: Path) -> None:
        """Let the microphone hear a file; returns when it has."""
        command = ["paplay", "--device=vmic", "--latency-msec=200", str(clip)]
        subprocess.run(command, env=self.env, check=True, timeout=60)

    def listeners(self) -> int:
        """How many programs have the microphone open, as the operating system sees it."""
        sources = dict(line.split("\t")[:2] for line in self._pactl("list", "short", "sources").splitlines())
        outputs = [line.split("\t") for line in self._pactl("list", "short", "source-outputs").splitlines()]
        return sum(sources.get(fields[1]) == "micin" for fields in outputs)

    def said(self) -> np.ndarray:
        """All that came out of the loudspeaker since it was plugged in last: (n,) float32 at 16 kHz."""
        return np.fromfile(self._recording, "<i2").astype(np.float32) / 32768

    def _start(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        # What is copper on a real card waits for no processor: first in line, where this account may be.
        command = ["nice", "-n", "-19", *command]
        return subprocess.Popen(command, env=self.env, stdin=quiet, stdout=quiet, stderr=quiet)

    def _end(self, process: subprocess.Popen[bytes], how: signal.Signals) -> None:
        process.send_signal(how)
        process.wait(timeout=10)

    def _pactl(self, *arguments: str) -> str:
        ran = subprocess.run(
            ["pactl", *arguments], env=self.env, capture_output=True, text=True, timeout=10, check=False
        )
        return ran.stdout
