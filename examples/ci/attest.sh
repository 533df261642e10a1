#!/bin/sh
# Attests the files of a build: lists the SHA-256 of every file in a folder, has TLS servers of different operators sign the
# list, and verifies their statement. It leaves SHA256SUMS and SHA256SUMS.tls-stamp in the folder; publish both with the files.
#
#   attest.sh FOLDER
#
# The servers are those on the built-in list: `tls-stamp witnesses --probe` says which of them can sign now.
# A second run keeps a statement that already verifies, and fails when a file has changed.
#
# Anyone who downloads the files can check all of them, or only some, with
#
#   tls-stamp verify SHA256SUMS.tls-stamp --directory . --quorum 2
#   tls-stamp verify SHA256SUMS.tls-stamp --quorum 2 && sha256sum --check --ignore-missing SHA256SUMS
#
# Environment:
#   TLS_STAMP_QUORUM  how many operators have to sign, by default 2
#   TLS_STAMP_...     any other option of `tls-stamp sign` and `tls-stamp verify`, such as TLS_STAMP_PROXY
#   TLS_STAMP         the program, by default tls-stamp on the PATH
set -eu

if [ "$#" -ne 1 ] || [ "$1" = --help ]; then
  echo 'usage: attest.sh FOLDER' >&2
  exit 2
fi
case $1 in -*) folder=./$1 ;; *) folder=$1 ;; esac

program=${TLS_STAMP:-tls-stamp}
export TLS_STAMP_QUORUM="${TLS_STAMP_QUORUM:-2}"
list=$folder/SHA256SUMS
statement=$list.tls-stamp

# Lists the files in the format of coreutils, without those of this script, even of a run that was killed. It takes several
# steps, because a pipe would hide that a file could not be read.
found=$folder/.attest-$$.found
sums=$folder/.attest-$$.sums
# Nobody signed the list: leave none behind
trap 'rm -f "$found" "$sums"; [ -e "$statement" ] || rm -f "$list"' EXIT
if command -v sha256sum >/dev/null; then hash=sha256sum bits=; else hash=shasum bits='-a 256'; fi
# shellcheck disable=SC2086 # two words, or none
(CDPATH= cd "$folder" && find . -type f ! -path ./SHA256SUMS ! -path ./SHA256SUMS.tls-stamp ! -path './.attest-*' ! -path './.tls-stamp-*' -exec "$hash" $bits {} +) >"$found"
sed 's|^\(\\\{0,1\}[0-9a-f]\{64\} [ *]\)\./|\1|' "$found" >"$sums"
LC_ALL=C sort -k 2 -o "$sums" "$sums"
if [ ! -s "$sums" ]; then
  echo 'attest.sh: error: the folder has no files to attest' >&2
  exit 2
fi
if [ -e "$statement" ] && ! cmp -s "$sums" "$list"; then
  echo "attest.sh: error: $statement already exists, and its list differs from the files" >&2
  exit 2
fi
mv -f "$sums" "$list"

"$program" sign "$list" --if-missing
"$program" verify "$statement" --directory "$folder"
