#!/bin/sh
# Attests what a build made: lists the SHA-256 of every file of a folder, has TLS servers of different operators sign the
# list, and verifies what they signed. It leaves SHA256SUMS and SHA256SUMS.tls-stamp in the folder; publish both with the files.
#
#   attest.sh FOLDER
#
# The servers are those that tls-stamp knows: `tls-stamp witnesses --probe` says which of them can sign now.
# A second run leaves a statement alone that holds already, and fails when a file is not what it was.
#
# Whoever downloads the files checks them, all of them or one, with
#
#   tls-stamp verify SHA256SUMS.tls-stamp --directory . --quorum 2
#   tls-stamp verify SHA256SUMS.tls-stamp --quorum 2 && sha256sum --check --ignore-missing SHA256SUMS
#
# Environment:
#   TLS_STAMP_QUORUM  how many operators have to sign; default 2
#   TLS_STAMP_...     any other option of `tls-stamp sign` and `tls-stamp verify`, such as TLS_STAMP_PROXY
#   TLS_STAMP         the program; default tls-stamp, as `npm install --global tls-stamp@VERSION` puts it on the PATH
set -eu

if [ "$#" -ne 1 ]; then
  echo 'usage: attest.sh FOLDER' >&2
  exit 2
fi
case $1 in -*) folder=./$1 ;; *) folder=$1 ;; esac

program=${TLS_STAMP:-tls-stamp}
export TLS_STAMP_QUORUM="${TLS_STAMP_QUORUM:-2}"
list=$folder/SHA256SUMS
statement=$list.tls-stamp

# The files of the folder as coreutils list them, without what this script leaves there, also one that was killed. Step by
# step, since a pipe would hide that a file could not be read.
found=$folder/.attest-$$.found
sums=$folder/.attest-$$.sums
# A list that nobody signed is none
trap 'rm -f "$found" "$sums"; [ -e "$statement" ] || rm -f "$list"' EXIT
if command -v sha256sum >/dev/null; then hash=sha256sum bits=; else hash=shasum bits='-a 256'; fi
# shellcheck disable=SC2086 # two words, or none
(CDPATH= cd "$folder" && find . -type f ! -path ./SHA256SUMS ! -path ./SHA256SUMS.tls-stamp ! -path './.attest-*' ! -path './.tls-stamp-*' -exec "$hash" $bits {} +) >"$found"
sed 's|^\(\\\{0,1\}[0-9a-f]\{64\} [ *]\)\./|\1|' "$found" >"$sums"
LC_ALL=C sort -k 2 -o "$sums" "$sums"
if [ ! -s "$sums" ]; then
  echo 'attest.sh: error: there is no file to attest' >&2
  exit 2
fi
if [ -e "$statement" ] && ! cmp -s "$sums" "$list"; then
  echo "attest.sh: error: $statement is there already, and its list is another" >&2
  exit 2
fi
mv -f "$sums" "$list"

"$program" sign "$list" --if-missing
"$program" verify "$statement" --directory "$folder"
