#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The newcomer's path: every folder with code has a README.md whose "Code
# structure" names each of its .c files; folders and files stay small.
set -u
rc=0

fail() {
    printf 'docs: %s\n' "$*"
    rc=1
}

sources=$(git ls-files -co --exclude-standard '*.c' | grep -v '^tests/')

# readme_of FOLDER: its own, or that of the part it is a room of.
readme_of() {
    local folder=$1
    while [ "$folder" != . ]; do
        [ -f "$folder/README.md" ] && echo "$folder/README.md" && return
        folder=$(dirname "$folder")
    done
}

for folder in $(dirname $sources | sort -u); do
    readme=$(readme_of "$folder")
    if [ -z "$readme" ]; then
        fail "$folder has no README.md, nor has the part it belongs to"
        continue
    fi
    structure=$(sed -n '/^##* *Code structure/,$p' "$readme")
    [ -n "$structure" ] || fail "$readme has no section 'Code structure'"
    for source in $folder/*.c; do
        name=$(basename "$source")
        stem=${name%.c}
        grep -qE "(^|[^a-z_])$stem(\.[ch]|\.\{[ch],[ch]\})" <<<"$structure" ||
            fail "$readme: 'Code structure' does not name $name"
    done
done

while read -r count folder; do
    [ "$count" -le 20 ] ||
        fail "$folder holds $count files; give it rooms (at most 20)"
done < <(git ls-files -co --exclude-standard | grep -v '/corpus/' |
    xargs -n1 dirname | sort | uniq -c)

for file in $(git ls-files -co --exclude-standard '*.[ch]'); do
    lines=$(wc -l <"$file")
    [ "$lines" -le 1000 ] || fail "$file has $lines lines (at most 1,000)"
    head -n 1 "$file" | grep -q 'SPDX-License-Identifier: MIT' ||
        fail "$file does not start with its licence"
done

exit $rc
