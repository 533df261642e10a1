// inspect as a user runs it: what it takes, what it says, how it ends.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ERROR_LINES, openWorkspace, type Workspace } from '../../support/harness/command-line.ts'
import { repositoryPath } from '../../support/harness/repository.ts'

let at: Workspace

function fixture(name: string): Uint8Array {
  return readFileSync(repositoryPath(`test/fixtures/${name}`))
}

const client = fixture('recordings/tls12.client.raw')
const server = fixture('recordings/tls12.server.raw')
const statement = fixture('recordings/statement.json')
const capture = fixture('captures/bun-p256.pcapng')
/** Bytes of the server's first record: its ServerHello. */
const ANSWER = 5 + uint16(server, 3)

before(() => {
  // Flights: the client's hello; the server up to ServerHelloDone; the rest of each
  const [hello, done] = [5 + uint16(client, 3), serverHelloDone()]
  at = openWorkspace({
    'a.raw': client,
    'b.raw': server,
    '1_cli.raw': client.subarray(0, hello),
    '2_srv.raw': server.subarray(0, ANSWER),
    '3_srv.raw': server.subarray(ANSWER, done),
    '4_cli.raw': client.subarray(hello),
    '5_srv.raw': server.subarray(done),
    'statement.json': statement,
    'capture.pcapng': capture,
    empty: '',
    'page.txt': 'HTTP/1.1 400 Bad Request\r\n\r\n',
    'text.txt': 'nothing of the kind\n',
    'noise.bin': Uint8Array.of(0xff, 0, 0x1b, 0x5b, 0x33, 0x31, 0x6d),
  })
})

after(() => at.remove())

function uint16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] ?? 0) * 256 + (bytes[offset + 1] ?? 0)
}

function serverHelloDone(): number {
  const found = Buffer.from(server).indexOf(Uint8Array.of(14, 0, 0, 0))
  assert.ok(found > 0)
  return found + 4
}

interface Item {
  readonly kind: string
  readonly files: readonly string[]
  readonly fault?: string
  readonly [member: string]: unknown
}

async function inspectJson(...args: readonly string[]): Promise<Item[]> {
  const { stdout } = await at.run(['inspect', '--json', ...args])
  return JSON.parse(stdout).inspected
}

describe('inspect', { concurrency: 6 }, () => {
  test('takes two streams for one connection, in either order, and with their sides told', async () => {
    const outputs = await Promise.all(
      [
        ['a.raw', 'b.raw'],
        ['b.raw', 'a.raw'],
        ['--client', 'a.raw', '--server', 'b.raw'],
      ].map((args) => at.run(['inspect', ...args])),
    )
    const [first, ...others] = outputs.map(({ stdout }) => stdout.replace(/^.*\n/, ''))
    for (const other of others) assert.equal(other, first)
    for (const { code, stderr } of outputs) assert.deepEqual([code, stderr], [0, ''])
    assert.match(first ?? '', /signature +valid: ecdsa_sha256/)
    assert.match(first ?? '', /reached +both sides sent Finished/)
  })

  test('takes one file per flight, in order', async () => {
    const flights = ['1_cli.raw', '2_srv.raw', '3_srv.raw', '4_cli.raw', '5_srv.raw']
    const { stdout, code } = await at.run(['inspect', ...flights])
    const whole = await at.run(['inspect', 'a.raw', 'b.raw'])
    assert.equal(code, 0)
    assert.equal(stdout.replace(/^.*\n/, ''), whole.stdout.replace(/^.*\n/, ''))
    const [items, repeated] = [
      await inspectJson(...flights),
      await inspectJson(...flights, ...flights),
    ]
    assert.deepEqual([items.length, repeated.map(({ files }) => files.length)], [1, [5, 5]])
    const sides = await inspectJson(
      '--client',
      '1_cli.raw',
      '--client',
      '4_cli.raw',
      '--server',
      'b.raw',
    )
    assert.equal(sides[0]?.signature, 'valid')
  })

  test('shows the old statements of toytls and timmy', async () => {
    const old = dirname(repositoryPath('test/fixtures/old-statements/README.md'))
    const names = readdirSync(old).filter((name) => /\.(?:timmy|bytes)$/.test(name))
    assert.ok(names.length > 0)
    for (const name of names) {
      const path = `${old}/${name.replace(/\.bytes$/, '')}`
      const { stdout, code } = await at.run(['inspect', path])
      assert.match(stdout, /client_random/, name)
      assert.equal(code, 0)
      const [item] = await inspectJson(path)
      assert.equal(item?.kind, 'old-statement')
    }
  })

  test('takes one side alone', async () => {
    const { stdout, code } = await at.run(['inspect', 'b.raw'])
    assert.match(stdout, /signature +not checked: ecdsa_sha256, but the ClientHello is missing/)
    assert.equal(code, 0)
    const offered = await at.run(['inspect', '1_cli.raw'])
    assert.match(offered.stdout, /reached +a ClientHello without an answer/)
  })

  test('reads standard input', async () => {
    const { stdout, code } = await at.run(['inspect', '-'], { stdin: server })
    assert.match(stdout, /^-\n/)
    assert.equal(code, 0)
  })

  test('shows a statement: what the server signed, and what nobody did', async () => {
    const { stdout, code, stderr } = await at.run(['inspect', 'statement.json'])
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(
      stdout,
      /signed \* +100 bytes: client_random \(32\), server_random \(32\), params \(36\)/,
    )
    assert.match(stdout, /client_random is the commitment to the subjects\n/)
    assert.match(stdout, /client_random is the SHA-256 of the previous round/)
    assert.match(stdout, /\nnobody signed \(SPEC\.md §8\)\n/)
    const marked = stdout.split('\n').filter((line) => /^ *\d+ \* /.test(line))
    assert.deepEqual(
      [...new Set(marked.map((line) => line.slice(28).trim().split(' ')[0]))],
      ['random', 'gmt_unix_time', 'random_bytes', 'curve_type', 'named_curve', 'public'],
    )
  })

  test('shows what is left of a damaged statement', async () => {
    const text = Buffer.from(statement).toString()
    const half = text.slice(0, Math.floor(text.length * 0.75))
    at.write('half.json', half)
    at.write('crlf.json', text.replaceAll('\n', '\r\n'))
    at.write('spaced.json', text.replace('"port": ', '"port":  '))
    for (const [name, rounds] of [
      ['half.json', /damaged; [12] rounds? can still be read/],
      ['spaced.json', /damaged; 2 rounds can still be read/],
    ] as const) {
      const { stdout, stderr, code } = await at.run(['inspect', name])
      assert.match(stdout, rounds)
      assert.match(stdout, /round 0 localhost:\d+\n.*\n +signature +valid/)
      assert.match(stderr, ERROR_LINES)
      assert.equal(code, 0)
    }
    const crlf = await at.run(['inspect', 'crlf.json'])
    assert.match(crlf.stdout, /^crlf\.json\n +damage +it has CR LF .*\n +statement +damaged; /)
    assert.match(crlf.stderr, /\nhint: Git does this .*\nhint: then delete .*\n$/)
    at.write('stump.json', text.slice(0, 400))
    const { stderr, code } = await at.run(['inspect', 'stump.json'])
    assert.match(
      stderr,
      /stump\.json: expected a statement.*got a damaged statement without a complete round\n/,
    )
    assert.equal(code, 2)
  })

  test("holds a capture's time against the server's clock", async () => {
    const { stdout, code } = await at.run(['inspect', 'capture.pcapng'])
    assert.match(stdout, /capture +pcapng, \d+ packets/)
    assert.match(stdout, /127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+, 2026-/)
    assert.match(stdout, /clock +2026-\S+ \S+ UTC, 0\.\d{3} s before its packet was captured/)
    assert.match(stdout, /-> record +handshake, TLS 1\.0, \d+ bytes, \+0\.000 s/)
    assert.equal(code, 0)
    const [item] = await inspectJson('capture.pcapng')
    const connections = item?.connections as { tls: { clock: { plausible: boolean } } }[]
    assert.equal(connections[0]?.tls.clock.plausible, true)
  })

  test('shows what the text shows as data', async () => {
    const [item] = await inspectJson('a.raw', 'b.raw')
    assert.ok(item)
    assert.deepEqual(
      [item.kind, item.version, item.signature, item.progress, item.scheme],
      ['records', 'TLS 1.2', 'valid', 'complete', 'ecdsa_sha256'],
    )
    const messages = item.messages as {
      name: string
      fields: { name: string; meaning?: string }[]
    }[]
    assert.ok(messages.every(({ fields }) => fields[0]?.name === 'msg_type'))
    const { client: sent } = item.streams as { client: { records: Record<string, unknown>[] } }
    assert.deepEqual(Object.keys(sent.records[0] ?? {}).sort(), [
      'encrypted',
      'iv',
      'length',
      'offset',
      'sender',
      'type',
      'version',
    ])
  })

  test('says how far a cut stream goes, wherever it is cut', async () => {
    for (const length of [4, 5, 6, ANSWER - 1, ANSWER, ANSWER + 4, 100, 700, server.length - 1]) {
      at.write(`cut${length}.raw`, server.subarray(0, length))
      const { stdout, stderr, code } = await at.run(['inspect', `cut${length}.raw`])
      if (length !== ANSWER) assert.match(stdout + stderr, /the stream ends/, `${length}`)
      assert.equal(code, length < 6 ? 2 : 0, `${length}`)
      if (length === 50) assert.match(stdout, /ServerHello +74 bytes, cut off after 45\n/)
    }
  })

  test('says how far a damaged stream goes', async () => {
    const damaged = Buffer.from(server)
    damaged.write('HTTP/1.1', ANSWER)
    at.write('damaged.raw', damaged)
    const { stdout, code } = await at.run(['inspect', 'damaged.raw'])
    assert.match(stdout, /error +server: TLSPlaintext at byte \d+: not a TLS record \(type 72\)/)
    assert.match(stdout, /<- incomplete record +\d+ bytes left/)
    assert.equal(code, 0)
    const records = Buffer.from(client)
    records[9] = 0x09
    at.write('bad-hello.raw', records)
    const second = await at.run(['inspect', 'bad-hello.raw', 'b.raw'])
    assert.match(second.stdout, /signature +valid/)
    assert.equal(second.code, 0)
    const twice = Buffer.from(client)
    // An extension that is there twice: the second server_name was ec_point_formats
    const formats = twice.indexOf(Uint8Array.of(0, 11, 0, 4, 3, 0, 1, 2))
    assert.ok(formats > 0)
    twice[formats + 1] = 0
    at.write('twice.raw', twice)
    const third = await at.run(['inspect', 'twice.raw', 'b.raw'])
    assert.match(
      third.stdout,
      /error +client: ClientHello\.extensions at byte \d+: server_name is there twice/,
    )
    assert.match(third.stdout, / rest +\d+ bytes, not decoded\n/)
  })

  const nothing: readonly (readonly [file: string, what: RegExp])[] = [
    ['empty', /the file is empty/],
    ['page.txt', /expected a statement, TLS records or a packet capture, got HTTP in plain text/],
    ['text.txt', /got text/],
    ['noise.bin', /got bytes that begin with ff 00 1b 5b/],
  ]
  for (const [file, what] of nothing) {
    test(`shows nothing of ${file} and says what it is`, async () => {
      for (const args of [
        ['inspect', file],
        ['inspect', '--hex', file],
        ['inspect', '--client', file],
      ]) {
        const { code, stdout, stderr } = await at.run(args)
        assert.deepEqual([code, stdout], [2, ''])
        assert.match(stderr, ERROR_LINES)
        if (args.length === 2) assert.match(stderr, what)
      }
      const [item] = await inspectJson(file)
      assert.match(item?.fault ?? '', what)
    })
  }

  test('shows the one file and not the other, and ends with 2', async () => {
    const { code, stdout, stderr } = await at.run(['inspect', 'text.txt', 'a.raw', 'b.raw'])
    assert.match(stdout, /signature +valid/)
    assert.match(stderr, /^tls-stamp: error: text\.txt: /)
    assert.equal(code, 2)
  })

  test('tells SSL 2.0 and 3.0, and alerts by level and description', async () => {
    const path = (name: string): string => repositoryPath(`test/fixtures/recordings/${name}`)
    const pair = (name: string): string[] => [
      path(`${name}.client.raw`),
      path(`${name}.server.raw`),
    ]
    const [ssl3, ssl2, refused] = await Promise.all(
      ['ssl30', 'ssl2-hello', 'refused'].map((name) => at.run(['inspect', ...pair(name)])),
    )
    assert.match(ssl3?.stdout ?? '', /session +SSL 3\.0 TLS_ECDHE_RSA/)
    assert.match(ssl2?.stdout ?? '', /8022 +msg_length/)
    assert.match(ssl2?.stdout ?? '', /alert +server: warning, unrecognized_name/)
    assert.match(refused?.stdout ?? '', /reached +a fatal alert ended the handshake/)
    assert.match(refused?.stdout ?? '', /level +fatal\n.*description +protocol_version/)
    const only = Uint8Array.of(0x80, 12, 1, 0, 2, 0, 3, 0, 0, 0, 0, 1, 0, 0x80)
    at.write('ssl2.raw', only)
    const { stdout, code } = await at.run(['inspect', 'ssl2.raw'])
    assert.match(stdout, /session +SSL 2\.0\n/)
    assert.equal(code, 0)
  })

  test('writes nothing that acts on a terminal', async () => {
    const odd = ['client', 'server'].map((side) =>
      repositoryPath(`test/fixtures/recordings/odd.${side}.raw`),
    )
    for (const options of [[], ['--hex'], ['--json']]) {
      const { stdout } = await at.run(['inspect', ...options, ...odd])
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
      assert.doesNotMatch(stdout, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
    }
  })

  test('cuts a long run of encrypted records short, but for --hex and --json', async () => {
    const record = Uint8Array.of(23, 3, 3, 0, 4, 1, 2, 3, 4)
    at.write('long.raw', Buffer.concat([server, ...Array<Uint8Array>(3000).fill(record)]))
    const { stdout } = await at.run(['inspect', 'long.raw'])
    assert.match(stdout, /encrypted records +\d+ more, \d+ bytes/)
    assert.ok(stdout.split('\n').length < 300)
    const hex = await at.run(['inspect', '--hex', 'long.raw'])
    assert.ok(hex.stdout.split('\n').length > 3000)
  })

  test('a missing file, a folder and no file at all are mistakes', async () => {
    for (const [args, message] of [
      [[], 'expected FILE'],
      [['none.raw'], 'none.raw: no such file or directory'],
      [['.'], '. is a folder'],
      [['-', '-'], 'standard input can be read only once'],
      [['--hex=1', 'a.raw'], 'expected --hex without a value'],
      [['--client'], 'expected a value after --client'],
    ] as const) {
      const { code, stderr, stdout } = await at.run(['inspect', ...args])
      assert.equal(stderr.split('\n')[0], `tls-stamp: error: ${message}`)
      assert.deepEqual([code, stdout], [2, ''])
    }
  })

  test('its help says how files are put together', async () => {
    const { stdout, code } = await at.run(['inspect', '--help'])
    assert.match(stdout, /^Usage: tls-stamp inspect FILE\.\.\.\n/)
    for (const option of ['--client', '--server', '--hex', '--json'])
      assert.match(stdout, new RegExp(option))
    assert.ok(stdout.split('\n').every((line) => line.length <= 80))
    assert.equal(code, 0)
  })
})
