// tls-stamp export, as a user types it: certificates and in-toto; toytls's files are in old-statement.test.ts.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { encodeStatement } from '../../../src/statement/encode.ts'
import { decodeInToto } from '../../../src/statement/in-toto.ts'
import type { SignedStatement } from '../../../src/statement/statement.ts'
import { certificatesOfFile } from '../../../src/x509/pem.ts'
import { ERROR_LINES, openWorkspace, type Workspace } from '../../support/harness/command-line.ts'
import { endEntities, endEntity } from '../../support/make/end-entity.ts'
import { mintCertificate, mintTestPki } from '../../support/make/mint.ts'
import {
  HOST,
  makeStatement,
  renewedBy,
  roundsAt,
  subject,
  TIME,
} from '../../support/make/statements.ts'
import { missing } from '../../support/servers/programs.ts'

const TEXT = 'some text\n'
const SUBJECTS = [subject('doc.txt', TEXT)]
const notAfter = new Date((TIME + 90 * 86_400) * 1000)
const pki = mintTestPki({
  endEntityKeys: ['p256', 'p384'],
  dnsNames: [HOST, 'other.test'],
  notAfter,
})
const [own, another] = endEntities(pki)
assert.ok(own && another)
const plain = makeStatement({ subjects: SUBJECTS, rounds: roundsAt(own) })
const signed: SignedStatement = {
  ...plain,
  unsigned: { ...plain.unsigned, trustAnchors: [pki.root.der] },
}

function run(
  name: string,
  body: (at: Workspace) => Promise<void>,
  options: { readonly skip?: string | false } = {},
): void {
  test(name, options, async () => {
    const at = openWorkspace({
      'doc.txt': TEXT,
      'ca.pem': pki.root.pem,
      signed: encodeStatement(signed),
      plain: encodeStatement(plain),
    })
    try {
      await body(at)
    } finally {
      at.remove()
    }
  })
}

/** SHA-256 of each certificate in PEM, in order. */
function fingerprints(pem: string): string[] {
  return certificatesOfFile(Buffer.from(pem), 'pem').map(fingerprint)
}

function fingerprint(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('hex')
}

async function refuse(at: Workspace, args: readonly string[], message: RegExp): Promise<void> {
  const before = at.list()
  const { stdout, stderr, code } = await at.run(['export', ...args])
  assert.match(stderr, ERROR_LINES)
  assert.match(stderr, message)
  assert.equal(stdout, '')
  assert.equal(code, 2)
  assert.deepEqual(at.list(), before)
}

describe('export --certificates', { concurrency: 6 }, () => {
  run('writes the path as PEM, end entity first, with what each one is', async (at) => {
    const { stdout, stderr, code } = await at.run(['export', '--certificates', 'signed'])
    const [endEntityDer, intermediate] = own.certificates
    assert.ok(endEntityDer && intermediate)
    const expected = [endEntityDer, intermediate, pki.root.der].map(fingerprint)
    assert.deepEqual(fingerprints(stdout), expected)
    const [first = '', ...rest] = stdout.split('\n\n')
    assert.equal(
      first.replace(/\n-----BEGIN.*/s, ''),
      [
        '# witness example.test:443, end entity',
        '# subject CN=example.test',
        '# issuer CN=Test Intermediate',
        '# valid from 2020-01-01 00:00:00 UTC to 2026-05-01 12:00:00 UTC',
        `# SHA-256 ${expected[0]}`,
      ].join('\n'),
    )
    assert.match(rest[0] ?? '', /^# witness example\.test:443, intermediate\n/)
    assert.match(rest[1] ?? '', /^# witness example\.test:443, trust anchor\n/)
    assert.ok(stdout.split('\n').every((line) => line.startsWith('# ') || line.length <= 64))
    assert.equal(
      stderr,
      'hint: 1 trust anchor in the output comes from the signer: compare the SHA-256 with a source that you trust\n',
    )
    assert.equal(code, 0)
  })

  run('has no hint for a trust anchor that is trusted anyway', async (at) => {
    const args = ['export', '--certificates', '--ca', 'ca.pem']
    for (const name of ['signed', 'plain']) {
      const { stdout, stderr } = await at.run([...args, name])
      assert.equal(fingerprints(stdout).at(-1), fingerprint(pki.root.der))
      assert.equal(stderr, '')
    }
  })

  run('writes what was sent when there is no path, and says so', async (at) => {
    const { stdout, code } = await at.run(['export', '--certificates', 'plain'])
    assert.deepEqual(fingerprints(stdout), own.certificates.map(fingerprint))
    assert.match(stdout, /^# witness example\.test:443, as sent, number 0\n/)
    assert.equal(code, 0)
  })

  run('writes each certificate of all witnesses and renewals once', async (at) => {
    at.write('signed', encodeStatement(renewedBy(signed, another, { host: 'other.test' })))
    const { stdout } = await at.run(['export', '--certificates', 'signed', '--ca', 'ca.pem'])
    assert.equal(new Set(fingerprints(stdout)).size, 4)
    assert.equal(fingerprints(stdout).length, 4)
    assert.match(
      stdout,
      /\n# witness example\.test:443, trust anchor\n# renewal 0, witness other\.test:443, trust anchor\n# subject CN=Test Root\n/,
    )
    assert.match(stdout, /\n# renewal 0, witness other\.test:443, end entity\n/)
  })

  run(
    'writes what openssl accepts at the time of signing',
    async (at) => {
      const args = ['export', '--certificates', 'signed', '-o', 'path.pem', '--ca', 'ca.pem']
      const { stdout, stderr, code } = await at.run(args)
      assert.match(stdout, /^ {2}written {7}path\.pem, \d+ bytes\n$/)
      assert.equal(stderr, '')
      assert.equal(code, 0)
      const blocks = at.read('path.pem').split('\n\n')
      assert.equal(blocks.length, 3)
      for (const [i, name] of ['own', 'between', 'root'].entries()) {
        at.write(`${name}.pem`, blocks[i] ?? '')
      }
      const verify = (root: string, time: number): string =>
        execFileSync(
          'openssl',
          [
            'verify',
            '-x509_strict',
            '-purpose',
            'sslserver',
            '-attime',
            `${time}`,
            '-no-CApath',
            '-CAfile',
            root,
            '-untrusted',
            'path.pem',
            'own.pem',
          ],
          { cwd: at.folder, encoding: 'utf8', stdio: 'pipe' },
        )
      assert.equal(verify('root.pem', TIME), 'own.pem: OK\n')
      assert.throws(() => verify('root.pem', TIME + 180 * 86_400), /has expired/)
      at.write('other.pem', mintCertificate({ subject: 'Other', ca: true }).pem)
      assert.throws(() => verify('other.pem', TIME))
    },
    { skip: missing('openssl') },
  )

  run('is what verify --ca takes, when the root is what is missing', async (at) => {
    const trusting = ['verify', 'signed', '--witness', HOST, '--verbose']
    const missing = await at.run(trusting)
    assert.match(
      missing.stdout,
      /^failed {2}.*it leads to CN=Test Root \(SHA-256 [0-9a-f]{64}\), which the signer trusted, but/,
    )
    const sha256 = fingerprint(pki.root.der)
    assert.deepEqual(missing.stderr.split('\n'), [
      'no file was compared, because the statement fails by itself',
      `hint: get the root CN=Test Root from a source that you trust (its SHA-256 is ${sha256}), and give it with --ca FILE`,
      'hint: to see the root that the signer used: tls-stamp export --certificates signed',
      '',
    ])
    assert.equal(missing.code, 1)
    await at.run(['export', '--certificates', 'signed', '-o', 'path.pem'])
    const root = at.read('path.pem').split('\n\n').at(-1) ?? ''
    assert.match(root, new RegExp(`\\n# SHA-256 ${sha256}\\n`))
    at.write('root.pem', root)
    const { stdout, code } = await at.run([...trusting, '--ca', 'root.pem'])
    assert.match(stdout, /^passed /)
    assert.equal(code, 0)
  })

  run('lets no name act on a terminal or pass for a block of its own', async (at) => {
    const block = `-----BEGIN CERTIFICATE-----\n${'A'.repeat(64)}\n-----END CERTIFICATE-----`
    const hostile = mintCertificate({
      subject: [['O', `evil\u001b[2J\n${block}\n\u202e`]],
      issuer: pki.intermediate,
      dnsNames: [HOST],
    })
    const rounds = roundsAt(endEntity(hostile, pki.intermediate))
    at.write('signed', encodeStatement(makeStatement({ subjects: SUBJECTS, rounds })))
    const { stdout } = await at.run(['export', '--certificates', 'signed', '--ca', 'ca.pem'])
    assert.deepEqual(
      fingerprints(stdout),
      [hostile.der, pki.intermediate.der, pki.root.der].map(fingerprint),
    )
    assert.doesNotMatch(stdout, /[^\n\x20-\x7e]/)
    assert.equal(stdout.match(/-----BEGIN/g)?.length, 3)
  })

  run('refuses a statement without a certificate to show', async (at) => {
    const [round] = plain.rounds
    assert.ok(round)
    const broken = { ...round, certificate: Uint8Array.of(11, 0, 0, 0) }
    at.write('signed', encodeStatement({ ...plain, rounds: [broken] }))
    await refuse(at, ['--certificates', 'signed'], /: no round of signed holds a certificate\n/)
  })
})

describe('export --in-toto', { concurrency: 6 }, () => {
  run('writes an in-toto Statement, which verify and inspect read too', async (at) => {
    const { stdout, stderr, code } = await at.run(['export', '--in-toto', 'signed'])
    assert.deepEqual(decodeInToto(new TextEncoder().encode(stdout)), signed)
    assert.equal(stderr, '')
    assert.equal(code, 0)
    at.write('in-toto', JSON.stringify(JSON.parse(stdout), null, '\t'))
    const trust = ['--ca', 'ca.pem', '--witness', HOST]
    const verified = await at.run(['verify', 'in-toto', 'doc.txt', ...trust])
    const original = await at.run(['verify', 'signed', 'doc.txt', ...trust])
    assert.match(verified.stdout, /^passed /)
    assert.deepEqual(verified, original)
    const inspected = await at.run(['inspect', 'in-toto'])
    assert.match(inspected.stdout, /example\.test/)
    assert.equal(inspected.code, 0)
    const again = await at.run(['export', '--in-toto', 'in-toto'])
    assert.equal(again.stdout, stdout)
  })

  run('is refused by verify when its subjects are not those that were signed', async (at) => {
    const { stdout } = await at.run(['export', '--in-toto', 'signed'])
    at.write('in-toto', stdout.replace('"name": "doc.txt", "digest"', '"name": "evil", "digest"'))
    const { stderr, code } = await at.run(['verify', 'in-toto', 'doc.txt'])
    assert.match(stderr, /error: in-toto is not a signed statement: .*expected subject\[0\] to be /)
    assert.equal(code, 2)
  })

  run('writes to a file, never over one without --force', async (at) => {
    const args = ['--in-toto', 'signed', '-o', 'out.json']
    const { stdout, code } = await at.run(['export', ...args, '--json'])
    assert.deepEqual(JSON.parse(stdout), { output: 'out.json', size: at.read('out.json').length })
    assert.equal(code, 0)
    await refuse(at, args, /error: out\.json exists already\nhint: .*--force\n/)
    assert.equal((await at.run(['export', ...args, '--force'])).code, 0)
  })

  run('takes - for standard output', async (at) => {
    const { stdout } = await at.run(['export', '--in-toto', 'signed', '-o', '-'])
    assert.match(stdout, /^\{\n {2}"_type": /)
  })
})

describe('export', { concurrency: 6 }, () => {
  run('refuses arguments that do not go together', async (at) => {
    const forms =
      /error: expected one of --toytls PATH, --in-toto and --certificates, and STATEMENT\n/
    for (const args of [
      [],
      ['signed'],
      ['--in-toto'],
      ['--in-toto', 'signed', 'plain'],
      ['--in-toto', '--certificates', 'signed'],
      ['--in-toto', '--toytls', 'x', 'signed'],
    ]) {
      await refuse(at, args, forms)
    }
    await refuse(
      at,
      ['--toytls', 'x', '-o', 'y', 'signed'],
      /error: --output is not for --toytls\n/,
    )
    await refuse(at, ['--in-toto', '--ca', 'y', 'signed'], /error: --ca is not for --in-toto\n/)
    await refuse(
      at,
      ['--in-toto', '--json', 'signed'],
      /expected --json with --in-toto only together with -o FILE/,
    )
    await refuse(at, ['--in-toto=yes', 'signed'], /expected --in-toto without a value\n/)
    await refuse(at, ['--in-toto', 'nothing'], /error: nothing: no such file or directory\n/)
    await refuse(at, ['--certificates', 'doc.txt'], /doc\.txt is not a signed statement: /)
  })
})
