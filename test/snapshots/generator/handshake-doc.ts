// docs/handshake.md: the words between the lines, and the lines, which inspect prints.

import { dirname, join } from 'node:path'
import { repositoryPath } from '../../support/harness/repository.ts'
import { inspectFixtures } from './inspect-snapshots.ts'

export const HANDSHAKE_DOC: string = join(
  dirname(repositoryPath('package.json')),
  'docs/handshake.md',
)

/** The whole page. */
export async function handshakeDoc(): Promise<string> {
  const lines = await linesOf('statement.json')
  const round = roundIn(lines, 0)
  const guard = roundIn(await linesOf('guarded.json'), 1)
  return PAGE({
    head: headOf(round),
    hello: part(round, 'ClientHello'),
    answer: part(round, 'ServerHello'),
    certificate: part(round, 'Certificate'),
    exchange: part(round, 'ServerKeyExchange'),
    next: headOf(roundIn(lines, 1)),
    guard: headOf(guard),
    guardHello: part(guard, 'ClientHello'),
    guardAnswer: part(guard, 'ServerHello'),
    guardExtensions: part(guard, 'EncryptedExtensions'),
    guardCertificate: part(guard, 'Certificate'),
    guardVerify: part(guard, 'CertificateVerify'),
    unsigned: block(lines.slice(lines.findIndex((line) => line.startsWith('nobody signed')))),
  })
}

async function linesOf(name: string): Promise<readonly string[]> {
  return (await inspectFixtures(['--hex', `recordings/${name}`])).split('\n')
}

function roundIn(lines: readonly string[], index: number): readonly string[] {
  const begin = lines.findIndex((line) => line.startsWith(`round ${index}`))
  const rest = lines.slice(begin + 1)
  const end = rest.findIndex((line) => /^(?:round|nobody signed)/.test(line))
  return lines.slice(begin, begin + 1 + end)
}

function headOf(round: readonly string[]): string {
  return block(round.slice(0, round.indexOf('')))
}

/** One message of a round. */
function part(round: readonly string[], name: string): string {
  const from = round.findIndex((line) => new RegExp(`(?:->|<-) ${name}\\b`).test(line))
  const rest = round.slice(from + 1)
  const to = rest.findIndex((line) => /(?:->|<-) \w/.test(line))
  return block([round[from] ?? '', ...(to < 0 ? rest : rest.slice(0, to))])
}

function block(lines: readonly string[]): string {
  return ['```', ...lines, '```'].join('\n').replace(/\n+```$/, '\n```')
}

type Shown =
  | 'head'
  | 'hello'
  | 'answer'
  | 'certificate'
  | 'exchange'
  | 'next'
  | 'guard'
  | 'guardHello'
  | 'guardAnswer'
  | 'guardExtensions'
  | 'guardCertificate'
  | 'guardVerify'
  | 'unsigned'

const PAGE = (shown: Readonly<Record<Shown, string>>): string => `# A signed handshake, byte by byte

This is one round of a signed statement, as \`tls-stamp inspect --hex\` prints it. The file is
[test/fixtures/recordings/statement.json](../test/fixtures/recordings/statement.json): a BoringSSL server on loopback signed a file
that holds \`some text\` and a line feed. The page is made from that output by \`node dist/test/snapshots/generator/make-handshake-doc.js\`, and a
test keeps it so.

The left side shows the offset in the message and the bytes, the right side the field and its meaning. Fields inside other fields
are indented, and vectors begin with their length. **An asterisk marks the bytes that the server signed.**

${shown.head}

Three messages carry the signed bytes: client_random in the ClientHello, server_random in the ServerHello, and the parameters in the
ServerKeyExchange. The signature at the end of the last one covers these three, one after the other, and nothing else
(RFC 5246 §7.4.3, RFC 8422 §5.4). The Certificate message contains the key that verifies it.

## ClientHello: the bytes to be signed

${shown.hello}

The 32 bytes of \`random\` are the SHA-256 of the file. \`printf 'some text\\n' | sha256sum\` prints the same. An ordinary client puts
random bytes there. That the first four read as a date is an old habit of TLS, and an accident here.

Everything else is an offer that makes a server sign: cipher suites with an ephemeral key exchange, groups, signature schemes.
Nobody signs the offer. There is no supported_versions extension, so the server cannot choose TLS 1.3, in which the signature covers
a hash of the hellos and is encrypted.

## ServerHello: the clock

${shown.answer}

\`gmt_unix_time\` is the server's clock, in seconds since 1970. BoringSSL puts it there; OpenSSL, Java and Go put random bytes. It is
part of the 32 signed bytes, so nobody can change it afterwards. Whoever runs the server can claim any time.

## Certificate: whose word it is

${shown.certificate}

Each certificate is DER, preceded by a length of three bytes. The end entity comes first, and its key made the signature. The path
from there to a trust anchor is verified at the server's time, not today's.

## ServerKeyExchange: the signature

${shown.exchange}

The parameters are a curve and the server's ephemeral public key, which is new in each connection. The signature scheme and the
signature follow. They are not signed themselves.

To check it by hand, put client_random, server_random and the parameters into one file, and verify it with
\`openssl dgst -sha256 -verify\` and the key of the first certificate: [examples/verify-with-openssl.sh](../examples/verify-with-openssl.sh) does just that.

## The next round

${shown.next}

client_random of round 1 is a hash over all of round 0: its host, its port, and every message ([SPEC.md](../SPEC.md), section 4). So the server can
only have signed it after round 0, and the two times agree, which a server without a clock only achieves by luck. The signature of round 1 also covers
what that of round 0 leaves open, such as the hellos' extensions and the certificates.

## A guard's round, in TLS 1.3

${shown.guard}

This one is from [test/fixtures/recordings/guarded.json](../test/fixtures/recordings/guarded.json), where a guard signed between two rounds of
the server above. In TLS 1.3 the signature covers 64 spaces, the words \`TLS 1.3, server CertificateVerify\`, a zero byte, and the hash of all
messages before it (RFC 8446 §4.4.3), so each of their bytes has an asterisk. The client decrypted the encrypted messages, stored them
as shown here, and discarded its keys.

### ClientHello

${shown.guardHello}

\`random\` again contains what is to be signed, here the hash of the previous round. The host name is signed too; an IP address, as used here, is
never sent. supported_versions offers only TLS 1.3. Decrypting the server's answer takes a key agreement, which is why there are key
shares.

### ServerHello

${shown.guardAnswer}

No part of its \`random\` is read as a date: no public TLS 1.3 server is known to put its clock there, and a clock would not be
accepted. The cipher suite determines which hash is signed.

### EncryptedExtensions

${shown.guardExtensions}

On the wire, everything from here on was encrypted.

### Certificate

${shown.guardCertificate}

Each certificate has its own extensions, such as a stapled OCSP response. The certificates also give the window in which this round can have been
signed: from the latest notBefore to the earliest notAfter on the path.

### CertificateVerify

${shown.guardVerify}

Only the scheme and the signature are left unsigned, and the next round signs these as well.

## What nobody signed

${shown.unsigned}
`
