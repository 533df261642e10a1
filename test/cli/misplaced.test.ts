// Operands in the wrong place: a server behind the file, without its port, or where no server belongs.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ERROR_LINES, openWorkspace, type Workspace } from '../support/harness/command-line.ts'

let at: Workspace

before(() => {
  at = openWorkspace({ 'doc.txt': 'some text\n', 'b c.txt': '' })
})

after(() => at.remove())

const ABSENT = 'no such file or directory'
const IF = (call: string): string => `if localhost is a server: tls-stamp ${call}`

const cases: readonly (readonly [line: string, error: string, hint: string | undefined])[] = [
  ['sign doc.txt localhost 443', `localhost: ${ABSENT}`, IF('sign localhost 443 doc.txt')],
  [
    'sign doc.txt --ca doc.txt localhost 443 --rounds=2 -o out',
    `localhost: ${ABSENT}`,
    IF('sign localhost 443 doc.txt --ca doc.txt --rounds=2 -o out'),
  ],
  [
    'sign doc.txt localhost 443 -o doc.txt',
    `localhost: ${ABSENT}`,
    IF('sign localhost 443 doc.txt -o doc.txt'),
  ],
  ['sign doc.txt localhost:8443', `localhost:8443: ${ABSENT}`, IF('sign localhost 8443 doc.txt')],
  [
    'sign doc.txt https://localhost/',
    `https://localhost/: ${ABSENT}`,
    IF('sign localhost 443 doc.txt'),
  ],
  ['sign localhost doc.txt', `localhost: ${ABSENT}`, IF('sign localhost 443 doc.txt')],
  ['sign localhost doc.txt 8443', `localhost: ${ABSENT}`, IF('sign localhost 8443 doc.txt')],
  [
    'sign localhost:443',
    'expected FILE besides localhost 443',
    'usage: tls-stamp sign [HOST PORT] FILE...',
  ],
  [
    'sign https://localhost',
    'expected FILE besides localhost 443',
    'usage: tls-stamp sign [HOST PORT] FILE...',
  ],
  [
    'sign https://localhost/search doc.txt --quorum 1',
    'expected HOST[:PORT], got "https://localhost/search"',
    'only the host and port are used: tls-stamp sign localhost:443 doc.txt --quorum 1',
  ],
  [
    'sign https://localhost/search 1 doc.txt',
    'expected HOST[:PORT], got "https://localhost/search"',
    'only the host and port are used: tls-stamp sign localhost 1 doc.txt',
  ],
  [
    'sign https://localhost:1 1 doc.txt',
    'expected the port once, got 1 and 1',
    'only the host and port are used: tls-stamp sign localhost 1 doc.txt',
  ],
  [
    'probe https://localhost:1/x',
    'expected HOST[:PORT], got "https://localhost:1/x"',
    'only the host and port are used: tls-stamp probe localhost:1',
  ],
  ['handshake localhost:443 --request GET x', 'PATH must begin with /, got x', undefined],
  [
    'handshake localhost:443 x',
    'expected HOST[:PORT]',
    'usage: tls-stamp handshake HOST[:PORT] [--request GET|HEAD [PATH]]',
  ],
  ['status doc.txt --ca doc.txt', 'doc.txt contains no certificate in PEM or DER', undefined],
  ['renew localhost 443 doc.txt', `localhost: ${ABSENT}`, IF('renew doc.txt localhost 443')],
  ['renew localhost:443 doc.txt', `localhost:443: ${ABSENT}`, IF('renew doc.txt localhost 443')],
  [
    'verify doc.txt localhost',
    `localhost: ${ABSENT}`,
    'to accept a host as a witness: --witness localhost',
  ],
  [
    'verify www.google.com doc.txt',
    `www.google.com: ${ABSENT}`,
    'to accept a host as a witness: --witness www.google.com',
  ],
  [
    'verify doc.txt https://a.test/',
    `https://a.test/: ${ABSENT}`,
    'to accept a host as a witness: --witness a.test',
  ],
]

describe('an operand in the wrong place', { concurrency: 6 }, () => {
  for (const [line, error, hint] of cases) {
    test(`is explained: ${line}`, async () => {
      const { code, stdout, stderr } = await at.run(line.split(' '))
      assert.match(stderr, ERROR_LINES)
      assert.deepEqual(stderr.split('\n').slice(0, 2), [
        `tls-stamp: error: ${error}`,
        hint === undefined ? '' : `hint: ${hint}`,
      ])
      assert.equal(stdout, '')
      assert.equal(code, 2)
    })
  }

  test('is shown as a shell takes it', async () => {
    const { stderr } = await at.run(['sign', 'localhost', 'b c.txt'])
    assert.match(stderr, /: tls-stamp sign localhost 443 'b c\.txt'\n/)
  })

  test('is the usual port that renew lacks', async () => {
    const { stderr } = await at.run(['renew', 'doc.txt', 'localhost'])
    assert.match(
      stderr,
      /\nhint: usage: tls-stamp renew STATEMENT \[HOST PORT\]\nhint: with the usual port: tls-stamp renew doc\.txt localhost 443\n$/,
    )
  })

  test('is not read into files that are missing', async () => {
    for (const line of ['sign nothing', 'sign a b', 'sign a b doc.txt', 'verify nothing doc.txt']) {
      const { stderr } = await at.run(line.split(' '))
      assert.match(stderr, /^tls-stamp: error: \w+: no such file or directory\n$/)
    }
  })
})
