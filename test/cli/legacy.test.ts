// Old statements on the command line: verify reads toytls's and timmy's, export writes toytls's, openssl checks them.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { describe, test } from 'node:test'
import { encodeStatement } from '../../src/statement/encode.ts'
import {
  ERROR_LINES,
  type Outcome,
  openWorkspace,
  type Workspace,
} from '../support/harness/command-line.ts'
import { repositoryPath } from '../support/harness/repository.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { encodeTimmy, makeOldStatement } from '../support/make/old-statement.ts'
import { HOST, makeStatement, roundsAt, subject } from '../support/make/statements.ts'
import {
  type EndEntity,
  endEntities,
  missing,
  startErlangServer,
  startOpensslServer,
} from '../support/servers/servers.ts'

const ENDINGS = ['bytes', 'signature', 'certificate.der']
const fixture = (name: string): Uint8Array =>
  readFileSync(repositoryPath(`test/fixtures/old-statements/${name}`))
const trio = (from: string, to: string): [string, Uint8Array][] =>
  ENDINGS.map((ending) => [`${to}.${ending}`, fixture(`${from}.${ending}`)])

const pki = mintTestPki({
  endEntityKeys: ['p256', 'rsa-2048', 'ed25519', 'ed448', 'p521'],
  dnsNames: [HOST],
})
const entities = endEntities(pki)
const statement = (endEntity: EndEntity, scheme?: number): Uint8Array =>
  encodeStatement(
    makeStatement({
      subjects: [subject('doc.txt', 'some text\n')],
      rounds: roundsAt(endEntity, undefined, scheme === undefined ? {} : { flight: { scheme } }),
    }),
  )
const stamp = statement(entities[0] as EndEntity)

function command(name: string, body: (at: Workspace) => Promise<void>): void {
  test(name, async () => {
    const at = openWorkspace({
      'doc.txt': 'some text\n',
      stamp,
      ...Object.fromEntries(trio('erlang-tls11-rsa2048', 'old')),
      'timmy.json': fixture('erlang-tls10-rsa2048.timmy'),
    })
    try {
      await body(at)
    } finally {
      at.remove()
    }
  })
}

async function refuse(at: Workspace, line: string, error: RegExp | string): Promise<void> {
  const before = at.list()
  const { code, stdout, stderr } = await at.run(line.split(' '))
  assert.match(stderr, ERROR_LINES)
  const [first = ''] = stderr.split('\n')
  if (typeof error === 'string') assert.equal(first, `tls-stamp: error: ${error}`)
  else assert.match(first, error)
  assert.equal(stdout, '')
  assert.equal(code, 2)
  assert.deepEqual(at.list(), before)
}

/** The lines of shell that check the files. */
function commandsIn({ stdout }: Outcome): string[] {
  const section = /^check it with\n((?: {2}.*\n?)*)/m.exec(stdout)?.[1] ?? ''
  return section.split('\n').flatMap((line) => (line === '' ? [] : [line.trim()]))
}

/** They say that the signature is good, and what was signed when. */
async function checkWithOpenssl(at: Workspace, lines: readonly string[]): Promise<void> {
  assert.equal(lines.length, 4)
  const [signature = '', message = '', time = '', certificate = ''] = lines
  const verified = await at.shell(signature)
  assert.match(verified.stdout, /^(?:Verified OK|Signature Verified Successfully)\n$/)
  assert.equal(verified.code, 0)
  const digest = (await at.shell('sha256sum doc.txt')).stdout.slice(0, 64)
  assert.equal((await at.shell(message)).stdout.replace(/\s/g, ''), digest)
  assert.match((await at.shell(`LC_ALL=C ${time}`)).stdout, / UTC 2026\n$/)
  assert.match((await at.shell(certificate)).stdout, /^Certificate:\n/)
}

describe('verify on an old statement', { concurrency: 6 }, () => {
  command('reads toytls’s files, and says what toytls-verify said', async (at) => {
    const { stdout, stderr, code } = await at.run(['verify', '--verbose', 'old', 'doc.txt'])
    assert.match(stdout, /^indeterminate {2}the file holds only the signed bytes/)
    assert.match(stdout, /\n {15}TLS versions before 1\.2 sign with MD5 and SHA-1/)
    assert.match(stdout, /\n {15}fewer than three rounds do not prove a clock/)
    assert.match(stdout, /\n {2}unaltered {5}[0-9a-f]{64} {2}client_random\n/)
    assert.match(stdout, /\n {2}server time {3}\d{10}, 2026-11-21 \d\d:\d\d:\d\d UTC: a claim\n/)
    const squeezed = stdout.replace(/\n {16}/g, '')
    for (const ending of ENDINGS) {
      const whole = Buffer.from(fixture(`erlang-tls11-rsa2048.${ending}`)).toString('hex')
      assert.ok(squeezed.includes(whole), ending)
    }
    assert.match(stdout, /\n {2}certificates {2}CN=localhost, RSA-2048 key, 2020-01-01 to /)
    assert.ok(stdout.split('\n').length < 120)
    assert.equal(stderr, '')
    assert.equal(code, 1)
  })

  command('prints commands that check toytls’s files', async (at) => {
    await checkWithOpenssl(at, commandsIn(await at.run(['verify', '--verbose', 'old'])))
  })

  command('reads timmy’s JSON', async (at) => {
    const { stdout, code } = await at.run([
      'verify',
      '--verbose',
      'timmy.json',
      '--witness',
      'localhost',
    ])
    assert.match(stdout, /^indeterminate /)
    assert.match(stdout, /\n {2}pass {5}identity {4}the certificate names the host: localhost\n/)
    assert.match(stdout, /\n {2}not compared {2}[0-9a-f]{64} {2}client_random\n/)
    assert.match(stdout, /\n {16}CN=Test Intermediate, RSA-2048 key/)
    assert.equal(code, 1)
  })

  command('compares files with the digest', async (at) => {
    for (const path of ['old', 'timmy.json']) {
      assert.match(
        (await at.run(['verify', '--verbose', path, 'doc.txt'])).stdout,
        /^indeterminate /,
      )
      const stdin = 'some text\n'
      assert.match(
        (await at.run(['verify', '--verbose', path, '-'], { stdin })).stdout,
        /^indeterminate /,
      )
      const other = await at.run(['verify', '--verbose', path, 'stamp'])
      assert.match(other.stdout, /^failed {2}a file matches none of the subjects: stamp\n/)
      assert.equal(other.code, 1)
    }
    await refuse(at, 'verify old - -', 'standard input can be read only once')
    await refuse(at, 'verify old nothing', 'nothing: no such file or directory')
  })

  command('compares a short file with the message itself', async (at) => {
    for (const [name, content] of trio('openssl-tls11-rsa1024-dhe', 'text')) at.write(name, content)
    const shown = await at.run(['verify', '--verbose', 'text'])
    assert.match(shown.stdout, /\n {2}as text {7}"hello from 2012\\n"\n/)
    at.write('hello', 'hello from 2012\n')
    assert.match((await at.run(['verify', '--verbose', 'text', 'hello'])).stdout, /^indeterminate /)
    at.write('hello', 'hello from 2013\n')
    assert.match((await at.run(['verify', '--verbose', 'text', 'hello'])).stdout, /^failed /)
  })

  command('prints exactly the report with --json', async (at) => {
    const { stdout } = await at.run(['verify', '--verbose', 'old', '--json'])
    const report = JSON.parse(stdout)
    assert.deepEqual(Object.keys(report), [
      'verdict',
      'time',
      'subjects',
      'witnesses',
      'independent',
      'guards',
      'renewals',
      'checks',
    ])
    assert.match(report.subjects[0].sha256, /^[0-9a-f]{64}$/)
    assert.equal(report.checks.length, 14)
  })

  command('prefers what the file itself is', async (at) => {
    for (const [name, content] of trio('erlang-tls10-p256', 'stamp')) at.write(name, content)
    const own = await at.run(['verify', 'stamp', '--ca', 'nothing'])
    assert.match(own.stderr, /nothing: no such file/)
    for (const [name, content] of trio('erlang-tls10-p256', 'doc.txt')) at.write(name, content)
    const beside = await at.run(['verify', '--verbose', 'doc.txt', 'doc.txt'])
    assert.match(beside.stdout, /ecdsa_sha1 over secp256r1/)
    mkdirSync(at.path('folder'))
    await refuse(at, 'verify folder', 'folder is a folder')
    for (const [name, content] of trio('erlang-tls10-p256', 'folder')) at.write(name, content)
    assert.match((await at.run(['verify', 'folder'])).stdout, /^indeterminate /)
  })

  command('refuses files that are missing or broken', async (at) => {
    for (const ending of ENDINGS) {
      for (const [name, content] of trio('erlang-tls10-p256', 'part')) at.write(name, content)
      at.write(`part.${ending}`, '')
      await refuse(at, 'verify part', /^tls-stamp: error: part is not an old statement: /)
    }
    at.write('one.bytes', fixture('erlang-tls10-p256.bytes'))
    await refuse(at, 'verify one', 'one.signature: no such file or directory')
    at.write('two.signature', '')
    await refuse(at, 'verify two', 'two: no such file or directory')
    at.write('json', '{"blob":"AAAA","certificates":[],"signature":"AAAA"}')
    await refuse(at, 'verify json', /^tls-stamp: error: json is not an old statement: /)
    await refuse(at, 'verify doc.txt', /^tls-stamp: error: there is no statement for doc\.txt: /)
    await refuse(at, `verify ${'x'.repeat(255)}`, /no such file/)
    symlinkSync('/dev/zero', at.path('endless.bytes'))
    await refuse(at, 'verify endless', /^tls-stamp: error: endless\.bytes: not a regular file/)
  })

  test('reads what real servers sign now', { skip: missing('openssl', 'erlang') }, async () => {
    const rsa = mintTestPki({ endEntityKeys: ['rsa-2048', 'rsa-1024'], caKey: 'rsa-2048' })
    const [rsa2048, rsa1024] = endEntities(rsa) as [EndEntity, EndEntity]
    const openssl = (endEntity: EndEntity, version: string, cipher: string) =>
      startOpensslServer({ endEntity, args: [version, '-cipher', `${cipher}:@SECLEVEL=0`] })
    const peers = [
      [openssl(rsa2048, '-tls1', 'ECDHE'), '1.0', 'x25519'],
      [openssl(rsa1024, '-tls1', 'DHE'), '1.0', 'dh1024'],
      [openssl(rsa1024, '-tls1_1', 'ECDHE'), '1.1', 'x25519'],
      [openssl(rsa2048, '-tls1_1', 'DHE'), '1.1', 'dh2048'],
      [startErlangServer({ endEntity: rsa1024, versions: ['tlsv1'] }), '1.0', 'secp256r1'],
      [startErlangServer({ endEntity: rsa2048, versions: ['tlsv1.1'] }), '1.1', 'secp256r1'],
    ] as const
    const at = openWorkspace()
    try {
      for (const [start, version, group] of peers) {
        await using server = await start
        const old = await makeOldStatement(server.port, { version, message: 'hello\n' })
        at.write('old.bytes', old.signedBytes)
        at.write('old.signature', old.signature)
        at.write('old.certificate.der', old.certificates[0])
        at.write('timmy', encodeTimmy(old))
        for (const path of ['old', 'timmy']) {
          const { stdout, code } = await at.run(['verify', '--verbose', path])
          assert.match(stdout, /^indeterminate /)
          assert.match(stdout, new RegExp(`rsa_pkcs1_md5_sha1 over ${group}\\n`))
          assert.match(stdout, /\n {2}as text {7}"hello\\n"\n/)
          assert.equal(code, 1)
        }
        const { stdout } = await at.run(['verify', '--verbose', 'old'])
        const [signature = ''] = commandsIn({ stdout, stderr: '', code: 0 })
        assert.equal((await at.shell(signature)).stdout, 'Verified OK\n')
      }
    } finally {
      at.remove()
    }
  })
})

const NO_FORM = 'expected one of --toytls PATH, --in-toto and --certificates, and STATEMENT'

describe('export', { concurrency: 6 }, () => {
  const skip = missing('openssl')

  test('writes files that the printed commands check, for every kind of key', {
    skip,
  }, async () => {
    const [p256, rsa, ed25519, ed448, p521] = entities as [
      EndEntity,
      EndEntity,
      EndEntity,
      EndEntity,
      EndEntity,
    ]
    const statements = [
      ...[0x0401, 0x0501, 0x0601, 0x0804, 0x0805, 0x0806].map((scheme) => statement(rsa, scheme)),
      ...[p256, ed25519, ed448, p521].map((endEntity) => statement(endEntity)),
    ]
    const at = openWorkspace({ 'doc.txt': 'some text\n' })
    try {
      for (const [i, bytes] of statements.entries()) {
        at.write('stamp', bytes)
        // Names that a shell would take apart
        const path = `it's ${i} $HOME`
        const outcome = await at.run(['export', '--toytls', path, 'stamp'])
        assert.equal(outcome.code, 0)
        await checkWithOpenssl(at, commandsIn(outcome))
        const { stdout } = await at.run(['verify', '--verbose', path, 'doc.txt'])
        assert.match(stdout, /^indeterminate /)
        assert.match(stdout, /\n {2}pass {5}signatures /)
        at.write(`${path}.bytes`, Buffer.from(at.path('doc.txt').padEnd(140, 'x')))
        const [signature = ''] = commandsIn(outcome)
        assert.notEqual((await at.shell(signature)).code, 0)
      }
    } finally {
      at.remove()
    }
  })

  command('writes three files and says what they are worth', async (at) => {
    const { stdout, stderr, code } = await at.run(['export', '--toytls', 'out', 'stamp'])
    assert.match(stdout, /^ {2}written {7}out\.bytes, \d+ bytes\n/)
    assert.match(stderr, /^hint: this is one round: .* can only verify as indeterminate\n$/)
    assert.equal(code, 0)
    for (const ending of ENDINGS) assert.ok(at.exists(`out.${ending}`))
    const json = await at.run(['export', '--toytls', './-x', 'stamp', '--json'])
    const { files, scheme, commands } = JSON.parse(json.stdout)
    assert.deepEqual(
      files.map(({ path }: { path: string }) => path),
      ENDINGS.map((ending) => `./-x.${ending}`),
    )
    assert.equal(scheme, 'ecdsa_sha256')
    assert.equal(commands.length, 4)
  })

  command('never writes over a file unasked', async (at) => {
    for (const ending of ENDINGS) {
      at.write(`out.${ending}`, 'mine')
      const { stderr } = await at.run(['export', '--toytls', 'out', 'stamp'])
      assert.match(stderr, /^hint: give another name with --toytls, or overwrite it with --force$/m)
      await refuse(at, 'export --toytls out stamp', `out.${ending} exists already`)
      assert.equal(at.read(`out.${ending}`), 'mine')
      await at.shell(`rm out.${ending}`)
    }
    at.write('out.bytes', 'mine')
    assert.equal((await at.run(['export', '--force', '--toytls', 'out', 'stamp'])).code, 0)
    assert.notEqual(at.read('out.bytes'), 'mine')
    mkdirSync(at.path('dir.signature'))
    await refuse(at, 'export --force --toytls dir stamp', 'dir.signature is a folder')
  })

  command('refuses what it cannot export', async (at) => {
    await refuse(at, 'export stamp', NO_FORM)
    await refuse(at, 'export --toytls out', NO_FORM)
    await refuse(at, 'export --toytls out stamp stamp', NO_FORM)
    await refuse(at, 'export --toytls out nothing', 'nothing: no such file or directory')
    await refuse(at, 'export --toytls out .', '. is a folder')
    await refuse(at, 'export --toytls no/where stamp', /no such file or directory/)
    await refuse(at, 'export --toytls out doc.txt', /doc\.txt is not a signed statement/)
    const rounds = roundsAt(entities[0] as EndEntity, undefined, {
      edit: (messages) =>
        messages.map((message) =>
          message.name === 'serverKeyExchange'
            ? { ...message, body: message.body.with(-1, (message.body.at(-1) ?? 0) ^ 1) }
            : message,
        ),
    })
    at.write('bad', encodeStatement(makeStatement({ rounds })))
    await refuse(at, 'export --toytls out bad', 'the signature of round 0 in bad does not verify')
    const [first] = roundsAt(entities[0] as EndEntity, undefined, {
      edit: (messages) => messages.filter(({ name }) => name !== 'certificate'),
    })
    assert.ok(first)
    at.write('none', encodeStatement(makeStatement({ rounds: [first] })))
    await refuse(at, 'export --toytls out none', /: round 0 in none is invalid: /)
  })
})
