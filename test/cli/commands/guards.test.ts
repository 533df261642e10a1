// Guards and windows, as a user types them: BoringSSL with its clock, and servers that speak TLS 1.3 alone.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ERROR_LINES, openWorkspace, type Workspace } from '../../support/harness/command-line.ts'
import { endEntity } from '../../support/make/end-entity.ts'
import { mintCertificate, mintTestPki } from '../../support/make/mint.ts'
import {
  type ListenerServer,
  missing,
  startBunServer,
  startNodeServer,
} from '../../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: [] })
const hosts = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1', '::1'] }
const DAY = 86_400_000

function issue(notAfter?: Date) {
  const { intermediate: issuer } = pki
  const own = { subject: 'localhost', issuer, ...hosts, ...(notAfter && { notAfter }) }
  return endEntity(mintCertificate(own), issuer)
}

const only13 = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } as const

let clocks: ListenerServer
let others: ListenerServer
let [clock, guard, shortGuard, only12] = [0, 0, 0, 0]

before(async () => {
  if (missing('bun')) return
  clocks = await startBunServer({ endEntity: issue(), maxVersion: 'TLSv1.2' })
  others = await startNodeServer([
    { endEntity: issue(), ...only13 },
    { endEntity: issue(new Date(Date.now() + 10.5 * DAY)), ...only13 },
    { endEntity: issue(), maxVersion: 'TLSv1.2' },
  ])
  clock = clocks.port
  ;[guard, shortGuard, only12] = others.ports as [number, number, number]
})

after(async () => {
  await clocks?.stop()
  await others?.stop()
})

interface Typed {
  readonly at: Workspace
  /** Runs a line of words, with the test's trust anchor. */
  readonly run: (line: string) => ReturnType<Workspace['run']>
}

function given(name: string, body: (typed: Typed) => Promise<void>): void {
  test(name, async () => {
    const at = openWorkspace({ 'doc.txt': 'some text\n', 'ca.pem': pki.root.pem })
    try {
      await body({ at, run: (line) => at.run([...line.split(' '), '--ca', 'ca.pem']) })
    } finally {
      at.remove()
    }
  })
}

function firstLines(text: string, count: number): string {
  return text.split('\n').slice(0, count).join('\n')
}

const ACCEPT = '--witness localhost --witness 127.0.0.1'

describe('sign --guard', { skip: missing('bun'), concurrency: 4 }, () => {
  given('has a server of TLS 1.3 sign in between, and says so', async ({ run }) => {
    const { stdout, stderr, code } = await run(
      `sign localhost ${clock} doc.txt --guard 127.0.0.1:${guard} --verbose`,
    )
    assert.equal(stderr, '')
    assert.equal(code, 0)
    const lines = stdout.split('\n').slice(2, 7)
    assert.match(lines[0] ?? '', /^ {2}witness {7}localhost:\d+, P-256 key, /)
    assert.match(lines[1] ?? '', /^ {2}clock {9}corroborated by 3 rounds; /)
    assert.equal(
      lines[2],
      `  guard         127.0.0.1:${guard}, P-256 key, ecdsa_sha256 over x25519`,
    )
    assert.deepEqual(lines.slice(3), [
      '  clock         none: TLS 1.3 signatures contain no time',
      '  window        2020-01-01 00:00:00 UTC to 2040-01-01 00:00:00 UTC',
    ])
  })

  given('makes what verify --guards asks for', async ({ run }) => {
    await run(`sign localhost ${clock} doc.txt --guard 127.0.0.1:${guard}`)
    const one = await run(`verify signed_statement --verbose --guards 1 ${ACCEPT}`)
    assert.equal(one.code, 0)
    assert.match(
      one.stdout,
      /^passed {2}the subject existed no later than 20\d\d-.* UTC\n {8}only the holder of the key certified for localhost says so\n {8}the guard 127\.0\.0\.1 signed too: nobody can show a time before 2020-01-01 without its key as well\n/,
    )
    assert.match(one.stdout, /\nguard 127\.0\.0\.1:\d+\n {2}counts {8}yes\n/)
    assert.match(one.stdout, /; guards: 1 of 1 requested\n/)
    const two = await run(`verify signed_statement --verbose --guards 2 ${ACCEPT}`)
    assert.match(
      two.stdout,
      /^indeterminate {2}too few independent guards count: 1 of 2 requested\n/,
    )
    assert.equal(two.code, 1)
    const stranger = await run('verify signed_statement --guards 1 --witness localhost')
    assert.match(stranger.stdout, /^indeterminate {2}/)
    assert.match(stranger.stderr, /say so with --witness 127\.0\.0\.1\n/)
    assert.equal((await run('verify signed_statement --witness localhost')).code, 0)
  })

  given('has guards and windows in the JSON', async ({ run }) => {
    const signed = await run(`sign localhost ${clock} doc.txt --guard 127.0.0.1:${guard} --json`)
    const { report } = JSON.parse(signed.stdout)
    assert.equal(report.guards, 1)
    assert.equal(report.witnesses[0].clock, 'corroborated')
    assert.equal(report.witnesses[1].clock, 'none')
    assert.equal(report.witnesses[1].expectedTries, null)
    assert.deepEqual(report.witnesses[1].rounds, [
      {
        serverTime: null,
        window: { notBefore: '2020-01-01T00:00:00.000Z', notAfter: '2040-01-01T00:00:00.000Z' },
        scheme: 'ecdsa_sha256',
        group: 'x25519',
      },
    ])
  })

  given(
    'refuses a guard that speaks no TLS 1.3 or is not there, by its name',
    async ({ at, run }) => {
      const old = await run(`sign localhost ${clock} doc.txt --guard 127.0.0.1:${only12}`)
      assert.match(
        old.stderr,
        /^tls-stamp: error: guard 127\.0\.0\.1 port \d+: the server must speak TLS 1\.3: the server sent alert protocol_version\(70\)\nhint: [^\n]*tls-stamp probe/,
      )
      assert.equal(old.code, 2)
      const none = await run(`sign localhost ${clock} doc.txt --guard 127.0.0.1:1 --retries 0`)
      assert.match(none.stderr, /^tls-stamp: error: guard 127\.0\.0\.1:1 refused /)
      assert.equal(none.code, 2)
      assert.equal(at.exists('signed_statement'), false)
    },
  )

  given('is told as a guard in the summary of GitHub Actions', async ({ at }) => {
    const line = `sign localhost ${clock} doc.txt --guard 127.0.0.1:${guard} --ca ca.pem`
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: at.path('summary.md') }
    await at.run(line.split(' '), { env })
    assert.match(
      at.read('summary.md'),
      /\nwitness localhost:\d+, corroborated\nguard 127\.0\.0\.1:\d+, no clock\n/,
    )
  })

  given('leaves an output alone that has the guards already', async ({ run }) => {
    const line = `sign localhost ${clock} doc.txt --guard 127.0.0.1:${guard}`
    await run(`sign localhost ${clock} doc.txt`)
    const missed = await run(`${line} --if-missing`)
    assert.match(missed.stderr, /cannot be kept: too few independent guards/)
    await run(`${line} --force`)
    const kept = await run(`${line} --if-missing`)
    assert.match(kept.stdout, /^kept: signed_statement, /)
    assert.equal(kept.code, 0)
  })

  given('makes a statement that is due when the guard is', async ({ run }) => {
    await run(`sign localhost ${clock} doc.txt --guard 127.0.0.1:${shortGuard}`)
    const stranger = await run('status signed_statement --guards 1 --witness localhost')
    assert.match(stranger.stderr, /^hint: [^\n]* guard[^\n]* --witness 127\.0\.0\.1\n/)
    const { stdout, code } = await run(`status signed_statement ${ACCEPT} --guards 1`)
    assert.match(stdout, /^due {2}.*, 10 days left: CN=localhost of 127\.0\.0\.1:\d+\n/)
    assert.equal(code, 1)
  })

  given('stands beside a witness named in one word, in whatever way', async ({ run }) => {
    const named = await run(`sign localhost:${clock} doc.txt --witness localhost:${clock} -o named`)
    assert.equal(named.code, 0, named.stderr)
    const url = await run(`sign https://localhost:${clock}/ doc.txt -o url`)
    assert.equal(url.code, 0, url.stderr)
    const verified = await run(`verify url doc.txt --witness localhost:${clock}`)
    assert.match(verified.stdout, /^passed/)
  })

  given('is an option of renew as well, which says when guards are missing', async ({ run }) => {
    await run(`sign localhost ${clock} doc.txt --guard 127.0.0.1:${guard}`)
    const spoiling = await run(`renew signed_statement localhost ${clock}`)
    assert.match(
      spoiling.stderr,
      /signed_statement has 1 guard: expected at least as many to renew it in place/,
    )
    assert.equal(spoiling.code, 2)
    const without = await run(`renew signed_statement localhost:${clock} -o without`)
    assert.match(
      without.stderr,
      /hint: verify --guards 1 requires as many guards in each renewal: /,
    )
    const renewed = await run(
      `renew signed_statement localhost ${clock} --guard 127.0.0.1:${guard} -o renewed`,
    )
    assert.match(renewed.stdout, /\n {2}guarded by {4}127\.0\.0\.1:/)
    assert.doesNotMatch(renewed.stderr, /--guard/)
    const verdicts = ['without', 'renewed'].map(
      async (path) => (await run(`verify ${path} doc.txt --guards 1 ${ACCEPT}`)).code,
    )
    assert.deepEqual(await Promise.all(verdicts), [1, 0])
  })
})

describe('sign --window', { skip: missing('bun'), concurrency: 4 }, () => {
  given('takes a server without a clock, for what its certificates say', async ({ run }) => {
    const signed = await run(`sign localhost ${guard} doc.txt --window --verbose`)
    assert.match(
      firstLines(signed.stdout, 1),
      /^signed: doc\.txt, existed no later than 2040-01-01 00:00:00 UTC, by certificates alone$/,
    )
    assert.match(signed.stdout, /\n {2}window {8}2020-01-01 00:00:00 UTC to 2040-/)
    assert.equal(signed.code, 0)
    const { stdout, code } = await run(
      'verify signed_statement --verbose --window --witness localhost',
    )
    assert.equal(
      firstLines(stdout, 1),
      'passed  the subject existed no later than 2040-01-01 00:00:00 UTC, when the certificate of localhost expired',
    )
    assert.match(stdout, /\n {2}clock {9}none: .*\n {2}window {8}2020-/)
    assert.doesNotMatch(stdout, /\n {2}times /)
    assert.equal(code, 0)
  })

  given('makes nothing that passes without being asked for', async ({ run }) => {
    await run(`sign localhost ${guard} doc.txt --window`)
    const { stdout, stderr, code } = await run('verify signed_statement --witness localhost')
    assert.match(stdout, /^indeterminate {2}no witness showed a clock, /)
    assert.match(stderr, /^hint: [^\n]*--window\n$/)
    assert.equal(code, 1)
    assert.equal((await run('status signed_statement --witness localhost')).code, 1)
    const asked = await run('status signed_statement --witness localhost --window')
    assert.match(asked.stdout, /^good {2}signed_statement {2}no later than 2040-/)
  })

  given('is what a server of TLS 1.3 alone is refused with', async ({ at, run }) => {
    const { stdout, stderr, code } = await run(`sign localhost ${guard} doc.txt`)
    assert.equal(stdout, '')
    assert.match(stderr, ERROR_LINES)
    assert.match(
      stderr,
      /^tls-stamp: error: witness localhost port \d+: the server speaks TLS 1\.3 only, /,
    )
    assert.match(stderr, /hint: [^\n]*--window\n/)
    assert.match(stderr, /hint: [^\n]*--guard /)
    assert.doesNotMatch(stderr, /--tls|--no-clock/)
    assert.equal(code, 2)
    assert.equal(at.exists('signed_statement'), false)
  })

  given('is an option of renew as well', async ({ run }) => {
    await run(`sign localhost ${clock} doc.txt`)
    const renewed = await run(`renew signed_statement 127.0.0.1 ${shortGuard} --window`)
    assert.match(renewed.stdout, /^renewed: .*\n {2}signed by {5}127\.0\.0\.1:/s)
    assert.equal(renewed.code, 0)
    assert.equal((await run(`verify signed_statement --verbose ${ACCEPT}`)).code, 1)
    assert.equal((await run(`verify signed_statement --verbose --window ${ACCEPT}`)).code, 0)
  })

  given('makes statements that are cut out and written as PEM like others', async ({ at, run }) => {
    at.write('other.txt', 'other text\n')
    await run(`sign localhost ${guard} doc.txt other.txt --window`)
    assert.equal((await at.run(['extract', 'signed_statement', 'doc.txt'])).code, 0)
    const line = 'verify doc.txt.tls-stamp doc.txt --window --witness localhost'
    assert.equal((await run(line)).code, 0)
    const pem = await run('export --certificates signed_statement -o path.pem')
    assert.equal(pem.code, 0)
    assert.match(at.read('path.pem'), /^# witness localhost:\d+, trust anchor$/m)
    const toytls = await at.run(['export', '--toytls', 'old', 'signed_statement'])
    assert.match(toytls.stderr, /: round 0 in signed_statement used TLS 1\.3, /)
    assert.equal(toytls.code, 2)
  })
})

describe('options that do not go together', () => {
  const SIGN = 'sign localhost 443 doc.txt'
  const mistakes: readonly (readonly [line: string, error: string])[] = [
    [`${SIGN} --window --guard x.test`, 'expected either --guard or --window'],
    [`${SIGN} --window --no-clock`, 'expected either --window or --no-clock'],
    [`${SIGN} --guard x.test --no-clock`, 'expected either --guard or --no-clock'],
    [`${SIGN} --window --tls 1.1`, 'expected --window without --tls 1.1'],
    [`${SIGN} --guard x.test --tls 1.0`, 'expected --guard without --tls 1.0'],
    [`${SIGN} --guard x.test --rounds 1`, 'expected at least --rounds 2 with --guard'],
    [`${SIGN} --guard x.test --rounds 32`, 'expected at most 32 rounds in all, got 33'],
    [`${SIGN} --quorum 2`, '--quorum 2 needs 2 witnesses, and only 1 is named'],
    [`${SIGN} --witness a.test --quorum 4`, '--quorum 4 needs 4 witnesses, and only 2 are named'],
    [
      `${SIGN} --quorum x.tls-stamp`,
      'expected --quorum to be a number from 1 to 32, got x.tls-stamp',
    ],
    [
      `${SIGN} --guard LOCALHOST:444`,
      'localhost is named twice: a host counts as one witness, whatever its port',
    ],
    [
      `${SIGN} --guard x.test:0`,
      'expected the port of --guard to be a number from 1 to 65535, got 0',
    ],
    ['renew s localhost 443 --window --guard x.test', 'expected either --guard or --window'],
    ['verify s --guards 0', 'expected --guards to be a number from 1 to 32, got 0'],
  ]
  for (const [line, error] of mistakes) {
    test(`refuses "${line}": ${error}`, async () => {
      const at = openWorkspace({ 'doc.txt': 'some text\n' })
      try {
        const { stderr, code } = await at.run(line.split(' '))
        assert.equal(stderr.split('\n')[0], `tls-stamp: error: ${error}`)
        assert.equal(code, 2)
      } finally {
        at.remove()
      }
    })
  }
})
