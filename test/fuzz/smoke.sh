#!/bin/sh
# SPDX-License-Identifier: MIT
# smoke.sh FUZZER CORPUS: the kept inputs, and as many more as make FUZZ_RUNS or
# take FUZZ_SECONDS.
# New inputs stay in a scratch folder; a crash is printed with its bytes.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/new"
set -- "$1" "${2:?usage: smoke.sh FUZZER CORPUS}"
[ -d "$2" ] || { echo "smoke.sh: no corpus in $2" >&2; exit 1; }
"$1" -runs="${FUZZ_RUNS:-20000}" -max_total_time="${FUZZ_SECONDS:-15}" \
	-timeout=60 -rss_limit_mb=1024 \
	-max_len=65536 -print_final_stats=1 -artifact_prefix="$scratch/" \
	"$scratch/new" "$2" 2>"$scratch/log" || {
	tail -40 "$scratch/log" >&2
	for f in "$scratch"/crash-* "$scratch"/timeout-* "$scratch"/oom-*; do
		[ -f "$f" ] && od -An -tx1 "$f" | head -64 >&2
	done
	exit 1
}
grep -E '^stat::number_of_executed_units' "$scratch/log"
