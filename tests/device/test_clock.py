"""A replayed file's clock follows the audio while it is read, and the wall while the device works."""

import time

from device.clock import AudioClock


def test_audio_time_stands_still_until_the_next_block_comes():
    clock = AudioClock()
    clock.advance_to(2.5)
    assert clock.now() == clock.now() == 2.5


def test_released_it_runs_on_and_never_goes_back():
    clock = AudioClock()
    clock.advance_to(1.0)
    clock.release()
    began = time.monotonic()
    while time.monotonic() - began < 0.01:
        pass
    later = clock.now()
    assert later >= 1.01
    clock.advance_to(0.5)
    assert clock.now() >= later
