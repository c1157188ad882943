#!/usr/bin/env bash
# The whole loop through the page with scripted raters, one service per seed: the trait they want must rise by 30 points in each.
# Usage: bench/loop.sh [first seed: 1] [last seed: 3]
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build tests/EndToEnd.Tests -c Release -v quiet -nologo
CHATLOOP_LOOP_SEEDS="${1:-1}-${2:-3}" tests/EndToEnd.Tests/bin/Release/net10.0/ChatLoop.EndToEnd.Tests \
  -class "*.LoopTests" -showLiveOutput -printMaxStringLength 0
