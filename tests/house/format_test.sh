#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every C file is as clang-format 14 lays it out.
set -u
command -v clang-format >/dev/null || {
    echo "skipped: clang-format is not installed"
    exit 77
}
git ls-files -co --exclude-standard '*.[ch]' |
    xargs clang-format --dry-run -Werror
