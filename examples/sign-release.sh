#!/usr/bin/env bash
# Signs a release: lists the checksums of its files, has servers of at least two operators sign the list, and adds a page
# on which anybody can verify it.
#
#   sign-release.sh FOLDER
#
# Publish the whole folder. Its recipients check every file with
#
#   tls-stamp verify SHA256SUMS.tls-stamp --directory . --quorum 2
#
# or without tls-stamp: drop SHA256SUMS.tls-stamp and SHA256SUMS on verify.html, then run sha256sum --check SHA256SUMS.
set -euo pipefail

if [ "$#" -ne 1 ] || [ "$1" = --help ]; then
  echo 'usage: sign-release.sh FOLDER' >&2
  exit 2
fi
cd -- "$1"
find . -type f ! -name 'SHA256SUMS*' ! -name verify.html -exec sha256sum {} + |
  sed 's|  \./|  |' | LC_ALL=C sort -k 2 >SHA256SUMS
tls-stamp sign SHA256SUMS --quorum 2
tls-stamp page --force
tls-stamp verify SHA256SUMS.tls-stamp --directory . --quorum 2
