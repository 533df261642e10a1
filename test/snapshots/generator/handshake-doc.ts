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

On the left is the offset in the message and its bytes, on the right the field and what it means, indented by what is inside of
what. A vector stands with its length in front of it. **An asterisk marks the bytes that the server signed.**

${shown.head}

Three messages carry the signed bytes: client_random of the ClientHello, server_random of the ServerHello, the parameters of the
ServerKeyExchange. The signature at the end of the last one is over these three, one after the other, and over nothing else
(RFC 5246 §7.4.3, RFC 8422 §5.4). The Certificate message has the key to verify it with.

## ClientHello: what is to be signed

${shown.hello}

The 32 bytes of \`random\` are the SHA-256 of the file. \`printf 'some text\\n' | sha256sum\` prints the same. A usual client has random
bytes there; that the first four can be read as a date is an old habit of TLS, and here an accident.

Everything else is an offer, made so that a server signs: cipher suites with an ephemeral key exchange, groups, signature schemes.
Nobody signs the offer. There is no supported_versions extension, so the server can't choose TLS 1.3, whose signature covers the
hellos as a hash, within an encrypted message.

## ServerHello: the clock

${shown.answer}

\`gmt_unix_time\` is the server's clock, in seconds since 1970. BoringSSL puts it there; OpenSSL, Java and Go put random bytes. It is
within the signed 32 bytes, so nobody can change it afterwards. Who runs the server can say any time.

## Certificate: whose word it is

${shown.certificate}

Each certificate is DER inside a length of three bytes. The end entity comes first: its key has signed. The path from there to a
trust anchor is verified at the server's time, not at today's.

## ServerKeyExchange: the signature

${shown.exchange}

The parameters are a curve and the server's ephemeral public key, fresh for this connection. Behind them come the signature
scheme and the signature, which are not signed themselves.

To check it by hand, put client_random, server_random and the parameters into one file and let \`openssl dgst -sha256 -verify\` have
it with the key of the first certificate: [examples/verify-with-openssl.sh](../examples/verify-with-openssl.sh) does just that.

## The next round

${shown.next}

client_random of round 1 is a hash over all of round 0: its host, its port, and every message ([SPEC.md](../SPEC.md), section 4). So the server can
only have signed it after round 0: two times in step, for which a server without a clock needs luck. And what the signature of round 0 leaves
open, such as the hellos' extensions and the certificates, that of round 1 covers.

## A guard's round, in TLS 1.3

${shown.guard}

This one is from [test/fixtures/recordings/guarded.json](../test/fixtures/recordings/guarded.json), where a guard signed between two rounds of
the server above. In TLS 1.3 the signature is over 64 spaces, the words \`TLS 1.3, server CertificateVerify\`, a zero byte, and the hash of all
messages before it (RFC 8446 §4.4.3): every byte of them has its asterisk. The client decrypted what came encrypted, kept the
messages as they are here, and threw its keys away.

### ClientHello

${shown.guardHello}

\`random\` is again what is to be signed, here the hash over the round before. The name of the host is signed too; an IP address, as in this one, is never
sent. supported_versions offers nothing but TLS 1.3. The key shares are there so that the server's answer can be decrypted, which takes
a key agreement.

### ServerHello

${shown.guardAnswer}

Nothing in its \`random\` is read as a date: no server of TLS 1.3 is known to put its clock there in public, and if one does it is
not taken. The suite tells which hash is signed.

### EncryptedExtensions

${shown.guardExtensions}

From here on everything was encrypted on the wire.

### Certificate

${shown.guardCertificate}

Each certificate has extensions of its own, such as a stapled OCSP response. The window in which this round can have been signed is in here: from
the latest beginning to the earliest end on the path.

### CertificateVerify

${shown.guardVerify}

The scheme and the signature are all that it leaves unsigned; the next round signs these too.

## What nobody signed

${shown.unsigned}
`
