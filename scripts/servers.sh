#!/usr/bin/env bash
# The real servers that tests run against, on a plain Debian machine and as root.
#
#   servers.sh packages             install mosquitto, Prometheus and what makes Debian folders
#   servers.sh asterisk 22|16|all   put Asterisk into a Debian folder of its own, .asterisk/<version>
#   servers.sh check                say what is there and what is missing
#
# Each does nothing where nothing is to be done. Exit: 0 all is there, 1 something is missing, 2 wrong usage.
# What this machine cannot have (it is not Debian, or we are not root) is said, and the tests that need it are
# left out: exit 0, but 1 with CI=true.
#
# CTIBRIDGE_ASTERISK  parent of the Asterisk folders (default: .asterisk beside scripts/)
# DEBIAN_MIRROR       default: http://deb.debian.org/debian
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folders=${CTIBRIDGE_ASTERISK:-$here/.asterisk}
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}

packages=(chromium debootstrap faketime fonts-noto-cjk mosquitto mosquitto-clients prometheus prometheus-alertmanager openssl strace systemd valgrind)
programs=(chromium debootstrap mosquitto mosquitto_pub prometheus promtool amtool openssl strace systemd-analyze valgrind)

versions=(22 16)
# Debian 12 itself has no Asterisk.
declare -A suites=([22]=sid [16]=bullseye)
in_folder=(asterisk asterisk-config asterisk-modules asterisk-core-sounds-en-gsm asterisk-moh-opsound-gsm)
# Written last, and compared: a folder that was made by another recipe is made anew.
recipe="asterisk folder 1: ${in_folder[*]}"

say() { printf '%s\n' "$*"; }

# Why this machine cannot install anything; nothing when it can.
obstacle() {
  if ! command -v apt-get >/dev/null 2>&1; then
    say "this is not Debian: there is no apt-get"
  elif [ "$(id -u)" -ne 0 ]; then
    say "root is needed to install packages and to run Asterisk in a folder"
  fi
}

stop_without_means() {
  local why
  why=$(obstacle)
  if [ -n "$why" ]; then
    say "$1: not possible here, $why; the tests that need it are left out"
    [ "${CI:-}" = true ] && exit 1
    exit 0
  fi
}

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

has_candidate() { apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'; }

apt_install() { DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 "$@"; }

install_packages() {
  local missing=() package
  for package in "${packages[@]}"; do
    installed "$package" || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    say "packages: all installed"
    return
  fi
  stop_without_means "packages (${missing[*]})"
  say "packages: installing ${missing[*]}"
  for package in "${missing[@]}"; do
    if ! has_candidate "$package"; then
      apt-get update -qq
      break
    fi
  done
  # Package lists that are there but old name files that are gone.
  apt_install "${missing[@]}" >/dev/null || { apt-get update -qq && apt_install "${missing[@]}" >/dev/null; }
}

ready() { [ "$(head -n 1 "$folders/$1/ready" 2>/dev/null)" = "$recipe" ]; }

# Nothing that somebody mounted into the folder may be deleted with it.
remove_folder() {
  local folder=$1
  [ -e "$folder" ] || return 0
  if mountpoint -q "$folder/proc"; then
    umount "$folder/proc"
  fi
  if grep -qF " $folder/" /proc/self/mounts; then
    say "$folder: something is mounted in it; unmount it first"
    return 1
  fi
  rm -rf --one-file-system "$folder"
}

make_folder() {
  local version=$1 folder=$folders/$1 log=$folders/$1.log started=$SECONDS
  if [ -e "$folder" ]; then
    say "Asterisk $version: $folder is half made or of another recipe, making it anew"
    remove_folder "$folder"
  fi
  say "Asterisk $version: Debian ${suites[$version]} into $folder (about a minute; log: $log)"
  debootstrap --variant=minbase "${suites[$version]}" "$folder" "$mirror" >"$log" 2>&1
  chroot "$folder" env DEBIAN_FRONTEND=noninteractive LC_ALL=C \
    apt-get install -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 "${in_folder[@]}" >>"$log" 2>&1
  chroot "$folder" apt-get clean
  chroot "$folder" asterisk -V >>"$log"
  printf '%s\n%s\n' "$recipe" "$(chroot "$folder" asterisk -V)" >"$folder/ready"
  say "Asterisk $version: made in $((SECONDS - started)) s"
}

explain() {
  say "Asterisk $1: failed; the end of $folders/$1.log:"
  tail -n 15 "$folders/$1.log" | sed 's/^/    /'
}

install_asterisk() {
  local wanted=("$@") missing=() version failed=0
  local -A jobs=()
  for version in "${wanted[@]}"; do
    if ready "$version"; then
      say "Asterisk $version: ready ($(tail -n 1 "$folders/$version/ready"))"
    else
      missing+=("$version")
    fi
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  stop_without_means "Asterisk ${missing[*]}"
  if ! command -v debootstrap >/dev/null 2>&1; then
    say "Asterisk ${missing[*]}: debootstrap is missing, run: $0 packages"
    exit 1
  fi
  mkdir -p "$folders"
  exec 9>"$folders/lock"
  if ! flock -n 9; then
    say "Asterisk: waiting for another run that makes folders in $folders"
    flock 9
  fi
  # Side by side: on two cores both took 92 s, one alone 55 s.
  for version in "${missing[@]}"; do
    ready "$version" && continue
    # A job of its own, since `set -e` is off in whatever stands before `||`.
    make_folder "$version" &
    jobs[$version]=$!
  done
  for version in "${!jobs[@]}"; do
    wait "${jobs[$version]}" || {
      explain "$version"
      failed=1
    }
  done
  return "$failed"
}

check() {
  local program version why absent=0
  for program in "${programs[@]}"; do
    if command -v "$program" >/dev/null 2>&1; then
      say "$program: $(command -v "$program")"
    else
      say "$program: missing (servers.sh packages)"
      absent=1
    fi
  done
  for version in "${versions[@]}"; do
    if ready "$version"; then
      say "Asterisk $version: $folders/$version"
    else
      say "Asterisk $version: missing (servers.sh asterisk $version)"
      absent=1
    fi
  done
  why=$(obstacle)
  [ -z "$why" ] || say "note: $why"
  return "$absent"
}

usage() {
  sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
}

case "${1:-}" in
  packages) install_packages ;;
  asterisk)
    case "${2:-}" in
      22 | 16) install_asterisk "$2" ;;
      all) install_asterisk "${versions[@]}" ;;
      *)
        usage >&2
        exit 2
        ;;
    esac
    ;;
  check) check ;;
  -h | --help) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
