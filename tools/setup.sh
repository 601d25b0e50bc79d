#!/usr/bin/env bash
# Makes a fresh Debian 12 or Ubuntu 24.04 machine ready: system packages, .venv, the locked Python packages.
# Usage: tools/setup.sh runtime|dev        Does nothing when everything is there already.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:?usage: tools/setup.sh runtime|dev}
say() { printf '\033[2m%s\033[0m\n' "$*" >&2; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# --- system packages: what is looked for, and the package that has it -------------------------------------------------
missing=()
need_command() { command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] || missing+=("$2"); }
need_library() { { ldconfig -p 2>/dev/null || /sbin/ldconfig -p; } | grep -q "$1" || missing+=("$2"); }
need_command mosquitto mosquitto
need_library libportaudio.so.2 libportaudio2
need_command espeak-ng espeak-ng # speaks Arabic
[ -e /usr/share/zoneinfo/UTC ] || missing+=(tzdata) # alarms follow the clock on the wall
browser=""
sound=""
if [ "$kind" = dev ]; then
  # The tests' own sound card: a PulseAudio server of theirs, and ALSA's way to it.
  { command -v pulseaudio && command -v parec && compgen -G '/usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so'; } >/dev/null ||
    sound="pulseaudio pulseaudio-utils libasound2-plugins"
  need_command exiftool libimage-exiftool-perl # writes all the metadata that a photo must lose
  cameras=golang-github-rwcarlsen-goexif-dev # what cameras of twenty makers write into their files
  [ -e /usr/share/gocode/src/github.com/rwcarlsen/goexif/exif/samples ] || missing+=("$cameras")
  command -v chromium >/dev/null || command -v google-chrome >/dev/null || browser=chromium
fi
if [ -n "${missing[*]}$browser$sound" ]; then
  command -v apt-get >/dev/null || fail "please install with your system's package manager: ${missing[*]} $browser $sound"
  root=""
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "please run as root: apt-get install ${missing[*]} $browser $sound"
    root=sudo
  fi
  say "Installing system packages: ${missing[*]} $browser $sound"
  install() { $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }
  $root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  [ ${#missing[@]} = 0 ] || install "${missing[@]}" || fail "apt-get could not install: ${missing[*]}"
  # On a desktop with PipeWire it would take that's place, so nothing may be removed for it; the tests that need it are
  # then skipped, and say so.
  # shellcheck disable=SC2086
  [ -z "$sound" ] || install --no-remove $sound || say "No PulseAudio beside this machine's own sound server: the tests on a virtual sound card are skipped."
  # Ubuntu has Chromium as a snap alone; the tests of the page are then skipped, and say so.
  [ -z "$browser" ] || install "$browser" || say "No Chromium to be had from apt-get: install Chrome or Chromium for the tests of the page."
fi

# --- Python ----------------------------------------------------------------------------------------------------------
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Python 3.11 or newer is needed ($("$python" -V 2>&1) found); set PYTHON to one"
if [ ! -x .venv/bin/python ]; then
  "$python" -c 'import ensurepip' 2>/dev/null || fail "this Python has no venv; on Debian and Ubuntu: apt-get install python3-venv"
  "$python" -m venv .venv
fi
lock=requirements/$kind.lock
torch=torch==2.13.0 # for the tests of training and exporting; never on a device
fingerprint() { cat "requirements/$1.lock" pyproject.toml tools/setup.sh | sha256sum; }
installed() { [ "$(cat ".venv/.installed-$1" 2>/dev/null)" = "$(fingerprint "$1")" ]; }
installed dev && exit 0 # what dev installs holds all that runtime needs
[ "$kind" = runtime ] && installed runtime && exit 0
say "Installing Python packages into .venv ($lock)"
.venv/bin/python -m pip install -q --disable-pip-version-check --progress-bar off --only-binary :all: --require-hashes -r "$lock"
.venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
# Not in the lock: its builds differ from machine to machine, and so do their hashes.
[ "$kind" = runtime ] || .venv/bin/python -m pip install -q --disable-pip-version-check --progress-bar off "$torch" ||
  say "No PyTorch to be had: the tests of training and exporting are skipped, and say so."
fingerprint "$kind" >".venv/.installed-$kind"
