# shellcheck shell=bash disable=SC2034
# Reads what each runner reported about itself and adds it up. A counter prints "passed failed skipped" of a log,
# or nothing when the runner did not come to its report.

PASSED=0
FAILED=0
SKIPPED=0
SUITE_FAILED=0

# cmocka: each program says how many it runs, then how many passed. What neither passed nor was skipped has failed,
# also when the program died in the middle.
count_cmocka() {
    awk '
        /^\[==========\] .*Running [0-9]+ test/ { for (i = 1; i < NF; i++) if ($i == "Running") run += $(i + 1); seen = 1 }
        /^\[  PASSED  \]/ { for (i = 1; i <= NF; i++) if ($i ~ /^[0-9]+$/) { passed += $i; break } }
        /^\[  SKIPPED \] .*[0-9]+ test/ { for (i = 1; i <= NF; i++) if ($i ~ /^[0-9]+$/) { skipped += $i; break } }
        END { if (seen) print passed + 0, run - passed - skipped, skipped + 0 }' "$1"
}

# node:test as TAP, the totals at the end.
count_tap() {
    awk '
        $1 == "#" && $2 ~ /^(tests|pass|fail|cancelled|skipped|todo)$/ && $3 ~ /^[0-9]+$/ { n[$2] = $3 }
        END { if ("tests" in n) print n["pass"], n["fail"] + n["cancelled"], n["skipped"] + n["todo"] }' "$1"
}

count_vitest() {
    [[ -s $1.json ]] || return 0
    "$NODE" -e '
        const r = JSON.parse(require("fs").readFileSync(process.argv[1]));
        const broken = r.testResults.filter((f) => f.status === "failed" && f.assertionResults.length === 0).length;
        console.log(r.numPassedTests, r.numFailedTests + broken, r.numPendingTests + (r.numTodoTests || 0));' "$1.json"
}

# A tool that only has a status counts as one test.
count_status() { :; }

# add_counts NAME STATUS "P F S" SECONDS
add_counts() {
    local name=$1 status=$2 p f s
    read -r p f s <<<"$3" || true
    if [[ -z $p ]]; then
        # No report: a tool without one passes by its status, any other runner has failed.
        p=0 f=1 s=0
        ((status != 0)) || { p=1 f=0; }
        [[ $name == typecheck || $status -ne 0 ]] || { p=0 f=1; }
    elif ((status != 0 && f == 0)); then
        f=1
    fi
    PASSED=$((PASSED + p)) FAILED=$((FAILED + f)) SKIPPED=$((SKIPPED + s)) SUITE_FAILED=$f
    printf '%-10s %5d passed %4d failed %4d skipped   %4d s\n' "$name" "$p" "$f" "$s" "$4"
}

# The failing tests of a log with what they say, shortened.
show_failures() {
    case $1 in
    count_tap) awk '
        /^ *not ok / && !/# (SKIP|TODO)/ { show = 1; lines = 0 }
        /^ *(ok|# Subtest)/ { show = 0 }
        show && lines++ < 30' "$2" | head -n 150 ;;
    count_cmocka) grep -n -E '^\[  (ERROR|FAILED|  LINE) |ERROR: |runtime error|error:|\*\*\*' "$2" | head -n 80 || true ;;
    *) tail -n 60 "$2" ;;
    esac
}

close_count() {
    say "$PASSED passed, $FAILED failed, $SKIPPED skipped"
    ((FAILED == 0 && PASSED > 0))
}
