# SPDX-License-Identifier: MIT
# What scripts/demo and scripts/test share. Sourced by bash from the top folder.

say() { printf '%s\n' "$*" >&2; }

die() {
    say "error: $*"
    exit 1
}

# as_root COMMAND...: directly for root, else through sudo.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "installing packages needs root: run as root, or install sudo"
    fi
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# install_packages PURPOSE...: what scripts/packages lists for them and is
# missing. Says what it installs; says nothing when there is nothing to do.
install_packages() {
    command -v dpkg-query >/dev/null ||
        die "this is not Debian: install what scripts/packages lists yourself," \
            "then build with: cmake --preset release && cmake --build --preset release"
    local purpose name missing=()
    while read -r purpose name; do
        case " $* " in
        *" $purpose "*) is_installed "$name" || missing+=("$name") ;;
        esac
    done < <(grep -v '^#' scripts/packages)
    [ ${#missing[@]} -eq 0 ] && return
    say "installing ${#missing[@]} Debian packages: ${missing[*]}"
    as_root apt-get update -qq || die "apt-get update failed"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends "${missing[@]}" >/dev/null ||
        die "apt-get install failed: see above"
}

# build PRESET [TARGET...]: configures once, builds what changed, and shows
# the compiler's output only if something went wrong.
build() {
    local preset=$1 log
    shift
    log=$(mktemp)
    say "building ($preset), at most $(nproc) jobs; the first time takes minutes"
    if ! { cmake --preset "$preset" &&
        cmake --build --preset "$preset" --parallel "$(nproc)" \
            ${1:+--target "$@"}; } >"$log" 2>&1; then
        tail -n 60 "$log" >&2
        die "the $preset build failed; the whole output is in $log"
    fi
    rm -f "$log"
}
