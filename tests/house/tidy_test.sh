#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# clang-tidy 14 over every product source, with the flags of the build in $1.
# A file whose content, headers and configuration are unchanged since it last
# passed is not analysed again.
set -u
build=$1
command -v clang-tidy >/dev/null || {
    echo "skipped: clang-tidy is not installed"
    exit 77
}
passed=$build/tidy-passed
mkdir -p "$passed"
state=$(cat .clang-tidy $(git ls-files '*.h' '*.proto') | sha256sum)

check() {
    local file=$1 stamp
    stamp=$passed/$( (printf '%s' "$state" && cat "$file") | sha256sum | cut -c1-40)
    [ -e "$stamp" ] && return 0
    # The build is gcc's: its flags that clang does not know are not findings.
    if clang-tidy --quiet -p "$build" --extra-arg=-Wno-unknown-warning-option \
        "$file" 2>/dev/null; then
        : >"$stamp"
    else
        return 1
    fi
}
export -f check
export build passed state

git ls-files '*.c' | grep -v '^tests/' | grep -v '/example/' |
    xargs -P "$(nproc)" -I{} bash -c 'check {}'
