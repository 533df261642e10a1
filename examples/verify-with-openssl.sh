#!/bin/sh
# Checks a signed statement without tls-stamp, using only openssl and standard tools (SPEC.md, sections 3 to 5, 11 and 12).
#
#   sh verify-with-openssl.sh STATEMENT FILE
#       checks the file's digest, the commitment, signatures, chain, clocks, guards and renewals
#   sh verify-with-openssl.sh --window STATEMENT FILE
#       the same, and accepts the windows of certificates where there is no clock
#   sh verify-with-openssl.sh --certificates STATEMENT [HOST | ROUND]
#       prints the certificates of one round, by default the first, as PEM
#
# A round is named CHAIN.ROUND: chain 0 is the statement's own, chain 1 that of renewal 0, and so on. Rounds and renewals are
# counted from 0, as in "tls-stamp verify".
# Exit codes: 0 if all of that holds; 1 if some of it does not; 2 if it could not run, or does not support such a statement.
# Not checked, because nobody signed them: the last port, dates, and the characters in the name of a single subject.
# This needs OpenSSL 1.1.1 or newer, or 3.0 for an Ed25519 or Ed448 key, and supports at most 1024 subjects.

set -u
export LC_ALL=C

die() {
  code=$1
  shift
  printf '%s\n' "$*" >&2
  exit "$code"
}

# Prints a name so that it is safe to show. Bytes that a terminal, a CI system or a reader could take for something else are
# in octal, and so are all spaces except single ones inside the name. A name never begins a line.
shown() {
  printf '%s' "$1" | od -An -v -to1 | tr -s ' ' '\n' | awk '
    $1 == "" { next }
    {
      code = 64 * substr($1, 1, 1) + 8 * substr($1, 2, 1) + substr($1, 3, 1)
      is_plain = code > 32 && code < 127 && code != 92 && !(code == 91 && last == 35) || code == 32 && last > 32
      text = text (is_plain ? sprintf("%c", code) : "\\" $1)
      last = code
    }
    END { print text }
  '
}

usage='usage: verify-with-openssl.sh [--window] STATEMENT FILE | --certificates STATEMENT [HOST | ROUND]'
window=
if [ "${1-}" = --window ]; then window=1 && shift; fi
[ $# -ge 2 ] || die 2 "$usage"
if [ "$1" = --certificates ]; then
  [ $# -le 3 ] || die 2 "$usage"
  statement=$2 file= wanted=${3-0.0}
else
  [ $# -eq 2 ] || die 2 "$usage"
  statement=$1 file=$2
  [ -f "$file" ] && [ -r "$file" ] || die 2 "cannot read $(shown "$file")"
fi
[ -f "$statement" ] && [ -r "$statement" ] || die 2 "cannot read $(shown "$statement")"
[ "$(wc -c <"$statement")" -le 16777216 ] || die 2 'the statement has more than 16 MiB, which this script does not support'

work=$(mktemp -d) || exit 2
export work
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT PIPE TERM

# Prints bytes of a file from an offset on, a number of them or all, in hex or unchanged.
bytes() {
  if [ $# -eq 3 ]; then tail -c +$(($2 + 1)) "$1" | head -c "$3"; else tail -c +$(($2 + 1)) "$1"; fi
}
hex() {
  bytes "$@" | od -An -v -tx1 | tr -d ' \n'
}
number() {
  digits=$(hex "$@")
  [ -n "$digits" ] || die 1 'a message is cut short'
  printf '%d' "0x$digits"
}
size() {
  wc -c <"$1" | tr -d ' '
}
sha256() {
  openssl dgst -sha256 -binary | od -An -v -tx1 | tr -d ' \n'
}

resembles_statement() {
  head -n 2 "$1" | grep -q '"format": "tls-stamp/'
}
# Says what an editor, Git or a transfer did to the statement, or that it is none.
refuse() {
  if ! resembles_statement "$statement"; then
    [ -z "$file" ] || ! resembles_statement "$file" || die 2 'not a statement, but FILE is one: name STATEMENT first'
    die 2 'not a statement'
  elif [ "$(hex "$statement" 0 3)" = efbbbf ]; then
    die 2 'the statement begins with a byte order mark. This removes it: tail -c +4 STATEMENT >REPAIRED'
  elif [ "$(tail -c 2 "$statement" | od -An -v -tx1 | tr -d ' \n')" = 0d0a ]; then
    die 2 "the statement has CR LF at the end of its lines. This makes it LF: tr -d '\\r' <STATEMENT >REPAIRED"
  fi
  die 2 'the statement is cut short, or something was added to it'
}
[ "$(hex "$statement" 0 3)" != efbbbf ] && [ "$(tail -c 3 "$statement" | od -An -tx1 | tr -d ' \n')" = 0a7d0a ] &&
  [ "$(tr -d '\000' <"$statement" | wc -c)" -eq "$(wc -c <"$statement")" ] || refuse

# The statement is JSON in a canonical form with one member on each line, so it takes no complete parser of JSON. This one
# splits the lines, compares the shape of the whole with that of the format, and leaves these files:
#   members        ROUND MEMBER VALUE
#   digests        of the subjects, in order; salts likewise, with an empty line where there is none
#   line.1001 ...  the subjects' lines, as sha256sum prints them
#   path           the hashes of the inclusion proof
: >"$work/path"
awk '
  BEGIN {
    chain = -1
    message = "^(firstClientHello|helloRetryRequest|clientHello|serverHello|encryptedExtensions|certificateRequest"
    message = message "|certificateStatus|serverKeyExchange|certificateVerify)$"
  }
  function bad(why) { print "line " NR ": " why >"/dev/stderr"; broken = 1; exit 2 }
  # Returns the text of a JSON string; no such string contains a line feed or a carriage return.
  function unescaped(text,    at, c, i, meant) {
    while (at = index(text, "\\")) {
      c = substr(text, at + 1, 1)
      meant = meant substr(text, 1, at - 1)
      text = substr(text, at + 2)
      if (c == "\\" || c == "\"") meant = meant c
      else if (i = index("tbf", c)) meant = meant substr("\t\b\f", i, 1)
      else if (c == "u" && text ~ /^00(0[1-7bef]|1[0-9a-f])/) {
        i = 16 * substr(text, 3, 1) + index("123456789abcdef", substr(text, 4, 1))
        meant = meant sprintf("%c", i)
        text = substr(text, 5)
      } else bad("a name with an escape that this script does not support")
    }
    return meant text
  }
  NR > 16384 { bad("more lines than this script supports") }
  {
    line = $0
    closes = line ~ /^ *[]}],?$/
    depth -= closes
    match(line, /^ */)
    if (RLENGTH != 2 * depth || line ~ /[\001-\037]/) bad("not in canonical form")
    line = substr(line, RLENGTH + 1)
    if (NR > 1 && comma == (opens || closes)) bad("a comma is missing or superfluous")
    comma = sub(/,$/, "", line)
    name = list[depth]
    if (match(line, /^"[A-Za-z0-9]+": /)) {
      name = substr(line, 2, RLENGTH - 4)
      line = substr(line, RLENGTH + 1)
      shape = shape name
    }
    opens = line ~ /^[[{]$/
    if (opens) list[++depth] = line == "[" ? name : ""
    if (opens || closes) shape = shape substr("<>:;", index("{}[]", line), 1)
    else shape = shape (name == list[depth] ? "- " : " ")
  }
  name == "rounds" && opens && line == "[" {
    round = -1
    # This is the last line of what this renewal commits to, without its closing brackets.
    if (++chain > 0) print chain ".0", "before", NR - (chain == 1 ? 3 : 2)
  }
  opens || closes { next }
  {
    is_text = line ~ /^"([^"\\]|\\.)*"$/
    if (!is_text && line !~ /^(0|[1-9][0-9]?[0-9]?[0-9]?[0-9]?[0-9]?[0-9]?[0-9]?[0-9]?[0-9]?)$/) bad("not a value")
    value = is_text ? substr(line, 2, length(line) - 2) : line
  }
  name ~ /^(format|subjects|tool|localTime)$/ { if (!is_text) bad("not a string") }
  name ~ /^(salts|hashes)$/ { if (!is_text || length(value) != 64 || value ~ /[^0-9a-f]/) bad("not a hash") }
  name ~ /^(port|leafIndex|treeSize)$/ { if (is_text) bad("not a number") }
  is_text && name ~ /^certificate$/ || name ~ message || name == "trustAnchors" {
    if (!is_text || length(value) % 4 || value !~ /^[A-Za-z0-9+\/]*=?=?$/) bad("not base64")
  }
  name == "host" {
    if (!is_text || value !~ /^[a-z0-9:][a-z0-9.:-]*$/) bad("not a host")
    if (++round > 31) bad("more than 32 rounds")
  }
  name == "format" { if (value != "tls-stamp/1") bad("not the format tls-stamp/1") }
  name == "subjects" {
    if (++subjects > 1024) bad("more subjects than this script supports: tls-stamp extract makes a statement for one file")
    file = sum = unescaped(value)
    mark = sub(/^\\/, "", file)
    digest = substr(file, 1, 64)
    if (length(digest) != 64 || digest ~ /[^0-9a-f]/ || substr(file, 65, 2) != "  ") bad("not a line of sha256sum")
    file = substr(file, 67)
    # Each escape stands for one byte, and the backslash in front says that there are escapes.
    escapes = gsub(/\\[\\nr]/, "x", file)
    if ((escapes > 0) != mark || file ~ /\\/) bad("not a line of sha256sum")
    if (length(file) < 1 || length(file) > 4096) bad("a name that is empty or too long")
    print digest >(ENVIRON["work"] "/digests")
    out = ENVIRON["work"] "/line." (1000 + subjects)
    print sum >out
    close(out)
  }
  name == "salts" { salt[++salts] = value }
  name == "hashes" { print value >(ENVIRON["work"] "/path") }
  name == "leafIndex" || name == "treeSize" { print "proof", name, value }
  chain >= 0 && (name ~ /^(host|port|certificate)$/ || name ~ message) {
    print chain "." round, name, value
  }
  END {
    if (broken) exit 2
    # The brackets { } [ ] are written < > : ; here.
    tls12 = "clientHello serverHello certificate (certificateStatus )?serverKeyExchange "
    tls13 = "(firstClientHello helloRetryRequest )?clientHello serverHello encryptedExtensions (certificateRequest )?"
    rounds = "rounds:(<host port (" tls12 "|" tls13 "certificate certificateVerify )>)+;"
    unsigned = "unsigned<localTime tool (trustAnchors:(- )+;)?>"
    proof = "inclusionProof<leafIndex treeSize hashes:(- )+;>"
    signing = "subjects:(- )+;(salts:(- )+;)?(" proof ")?" rounds unsigned
    if (shape !~ ("^<format " signing "(renewals:(<" rounds unsigned ">)+;)?>$")) bad("not the members of a statement")
    if (salts > 0 && salts != subjects) bad("not as many salts as subjects")
    if (shape ~ /inclusionProof/ && subjects > 1) bad("an inclusion proof in a list")
    for (i = 1; i <= subjects; i++) print salt[i] >(ENVIRON["work"] "/salts")
  }
' "$statement" >"$work/members" || exit 2

member() {
  sed -n "s/^$1 $2 //p" "$work/members"
}

# Prints the names of a round's messages, in order.
names_of() {
  sed -n "s/^$1 \([A-Za-z]*\) .*/\1/p" "$work/members" | grep -v -x -e host -e port -e before
}

# Decodes one handshake message and checks the type and the length in its header.
# message ROUND MEMBER
message() {
  out=$work/$1.$2
  case $2 in
    clientHello | firstClientHello) type=01 ;;
    serverHello | helloRetryRequest) type=02 ;;
    encryptedExtensions) type=08 ;;
    certificate) type=0b ;;
    serverKeyExchange) type=0c ;;
    certificateRequest) type=0d ;;
    certificateVerify) type=0f ;;
    certificateStatus) type=16 ;;
  esac
  member "$1" "$2" | openssl base64 -d -A >"$out" 2>/dev/null
  [ "$(hex "$out" 0 1)" = "$type" ] || die 1 "round $1: $2 is a message of another type"
  [ "$(number "$out" 1 3)" -eq $(($(size "$out") - 4)) ] || die 1 "round $1: $2 has the wrong length"
}

# Decodes the messages of a round. A number instead of its certificate refers to the message of an earlier round in the same
# chain. Leaves the end entity's certificate and key in "end-entity.der" and "key". Sets $version, and $source to the round
# that has the certificate.
# read_round ROUND
read_round() {
  source=$1 reference=$(member "$1" certificate)
  case $reference in
    [0-9] | [0-9][0-9])
      [ "$reference" -lt "${1#*.}" ] || die 1 "round $1: the certificate refers to no earlier round"
      source=${1%.*}.$reference ;;
  esac
  version=1.2 first=7
  for name in $(names_of "$1"); do
    # In TLS 1.3 a context comes before the list of certificates, and extensions after each of them.
    [ "$name" != certificateVerify ] || version=1.3 first=8
    [ "$name" = certificate ] || message "$1" "$name"
  done
  [ -f "$work/$source.certificate" ] || message "$source" certificate
  [ "$source" = "$1" ] || cp "$work/$source.certificate" "$work/$1.certificate"
  [ $version = 1.2 ] || [ "$(hex "$work/$1.certificate" 4 1)" = 00 ] || die 1 "round $1: the Certificate message has a context"
  length=$(number "$work/$1.certificate" $first 3) || exit
  bytes "$work/$1.certificate" $((first + 3)) "$length" >"$work/end-entity.der"
  openssl x509 -inform DER -in "$work/end-entity.der" -noout -pubkey >"$work/key" 2>/dev/null ||
    die 1 "round $1: the certificate does not parse"
}

if [ -z "$file" ]; then
  id=$(awk -v wanted="$wanted" '$2 == "host" && ($1 "" == wanted "" || $3 == wanted) { print $1; exit }' "$work/members")
  [ -n "$id" ] || die 2 "there is no round of $(shown "$wanted")"
  read_round "$id"
  message=$work/$id.certificate at=$first count=0
  while [ "$at" -lt "$(size "$message")" ]; do
    [ $((count += 1)) -le 16 ] || die 1 'more certificates than a statement may have'
    length=$(number "$message" "$at" 3)
    bytes "$message" $((at + 3)) "$length" | openssl x509 -inform DER || exit 1
    at=$((at + 3 + length))
    [ $version = 1.2 ] || at=$((at + 2 + $(number "$message" $at 2)))
  done
  exit 0
fi

# Rewrites lines of hex for printf, with an octal escape for each byte.
octal() {
  awk -v digits=123456789abcdef '{
    for (i = 1; i < length($0); i += 2)
      printf "\\%03o", 16 * index(digits, substr($0, i, 1)) + index(digits, substr($0, i + 1, 1))
    print ""
  }'
}

# Prints the leaf of each subject in hex: SHA-256(0x00 || salt, if any || line).
leaves() {
  octal <"$work/salts" | {
    n=1000
    while read -r salt; do
      n=$((n + 1))
      { printf "\\000$salt" && cat "$work/line.$n"; } >"$work/leaf.$n"
    done
  }
  openssl dgst -sha256 -r "$work"/leaf.* | cut -c 1-64
}

# Prints the next level of the tree: SHA-256(0x01 || left || right) of each pair; an odd one out goes up unchanged.
# above FILE
above() {
  rm -f "$work"/node.*
  octal <"$1" | {
    n=1000
    while read -r left && read -r right; do
      n=$((n + 1))
      printf "\\001$left$right" >"$work/node.$n"
    done
  }
  openssl dgst -sha256 -r "$work"/node.* | cut -c 1-64
  [ $(($(wc -l <"$1") % 2)) -eq 0 ] || tail -n 1 "$1"
}

# Follows the inclusion proof up from the leaf in FILE (RFC 9162 section 2.1.3.2).
# climb FILE
climb() {
  fn=$(member proof leafIndex) sn=$(($(member proof treeSize) - 1))
  [ "$fn" -le "$sn" ] || die 2 'an index beyond the size of the list'
  while read -r hash; do
    [ "$sn" -gt 0 ] || die 1 'the inclusion proof leads nowhere'
    node=$(cat "$1")
    if [ $((fn % 2)) -eq 1 ] || [ "$fn" -eq "$sn" ]; then
      printf '%s\n' "$hash" "$node" >"$1"
      while [ $((fn % 2)) -eq 0 ]; do fn=$((fn / 2)) sn=$((sn / 2)); done
    else
      printf '%s\n' "$node" "$hash" >"$1"
    fi
    above "$1" >"$work/above" && mv "$work/above" "$1"
    fn=$((fn / 2)) sn=$((sn / 2))
  done <"$work/path"
  [ "$sn" -eq 0 ] || die 1 'the inclusion proof leads nowhere'
}

# Sets $commitment to what the first client_random of a chain has to be: for a renewal, SHA-256 of the file as it was before
# it; for the statement itself, the digest of its single subject or the head of the tree over its subjects.
commit_to() {
  level=$work/level
  if [ "$1" -gt 0 ]; then
    commitment=$({
      head -n "$(member "$1.0" before)" "$statement" | sed '$s/,$//'
      [ "$1" -eq 1 ] || echo '  ]'
      echo '}'
    } | sha256)
    return
  elif [ -s "$work/path" ]; then
    leaves >"$level"
    climb "$level"
  elif [ "$(wc -l <"$work/digests")" -eq 1 ] && [ -z "$(cat "$work/salts")" ]; then
    cp "$work/digests" "$level"
  else
    leaves >"$level"
    while [ "$(wc -l <"$level")" -gt 1 ]; do above "$level" >"$work/above" && mv "$work/above" "$level"; done
  fi
  commitment=$(cat "$level")
}

# Prints the cipher suite of a round.
suite_of() {
  session=$(number "$work/$1.serverHello" 38 1)
  hex "$work/$1.serverHello" $((39 + session)) 2
}

# Splits ServerKeyExchange into the signed part, the scheme and the signature.
# key_exchange ROUND
key_exchange() {
  exchange=$work/$1.serverKeyExchange suite=$(suite_of "$1")
  case $suite in
    c02b | c02c | cca9 | c023 | c024 | c009 | c00a | c02f | c030 | cca8 | c027 | c028 | c013 | c014)
      # ServerECDHParams: curve_type named_curve(3), curve, point<1..2^8-1>
      [ "$(hex "$exchange" 4 1)" = 03 ] || die 1 "round $1: the curve is not a named one"
      params=$((4 + $(number "$exchange" 7 1))) ;;
    009e | 009f | ccaa | 0067 | 006b | 0033 | 0039)
      # ServerDHParams: dh_p, dh_g, dh_Ys, each <1..2^16-1>
      params=0
      for part in p g Ys; do params=$((params + 2 + $(number "$exchange" $((4 + params)) 2))); done ;;
    *) die 2 "round $1: this script does not support cipher suite $suite" ;;
  esac
  split_signature "$1" "$exchange" $((4 + params))
  # Digitally signed: client_random, server_random, params (RFC 5246 section 7.4.3).
  {
    bytes "$work/$1.clientHello" 6 32
    bytes "$work/$1.serverHello" 6 32
    bytes "$exchange" 4 "$params"
  } >"$work/signed"
}

# Builds what CertificateVerify signs: 64 spaces, a context, and the hash of all messages before it. After a
# HelloRetryRequest, the first ClientHello is replaced by its hash (RFC 8446 sections 4.4.1 and 4.4.3).
# certificate_verify ROUND
certificate_verify() {
  suite=$(suite_of "$1")
  case $suite in
    1301 | 1303) hash=sha256 header='\040' ;;
    1302) hash=sha384 header='\060' ;;
    *) die 2 "round $1: this script does not support cipher suite $suite" ;;
  esac
  split_signature "$1" "$work/$1.certificateVerify" 4
  {
    printf '%64sTLS 1.3, server CertificateVerify\000' ''
    for name in $(names_of "$1"); do
      case $name in
        firstClientHello) printf "\\376\\000\\000$header" && openssl dgst -$hash -binary "$work/$1.$name" ;;
        certificateVerify) ;;
        *) cat "$work/$1.$name" ;;
      esac
    done | openssl dgst -$hash -binary
  } >"$work/signed"
}

# Reads signature scheme, length and signature, from an offset of a message to its end.
# split_signature ROUND FILE OFFSET
split_signature() {
  scheme=$(hex "$2" "$3" 2)
  length=$(number "$2" $(($3 + 2)) 2)
  [ $(($3 + 4 + length)) -eq "$(size "$2")" ] || die 1 "round $1: there are bytes after the signature"
  bytes "$2" $(($3 + 4)) >"$work/signature"
}

# Checks that the end entity's key made the signature. The scheme must fit the kind of key, and in TLS 1.3 also its curve.
# verify_signature ROUND
verify_signature() {
  key=$work/key
  algorithm=$(openssl asn1parse -in "$key" | sed -n 's/.*OBJECT *: *//p' | head -n 2 | tr '\n' /)
  case $scheme in
    040? | 0804 | 0809) hash=sha256 ;;
    050? | 0805 | 080a) hash=sha384 ;;
    060? | 0806 | 080b) hash=sha512 ;;
    *) hash= ;;
  esac
  pss="-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1 -sigopt rsa_mgf1_md:$hash"
  case $version/$scheme/$algorithm in
    1.2/0[456]01/rsaEncryption/* | 1.2/0[456]03/id-ecPublicKey/* | \
      1.3/0403/*/prime256v1/ | 1.3/0503/*/secp384r1/ | 1.3/0603/*/secp521r1/)
      openssl dgst -$hash -verify "$key" -signature "$work/signature" "$work/signed" >/dev/null 2>&1 ;;
    1.?/080[456]/rsaEncryption/* | 1.?/080[9ab]/rsassaPss/*)
      # $pss is several words on purpose.
      openssl dgst -$hash $pss -verify "$key" -signature "$work/signature" "$work/signed" >/dev/null 2>&1 ;;
    1.?/0807/ED25519/ | 1.?/0808/ED448/)
      openssl pkeyutl -verify -rawin -pubin -inkey "$key" -sigfile "$work/signature" -in "$work/signed" >/dev/null 2>&1 ;;
    *) die 1 "round $1: signature scheme $scheme does not fit a key of ${algorithm%/}" ;;
  esac
}

show_time() {
  date -u -d "@$1" '+%Y-%m-%d %H:%M:%S UTC' 2>/dev/null || date -u -r "$1" '+%Y-%m-%d %H:%M:%S UTC'
}

# Prints when the end entity's certificate is valid, in seconds since 1970: "FROM TO".
validity() {
  openssl x509 -inform DER -in "$work/end-entity.der" -noout -dates | awk '
    {
      sub(/.*=/, "")
      split($3, clock, ":")
      month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", $1) + 2) / 3
      # Years begin in March here, so that a leap day is the last of its year.
      year = $4 - (month < 3)
      days = 365 * year + int(year / 4) - int(year / 100) + int(year / 400) + int((153 * ((month + 9) % 12) + 2) / 5) + $2
      printf "%s%.0f", (NR > 1 ? " " : ""), ((days - 719469) * 24 + clock[1]) * 3600 + clock[2] * 60 + clock[3]
    }
  '
}

# Checks that each round of a chain is signed, and could be signed only after the one before it. Leaves a line for each round
# in times.CHAIN: ROUND HOST KIND FROM TO and the round that has its certificate. FROM and TO are the time of a clock, or in
# TLS 1.3 the validity of the certificate.
# check_chain CHAIN
check_chain() {
  : >"$work/times.$1"
  for id in $(sed -n "s/^\($1\.[0-9]*\) host .*/\1/p" "$work/members"); do
    read_round "$id"
    client_random=$(hex "$work/$id.clientHello" 6 32)
    if [ "$id" = "$1.0" ]; then
      [ "$client_random" = "$commitment" ] || die 1 "round $id: client_random is not the commitment"
    else
      # This is SHA-256 of a label, the commitment, and the previous round's host, port and messages.
      expected=$({
        printf 'tls-stamp/1 next round\000'
        bytes "$work/$1.0.clientHello" 6 32
        printf "\\$(printf %03o ${#host})%s" "$host"
        printf "\\$(printf %03o $((port / 256)))\\$(printf %03o $((port % 256)))"
        for name in $(names_of "$last"); do cat "$work/$last.$name"; done
      } | sha256)
      [ "$client_random" = "$expected" ] || die 1 "round $id: client_random does not follow from the round before"
    fi
    host=$(member "$id" host) port=$(member "$id" port) last=$id
    if [ $version = 1.3 ]; then
      certificate_verify "$id"
      times=$(validity)
      when="between $(show_time "${times% *}") and $(show_time "${times#* }") by its certificate"
    else
      key_exchange "$id"
      time=$(number "$work/$id.serverHello" 6 4)
      times="$time $time" when="at $(show_time "$time") by its clock"
    fi
    verify_signature "$id" || die 1 "round $id: the signature does not verify"
    printf 'round %s: %s:%s signed, scheme 0x%s, %s\n' "$id" "$host" "$port" "$scheme" "$when"
    echo "$id $host $version $times $source" >>"$work/times.$1"
  done
}

# Checks the clock of each host, by itself, against the others and against the windows of guards (SPEC.md sections 5 and 11).
# Prints the claimed time, the earliest time, "clock" or "window" for their origin, and the hosts.
# check_clocks CHAIN
check_clocks() {
  awk -v window="$window" '
    function bad(why) { print why >"/dev/stderr"; broken = 1; exit 1 }
    ($2 in kind) && kind[$2] != $3 { bad("round " $1 ": a host has rounds of both kinds, with a clock and without") }
    { kind[$2] = $3 }
    $3 == 1.2 && $4 == 0 { bad("round " $1 ": the server sent zero instead of the time") }
    $3 == 1.2 && ($2 in last) && ($4 - last[$2] < -1 || $4 - last[$2] > 10) {
      bad("round " $1 ": these are not the times of one real clock")
    }
    {
      for (host in most) if (host != $2 && $5 < most[host] - 10) bad("round " $1 ": its time contradicts that of " host)
      if (!($2 in last)) {
        hosts[$3] = hosts[$3] (hosts[$3] ? " and " : " ") $2
        if ($5 > claimed[$3] + 0) claimed[$3] = $5
        if (!($3 in first) || $4 < first[$3]) first[$3] = $4
      }
      if (!($2 in most) || $4 > most[$2]) most[$2] = $4
      last[$2] = $4
      count[$2]++
    }
    END {
      if (broken) exit 1
      for (host in count) {
        if (kind[host] == 1.2 && count[host] < 3) bad("fewer than three rounds are not enough to judge the clock of " host)
      }
      if (hosts["1.2"]) print claimed["1.2"], claimed["1.2"], "clock" hosts["1.2"]
      else if (window) print claimed["1.3"], first["1.3"], "window" hosts["1.3"]
      else bad("no witness showed a clock; --window accepts the end of a certificate instead")
    }
  ' "$work/times.$1"
}

# Prints the commands that check whose keys they are, for each host and its certificates, at its own time or a later one. For
# a host without a clock, that is the time of the chain, or the beginning of its certificate.
# hints CHAIN TIME [LATER]
hints() {
  awk '!seen[$2, $6]++' "$work/times.$1" | while read -r id host version time end source; do
    if [ "$version" = 1.3 ] && [ "$2" -lt "$end" ]; then time=$2; fi
    # A name never ends in a digit, and an IPv4 address always does.
    case $host in *:* | *[0-9]) identity=-verify_ip ;; *) identity=-verify_hostname ;; esac
    echo "  sh verify-with-openssl.sh --certificates STATEMENT $id >certificates.pem"
    echo "  openssl verify -attime ${3-$time} $identity $host -untrusted certificates.pem certificates.pem"
  done
}

# Decides which subjects a file has to be: the one with its own name; otherwise those whose names agree with its path in the
# most parts, at most eight and counted from the last one, and among them those that agree in full. If none agrees, lower case
# and "/" for each backslash are tried; unlike in SPEC.md, only for ASCII letters and without Unicode normalization. A file
# that agrees with none may be any of them. Prints "same", "altered", "other" or "none", followed by a subject's name with the
# escapes of sha256sum.
# compare DIGEST FILE
compare() {
  digest=$1 file=$2 awk '
    # Splits a path into its parts without empty and relative ones, and returns their number.
    function split_path(path, parts,    raw, all, i, n) {
      all = split(path, raw, "/")
      for (i = 1; i <= all; i++) {
        if (raw[i] == "" || raw[i] == ".") continue
        if (raw[i] == ".." && n > 0 && parts[n] != "..") n--
        else parts[++n] = raw[i]
      }
      return n + 0
    }
    function closeness(name,    theirs, n, k) {
      if (name == path) return 100
      n = split_path(name, theirs)
      while (k < 8 && k < n && k < count && theirs[n - k] == own[count - k]) k++
      return k > 0 ? 2 * k + (k == n) : 0
    }
    # sha256sum writes a backslash as two characters.
    function fold(name) {
      gsub(/\\\\/, "/", name)
      return tolower(name)
    }
    function compare_all(folded,    i, same, name, close_by) {
      if (folded) path = fold(path)
      count = split_path(path, own)
      for (i = 1; i <= lines; i++) {
        same = substr(line[i], 1, 64) == ENVIRON["digest"]
        name = substr(line[i], 67)
        if (same && !found++) holder = name
        close_by = closeness(folded ? fold(name) : name)
        if (close_by > best + 0) { best = close_by; meant = name; several = good = 0 }
        if (close_by == 0 || close_by < best) continue
        if (name != meant) several = 1
        if (same && !good++) holder = name
      }
    }
    {
      sub(/^\\/, "")
      line[++lines] = $0
    }
    END {
      path = ENVIRON["file"]
      gsub(/\\/, "&&", path)
      gsub(/\n/, "\\n", path)
      gsub(/\r/, "\\r", path)
      compare_all(0)
      if (!best) compare_all(1)
      if (good || found && !best) print "same", holder
      else if (found) print "other", holder
      else print best && !several ? "altered" : "none", meant
    }
  ' "$work"/line.*
}

# Resolves the links in the path of a folder, whose name may end with a line feed.
# resolve FOLDER
resolve() {
  resolved=$(CDPATH='' cd -P -- "$1" && pwd -P && echo /) && resolved=${resolved%??}
}

# A file inside the statement's folder is named relative to it, any other file by its absolute path.
case $statement in */*) resolve "${statement%/*}/" ;; *) resolve . ;; esac
home=$resolved/
case $file in */*) resolve "${file%/*}/" ;; *) resolve . ;; esac
called=$resolved/${file##*/}

compared=$(compare "$(sha256 <"$file")" "${called#"$home"}")
subject=$(shown "${compared#* }")
file=$(shown "$file")
case $compared in
  altered*) die 1 "ALTERED: the file is not what was signed: $file" ;;
  other*) die 1 "the file has the content of another subject than its name says, of $subject: $file" ;;
  none*) die 1 "the file is not one of the subjects: $file" ;;
esac
case $file in "$subject" | */"$subject") ;; *) file="$file, which is $subject" ;; esac

for chain in $(sed -n 's/^\([0-9]*\)\.0 host .*/\1/p' "$work/members"); do
  commit_to "$chain"
  check_chain "$chain"
  clocks=$(check_clocks "$chain") || exit 1
  read -r time from by hosts <<END
$clocks
END
  claim="no later than $(show_time $((time + 1))), according to the holders of the keys of $hosts"
  [ "$by" = clock ] || claim="no later than $(show_time "$time"), when the last certificate of $hosts expired"
  if [ "$chain" -eq 0 ]; then
    printf '%s\n' "The file existed $claim: $file" >"$work/claims"
  else
    [ "$before" -le $((time + 10)) ] || die 1 "renewal $((chain - 1)) is older than what it renews"
    echo "Everything before renewal $((chain - 1)) existed $claim." >>"$work/claims"
    # The keys before a renewal must still be valid when it is made.
    hints $((chain - 1)) "$at" "$time" >>"$work/hints"
  fi
  # Windows alone are judged at their beginning.
  at=$time before=$from
  [ "$by" = clock ] || at=$from
  hints "$chain" "$at" >>"$work/hints"
done
cat "$work/claims"
echo 'Not checked: whose keys these are, and whether the handshakes are otherwise well-formed. To check the keys:'
cat "$work/hints"
