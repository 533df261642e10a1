#!/bin/sh
# Checks a signed statement over one file without tls-stamp: with openssl and the usual tools alone.
#
#   sh verify-with-openssl.sh STATEMENT FILE          the file's digest, the signatures, the chain, the clock
#   sh verify-with-openssl.sh --certificates STATEMENT    the certificates of the first round, as PEM
#
# Exit codes: 0 all of that holds; 1 some of it does not; 2 could not run, or not such a statement.
# OpenSSL 1.1.1 or newer; for an Ed25519 or Ed448 key 3.0 or newer.

set -u
export LC_ALL=C

die() {
  code=$1
  shift
  printf '%s\n' "$*" >&2
  exit "$code"
}

usage='usage: verify-with-openssl.sh STATEMENT FILE | --certificates STATEMENT'
[ $# -eq 2 ] || die 2 "$usage"
if [ "$1" = --certificates ]; then
  statement=$2 file=
else
  statement=$1 file=$2
  [ -f "$file" ] || die 2 "cannot read $file"
fi
[ -f "$statement" ] || die 2 "cannot read $statement"

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM

# The bytes of a file from an offset on, a number of them or all, in hex or as they are.
bytes() {
  if [ $# -eq 3 ]; then tail -c +$(($2 + 1)) "$1" | head -c "$3"; else tail -c +$(($2 + 1)) "$1"; fi
}
hex() {
  bytes "$@" | od -An -v -tx1 | tr -d ' \n'
}
number() {
  digits=$(hex "$@")
  [ -n "$digits" ] || die 2 'a message ends too early'
  printf '%d' "0x$digits"
}
size() {
  wc -c <"$1" | tr -d ' '
}

# The statement is JSON in one canonical form, a member to a line: no need for a parser of all JSON.
awk '
  function bad(why) { print "not a statement of this kind: " why > "/dev/stderr"; broken = 1; exit 2 }
  NR == 1 && $0 != "{" { bad("no object") }
  NR == 2 && $0 != "  \"format\": \"tls-stamp/1\"," { bad("another format") }
  /^  "rounds": \[$/ { rounds = 1 }
  /^  \],?$/ { rounds = 0 }
  rounds && /^    \{$/ { round++ }
  /^      "/ {
    name = $1
    value = $2
    gsub(/[":]/, "", name)
    gsub(/[",]/, "", value)
    if (rounds && seen[round, name]++) bad("two members " name)
    if (rounds) print round - 1, name, value
    else if (name == "inclusionProof") bad("a subject cut out of a list")
    else if (name == "sha256") { if (subjects++) bad("several subjects"); print "subject", name, value }
  }
  END { if (!broken && (!round || !subjects)) bad("no subject or no round") ; if (broken) exit 2 }
' "$statement" >"$work/members" || exit 2

member() {
  sed -n "s/^$1 $2 //p" "$work/members"
}

# Decodes one handshake message and checks its header: type, and a length that is the rest's.
# message ROUND MEMBER TYPE
message() {
  out=$work/$1.$2
  member "$1" "$2" | openssl base64 -d -A >"$out" 2>/dev/null
  [ "$(hex "$out" 0 1)" = "$3" ] || die 1 "round $1: $2 is no such message"
  [ "$(number "$out" 1 3)" -eq $(($(size "$out") - 4)) ] || die 1 "round $1: $2 has a wrong length"
}

# The end entity's certificate and key. A number stands for the Certificate message of that earlier round.
# certificate ROUND
certificate() {
  reference=$(member "$1" certificate)
  case $reference in
    [0-9] | [0-9][0-9]) [ "$reference" -lt "$1" ] && cp "$work/$reference.certificate" "$work/$1.certificate" ||
      die 1 "round $1: no such earlier round" ;;
    *) message "$1" certificate 0b ;;
  esac
  bytes "$work/$1.certificate" 10 "$(number "$work/$1.certificate" 7 3)" >"$work/$1.der"
  openssl x509 -inform DER -in "$work/$1.der" -noout -pubkey >"$work/$1.key" 2>/dev/null ||
    die 1 "round $1: the certificate does not parse"
}

if [ -z "$file" ]; then
  message 0 certificate 0b
  at=7
  while [ "$at" -lt "$(size "$work/0.certificate")" ]; do
    length=$(number "$work/0.certificate" "$at" 3)
    bytes "$work/0.certificate" $((at + 3)) "$length" | openssl x509 -inform DER || exit 1
    at=$((at + 3 + length))
  done
  exit 0
fi

# Splits ServerKeyExchange: what is signed of it, scheme, signature.
# key_exchange ROUND
key_exchange() {
  exchange=$work/$1.serverKeyExchange
  session=$(number "$work/$1.serverHello" 38 1)
  suite=$(hex "$work/$1.serverHello" $((39 + session)) 2)
  case $suite in
    c02b | c02c | cca9 | c023 | c024 | c009 | c00a | c02f | c030 | cca8 | c027 | c028 | c013 | c014)
      # ServerECDHParams: curve_type named_curve(3), curve, point<1..2^8-1>
      [ "$(hex "$exchange" 4 1)" = 03 ] || die 1 "round $1: no named curve"
      params=$((4 + $(number "$exchange" 7 1))) ;;
    009e | 009f | ccaa | 0067 | 006b | 0033 | 0039)
      # ServerDHParams: dh_p, dh_g, dh_Ys, each <1..2^16-1>
      params=0
      for part in p g Ys; do params=$((params + 2 + $(number "$exchange" $((4 + params)) 2))); done ;;
    *) die 2 "round $1: cipher suite $suite is not known here" ;;
  esac
  scheme=$(hex "$exchange" $((4 + params)) 2)
  length=$(number "$exchange" $((6 + params)) 2)
  [ $((8 + params + length)) -eq "$(size "$exchange")" ] || die 1 "round $1: bytes are left over"
  bytes "$exchange" $((8 + params)) >"$work/signature"
  # Digitally signed: client_random, server_random, params (RFC 5246 section 7.4.3).
  {
    bytes "$work/$1.clientHello" 6 32
    bytes "$work/$1.serverHello" 6 32
    bytes "$exchange" 4 "$params"
  } >"$work/signed"
}

# Whether the end entity's key made the signature. The scheme must be of the key's kind.
# verify_signature ROUND
verify_signature() {
  algorithm=$(openssl x509 -inform DER -in "$work/$1.der" -noout -text | sed -n 's/^ *Public Key Algorithm: *//p')
  case $scheme in
    040? | 0804 | 0809) hash=sha256 ;;
    050? | 0805 | 080a) hash=sha384 ;;
    060? | 0806 | 080b) hash=sha512 ;;
    *) hash= ;;
  esac
  pss="-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1 -sigopt rsa_mgf1_md:$hash"
  case $scheme/$algorithm in
    0[456]01/rsaEncryption | 0[456]03/id-ecPublicKey)
      openssl dgst -$hash -verify "$work/$1.key" -signature "$work/signature" "$work/signed" ;;
    080[456]/rsaEncryption | 0809/rsassaPss | 080[ab]/rsassaPss)
      # $pss is several words on purpose.
      openssl dgst -$hash $pss -verify "$work/$1.key" -signature "$work/signature" "$work/signed" ;;
    0807/ED25519 | 0808/ED448)
      openssl pkeyutl -verify -rawin -pubin -inkey "$work/$1.key" \
        -sigfile "$work/signature" -in "$work/signed" ;;
    *) die 1 "round $1: signature scheme $scheme does not go with a key of $algorithm" ;;
  esac >/dev/null 2>&1
}

show_time() {
  date -u -d "@$1" '+%Y-%m-%d %H:%M:%S UTC' 2>/dev/null || date -u -r "$1" '+%Y-%m-%d %H:%M:%S UTC'
}

digest=$(openssl dgst -sha256 -binary "$file" | od -An -v -tx1 | tr -d ' \n')
[ "$digest" = "$(member subject sha256)" ] || die 1 "$file is not what was signed"

count=$(sed -n 's/ clientHello .*//p' "$work/members" | tail -n 1)
round=0
while [ "$round" -le "$count" ]; do
  message "$round" clientHello 01
  message "$round" serverHello 02
  message "$round" serverKeyExchange 0c
  certificate "$round"
  client_random=$(hex "$work/$round.clientHello" 6 32)
  if [ "$round" -eq 0 ]; then
    [ "$client_random" = "$digest" ] || die 1 'round 0: client_random is not the digest of the file'
  else
    # SHA-256 of a label, the digest, the last round's randoms and its ServerKeyExchange: it can't have been sooner.
    expected=$({
      printf 'tls-stamp/1 next round\000'
      bytes "$work/0.clientHello" 6 32
      bytes "$work/$last.clientHello" 6 32
      bytes "$work/$last.serverHello" 6 32
      cat "$work/$last.serverKeyExchange"
    } | openssl dgst -sha256 -binary | od -An -v -tx1 | tr -d ' \n')
    [ "$client_random" = "$expected" ] || die 1 "round $round: client_random does not follow"
  fi
  key_exchange "$round"
  verify_signature "$round" || die 1 "round $round: the signature does not verify"
  time=$(number "$work/$round.serverHello" 6 4)
  printf 'round %d: %s:%s signed, scheme 0x%s, at %s by its clock\n' "$round" \
    "$(member "$round" host)" "$(member "$round" port)" "$scheme" "$(show_time "$time")"
  if [ "$round" -eq 0 ]; then
    first=$time
  elif [ $((time - before)) -lt -1 ] || [ $((time - before)) -gt 10 ]; then
    die 1 "round $round: these are not the times of one real clock"
  fi
  before=$time last=$round round=$((round + 1))
done
[ "$round" -gt 1 ] || die 1 'one round alone says nothing of the clock'

host=$(member 0 host)
# A name never ends in a digit, an address of version 4 always does.
case $host in *:* | *[0-9]) identity=-verify_ip ;; *) identity=-verify_hostname ;; esac
cat <<END
$file existed no later than $(show_time $((first + 1))), says whoever holds that key.
Not checked: whose key that is, and whether the handshakes are well-formed in all else. For the first:
  sh verify-with-openssl.sh --certificates STATEMENT >certificates.pem
  openssl verify -attime $first $identity $host -untrusted certificates.pem certificates.pem
END
