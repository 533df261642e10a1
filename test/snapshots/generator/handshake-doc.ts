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
  const printed = await inspectFixtures(['--hex', 'recordings/statement.json'])
  const lines = printed.split('\n')
  const begin = lines.findIndex((line) => line.startsWith('round 0'))
  const end = lines.findIndex((line) => line.startsWith('round 1'))
  const round = lines.slice(begin, end)
  const next = lines.slice(end).slice(0, 7)
  const part = (name: string): string => {
    const from = round.findIndex((line) => new RegExp(`(?:->|<-) ${name}\\b`).test(line))
    const rest = round.slice(from + 1)
    const to = rest.findIndex((line) => /(?:->|<-) \w/.test(line))
    return block([round[from] ?? '', ...(to < 0 ? rest : rest.slice(0, to))])
  }
  const head = round.slice(0, round.indexOf(''))
  return PAGE({
    head: block(head),
    hello: part('ClientHello'),
    answer: part('ServerHello'),
    certificate: part('Certificate'),
    exchange: part('ServerKeyExchange'),
    next: block(next),
    unsigned: block(lines.slice(lines.findIndex((line) => line.startsWith('nobody signed')))),
  })
}

function block(lines: readonly string[]): string {
  return ['```', ...lines, '```'].join('\n').replace(/\n+```$/, '\n```')
}

const PAGE = (
  shown: Readonly<
    Record<'head' | 'hello' | 'answer' | 'certificate' | 'exchange' | 'next' | 'unsigned', string>
  >,
): string => `# A signed handshake, byte by byte

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

client_random of round 1 is a hash over round 0, its randoms and its whole ServerKeyExchange message ([SPEC.md](../SPEC.md), section
4). So the server can only have signed it after round 0: two times in step, for which a server without a clock needs luck.

## What nobody signed

${shown.unsigned}
`
