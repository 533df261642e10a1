#!/usr/bin/env bash
# Has servers sign a Git tag and keeps their statement in a note on the tag, or verifies such a note.
#
#   sign-git-tag.sh sign TAG      afterwards: git push origin TAG refs/notes/tls-stamp
#   sign-git-tag.sh verify TAG    beforehand: git fetch origin refs/notes/tls-stamp:refs/notes/tls-stamp
#
# Two files are signed: the tag object, and an archive of the tree it leads to. The archive is there because most
# repositories name objects by SHA-1. Git has kept the format of archives stable but does not promise to: if a statement has
# to last, keep the two files as well.
set -euo pipefail

usage='usage: sign-git-tag.sh sign|verify TAG'
if [ "$#" -ne 2 ]; then
  echo "$usage" >&2
  exit 2
fi
action=$1
tag=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A lightweight tag is the name of a commit and has no object of its own.
git cat-file "$(git cat-file -t "$tag")" "$tag" >"$folder/tag"
git archive --format=tar "$tag" >"$folder/tree.tar"

case $action in
  sign)
    (cd "$folder" && tls-stamp sign tag tree.tar --quorum 2 --output statement)
    # Stored as an object first, since "git notes add -F" may change white space.
    git notes --ref=tls-stamp add -C "$(git hash-object -w "$folder/statement")" "$tag"
    ;;
  verify)
    git notes --ref=tls-stamp show "$tag" >"$folder/statement"
    tls-stamp verify "$folder/statement" --directory "$folder" --quorum 2
    ;;
  *)
    echo "$usage" >&2
    exit 2
    ;;
esac
