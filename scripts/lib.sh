# Shared by the shell scripts of this folder.
say() { printf '== %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Installs Debian packages when we may: as root, or with a sudo that asks nothing.
apt_install() {
    command -v apt-get >/dev/null || return 1
    local as=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null && sudo -n true 2>/dev/null || return 1
        as=(sudo)
    fi
    say "installing with apt: $*"
    local log
    log=$(mktemp)
    "${as[@]}" apt-get update -qq </dev/null >"$log" 2>&1 || true
    if ! "${as[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@" </dev/null >>"$log" 2>&1; then
        tail -n 5 "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}
