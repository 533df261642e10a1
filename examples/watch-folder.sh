#!/usr/bin/env bash
# Keeps a folder signed: signs each new file, compares the others with their statements, and reports statements that have
# to be renewed within 30 days. It prints nothing when all is well, so cron sends mail only when there is something to do.
#
#   watch-folder.sh FOLDER
#
# In a crontab, once a day:
#
#   17 3 * * *  watch-folder.sh /srv/contracts
set -euo pipefail
shopt -s nullglob

if [ "$#" -ne 1 ] || [ "$1" = --help ]; then
  echo 'usage: watch-folder.sh FOLDER' >&2
  exit 2
fi
cd -- "$1"
problems=0
# Runs a command, and shows what it printed if it fails.
quietly() {
  local output
  output=$("$@" 2>&1) || { problems=1 && printf '%s\n' "$output"; }
}

for file in *; do
  case $file in *.tls-stamp) continue ;; esac
  if [ ! -f "$file" ]; then continue; fi
  if [ -e "$file.tls-stamp" ]; then
    quietly tls-stamp verify "./$file.tls-stamp" "./$file"
  else
    quietly tls-stamp sign "./$file"
  fi
done

# For each one that it names: tls-stamp renew STATEMENT
statements=(./*.tls-stamp)
if [ "${#statements[@]}" -gt 0 ]; then quietly tls-stamp status --within 30 "${statements[@]}"; fi
exit "$problems"
