#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Who may include what: each foreign library in one folder, each part only the
# parts above it, broker and plugin never each other.
set -u
parts="base proto memory store client broker plugin agents-sim cli"
rc=0

fail() {
    printf 'arch: %s\n' "$*"
    rc=1
}

# only HEADER-REGEX FILE-REGEX: files that include it must match.
only() {
    local header=$1 allowed=$2 file found=0
    while IFS= read -r file; do
        found=1
        [[ $file =~ ^($allowed)$ ]] ||
            fail "$file includes <$header>; only $allowed may"
    done < <(grep -rlE "#include [<\"]$header" $parts --include='*.[ch]')
    [ $found -eq 1 ] || fail "nothing includes <$header>: is this rule stale?"
}

# knows PART ALLOWED...: what the part may include, itself apart. A room with
# a rule of its own (rooms) is left to that rule.
rooms=agents-sim/lab
knows() {
    local part=$1 allowed other
    shift
    allowed=" ${part%%/*} $* "
    while IFS=: read -r file other; do
        [[ $file == $rooms/* && $part != "$rooms" ]] && continue
        case "$allowed" in
        *" $other "*) ;;
        *) fail "$file includes $other/: $part may know only: $*" ;;
        esac
    done < <(grep -roE '#include "[a-z-]+/' "$part" --include='*.[ch]' |
        sed 's/#include "//; s#/$##' | sort -u)
}

only 'zmq\.h' 'proto/bus\.c'
only 'rocksdb/' 'store/engine/rocks[a-z_]*\.[ch]'
only 'protobuf-c/' 'proto/[a-z_/]+\.[ch]'
only 'json-c/' 'base/edge/json\.c'
only 'cyaml/' 'base/edge/settings\.c'
only 'sodium\.h' 'base/edge/crypto\.c'
only 'xxhash\.h' 'base/edge/hash\.c'

# Generated structs stay out of the headers of other parts; a forward
# declaration is no more than a name.
while IFS= read -r file; do
    fail "$file shows generated messages in a header"
done < <(grep -lE 'pb-c\.h"|"proto/messages\.h' \
    $(git ls-files '*.h' | grep -vE '^(proto|tests)/') 2>/dev/null)

# Only the command line may look into the lab.
while IFS= read -r file; do
    [[ $file =~ ^(agents-sim/lab|cli)/ ]] || fail "$file looks into the lab"
done < <(grep -rl '#include "agents-sim/lab/' $parts --include='*.[ch]')

knows base
knows proto base
knows memory base proto
knows store base proto
knows client base proto
knows broker base proto memory store
knows plugin base proto memory client
knows agents-sim base proto client
knows agents-sim/lab base proto memory client plugin
knows cli base proto memory client broker plugin agents-sim

exit $rc
