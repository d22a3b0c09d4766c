#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs libreverie into a directory of its own, compiles the example against
# it with nothing but pkg-config, and runs it.
#
#     example_test.sh SOURCE BUILD CC CFLAGS
set -eu
source=$1 build=$2 cc=$3 cflags=$4
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

cmake --install "$build" --prefix "$place/prefix" --component client >/dev/null
cp "$source"/client/example/* "$place"
libraries=$(dirname "$(find "$place/prefix" -name 'libreverie.so')")
PKG_CONFIG_PATH=$libraries/pkgconfig
LD_LIBRARY_PATH=$libraries
export PKG_CONFIG_PATH LD_LIBRARY_PATH

make -s -C "$place" CC="$cc" CFLAGS="$cflags" example
"$place/example" --help | grep -q '^usage: example ENDPOINT'

# A name that nobody answers is said so, in words.
if "$place/example" "ipc://$place/nobody" ada blue hi 2>"$place/said"; then
    echo "the example found a broker where there is none"
    exit 1
fi
grep -q 'cannot join: no welcome came' "$place/said"

stray=$(nm -D --defined-only "$libraries/libreverie.so" |
    awk '$3 !~ /^reverie_/ && $2 != "A" { print $3 }')
[ -z "$stray" ] || { echo "exported by mistake: $stray"; exit 1; }
