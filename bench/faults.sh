#!/usr/bin/env bash
# Random faults in a cluster of real processes, one schedule per seed, with a check of all that was acknowledged (docs/faults.md).
# Usage: bench/faults.sh [first seed: 1] [last seed: 100]. Root, iproute2 and libfaketime allow all kinds of faults.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build tests/EndToEnd.Tests -c Release -v quiet -nologo
CHATLOOP_FAULTS="${1:-1}-${2:-100}" tests/EndToEnd.Tests/bin/Release/net10.0/ChatLoop.EndToEnd.Tests \
  -class "*FaultTests" -showLiveOutput -printMaxStringLength 0
