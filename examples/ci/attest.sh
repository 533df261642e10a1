#!/bin/sh
# Attests what a build made: lists the SHA-256 of every file of a folder, has witnesses sign the list's entries, and
# verifies what they signed. It leaves SHA256SUMS and SHA256SUMS.tls-stamp in the folder; publish both with the files.
#
#   attest.sh FOLDER HOST[:PORT] HOST[:PORT]...
#
# Name at least two witnesses that different people run: `tls-stamp probe HOST` says whether a server can be one.
# A second run leaves a statement alone that holds already, and fails when a file is not what it was.
#
# Whoever downloads a file checks it with
#
#   tls-stamp verify SHA256SUMS.tls-stamp FILE --witness HOST --witness HOST --quorum 2
#
# Environment:
#   QUORUM     how many of the witnesses have to sign; default 2
#   CA         a file or folder of trust anchors; default the Mozilla roots in Node.js
#   TLS_STAMP  the program; default tls-stamp, as `npm install --global tls-stamp@VERSION` puts it on the PATH
set -eu

SUMS=SHA256SUMS
STATEMENT=SHA256SUMS.tls-stamp

if [ "$#" -lt 3 ]; then
  echo 'usage: attest.sh FOLDER HOST[:PORT] HOST[:PORT]...' >&2
  exit 2
fi

# Relative paths are from where this script was called.
absolute() {
  case $1 in
    /* | '') printf '%s\n' "$1" ;;
    *) printf '%s/%s\n' "$PWD" "$1" ;;
  esac
}

program=${TLS_STAMP:-tls-stamp}
case $program in */*) program=$(absolute "$program") ;; esac
ca=$(absolute "${CA-}")
quorum=${QUORUM:-2}
cd -- "$1"
shift

# HOST of HOST[:PORT]; an IPv6 address with a port stands in brackets.
host_of() {
  case $1 in
    \[*) host=${1#\[} && printf '%s\n' "${host%%\]*}" ;;
    *:*:*) printf '%s\n' "$1" ;;
    *) printf '%s\n' "${1%%:*}" ;;
  esac
}

# PORT of HOST[:PORT].
port_of() {
  case $1 in
    \[*\]:*) printf '%s\n' "${1##*:}" ;;
    \[* | *:*:*) echo 443 ;;
    *:*) printf '%s\n' "${1##*:}" ;;
    *) echo 443 ;;
  esac
}

# The files of this folder as coreutils list them, without what this script leaves here, also one that was killed. Step by step, since a pipe
# would hide that a file could not be read.
listed=.attest-$$.listed
sums=.attest-$$.sums
trap 'rm -f "$listed" "$sums"' EXIT
if command -v sha256sum >/dev/null; then hash=sha256sum bits=; else hash=shasum bits='-a 256'; fi
# shellcheck disable=SC2086 # two words, or none
find . -type f ! -path "./$SUMS" ! -path "./$STATEMENT" ! -path './.attest-*' ! -path './.tls-stamp-*' -exec "$hash" $bits {} + >"$listed"
sed 's|^\(\\\{0,1\}[0-9a-f]\{64\} [ *]\)\./|\1|' "$listed" >"$sums"
LC_ALL=C sort -k 2 -o "$sums" "$sums"
if [ ! -s "$sums" ]; then
  echo 'attest.sh: error: there is no file to attest' >&2
  exit 2
fi

first=$1
shift
host=$(host_of "$first")
port=$(port_of "$first")
signing=$#
for witness in "$@"; do set -- "$@" --witness "$witness"; done
shift "$signing"
if [ -n "$ca" ]; then set -- "$@" --ca "$ca"; fi
"$program" sign "$host" "$port" --sums "$sums" -o "$STATEMENT" --if-missing --quorum "$quorum" "$@"
# In one step: the list is what people compare their downloads with.
mv -f "$sums" "$SUMS"

# Whoever verifies accepts the same witnesses, by their names alone.
rest=$#
set -- "$@" --witness "$host"
while [ "$rest" -gt 0 ]; do
  option=$1 value=$2
  shift 2
  rest=$((rest - 2))
  if [ "$option" = --witness ]; then value=$(host_of "$value"); fi
  set -- "$@" "$option" "$value"
done
"$program" verify "$STATEMENT" --sums "$SUMS" --quorum "$quorum" "$@"
