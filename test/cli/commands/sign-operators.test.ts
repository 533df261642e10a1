// sign and renew without HOST: the hosts of the built-in list, on loopback, behind a proxy, as a user types it.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  ERROR_LINES,
  type Outcome,
  openWorkspace,
  type Workspace,
} from '../../support/harness/command-line.ts'
import {
  answer,
  hangsUp,
  inTurn,
  silent,
  startHostileServer,
  trueTime,
} from '../../support/servers/hostile-server.ts'
import {
  asMicrosoft,
  type Behaviour,
  certified,
  endEntityOf,
  type KnownHosts,
  startKnownHosts,
} from '../../support/servers/known-hosts.ts'
import { missing, startNodeServer } from '../../support/servers/servers.ts'

interface Typed {
  readonly at: Workspace
  readonly hosts: KnownHosts
  /** Runs a line of words by the proxy, with the test's trust anchor. */
  readonly run: (line: string) => Promise<Outcome>
  /** Runs a line of words that asks nobody. */
  readonly offline: (line: string) => Promise<Outcome>
}

function given(
  name: string,
  behaviours: Readonly<Record<string, Behaviour>>,
  body: (typed: Typed) => Promise<void>,
): void {
  test(name, () => withTyped(behaviours, body))
}

async function withTyped(
  behaviours: Readonly<Record<string, Behaviour>>,
  body: (typed: Typed) => Promise<void>,
): Promise<void> {
  await using hosts = await startKnownHosts(behaviours)
  const at = openWorkspace({ 'doc.txt': 'some text\n', 'ca.pem': hosts.ca })
  const offline = (line: string) => at.run([...line.split(' '), '--ca', 'ca.pem'])
  const proxy = `http://${hosts.proxy.host}:${hosts.proxy.port}`
  try {
    await body({ at, hosts, run: (line) => offline(`${patient(line)} --proxy ${proxy}`), offline })
  } finally {
    at.remove()
  }
}

/** With more time than servers take on a busy machine, unless the line says how long to wait for those that do not answer. */
function patient(line: string): string {
  return line.includes('--timeout') ? line : `${line} --timeout 60`
}

/** With less time, but still more than by default. */
const IMPATIENT = 'sign doc.txt --timeout 15'

/** What sign says of the witnesses: operator and host. */
function signers({ stdout }: Outcome): string[] {
  const [, signed = ''] = /^ {2}signed by {5}(.*)$/m.exec(stdout.replace(/\n {16}/g, ' ')) ?? []
  return [...signed.matchAll(/(\w+) ([\w.]+):443/g)].map(
    ([, operator, host]) => `${operator} ${host}`,
  )
}

const ALL = [
  'Google www.google.com',
  'Microsoft www.bing.com',
  'Cloudflare www.cloudflare.com',
  'Dropbox d.dropbox.com',
]
const OTHERS = ALL.filter((each) => !each.startsWith('Cloudflare'))

/** Signed by these, with these left out, and verified as it says at its end. */
async function assertSigned(
  { at, run, offline }: Typed,
  line: string,
  expected: { readonly signers: readonly string[]; readonly left?: readonly RegExp[] },
): Promise<Outcome> {
  const files = at.list()
  const outcome = await run(line)
  const { stdout, stderr, code } = outcome
  assert.equal(code, 0, stderr)
  assert.deepEqual(signers(outcome), expected.signers)
  const left = stderr.split('\n').filter((each) => each.startsWith('left out: '))
  const { left: reasons = [] } = expected
  assert.equal(left.length, reasons.length, stderr)
  for (const [i, reason] of reasons.entries()) assert.match(left[i] ?? '', reason)
  assert.deepEqual(at.list(), [...files, 'doc.txt.tls-stamp'].sort())
  assert.match(stdout, /\n {2}written {7}doc\.txt\.tls-stamp, \d+ bytes\n/)
  assert.match(stdout, /\n {2}verify {8}tls-stamp verify doc\.txt\.tls-stamp --ca ca\.pem\n$/)
  const verified = await offline('verify doc.txt.tls-stamp')
  assert.match(verified.stdout, /^passed {2}the subject existed no later than /)
  assert.equal(verified.code, 0)
  const named = expected.signers.map((each) => each.replace(/ (.*)/, ' ($1)'))
  const all = named.join(', ').replace(/, ([^,]*)$/, ' and $1')
  const who = named.length === 1 ? ` only ${all} says so ` : ` ${all} say so `
  assert.ok(verified.stdout.replace(/\s+/g, ' ').includes(who), verified.stdout)
  return outcome
}

/** An error of one line and at most two hints, with nothing written. */
async function assertRefused({ at, run }: Typed, line: string, code: number, error: RegExp) {
  const files = at.list()
  const outcome = await run(line)
  assert.match(outcome.stderr, ERROR_LINES)
  assert.match(outcome.stderr, error)
  assert.equal(outcome.stdout, '')
  assert.equal(outcome.code, code)
  assert.deepEqual(at.list(), files)
}

const [CLOUDFLARE, OTHER_CLOUDFLARE] = ['www.cloudflare.com', 'api.cloudflareclient.com'] as const

/** Both of Cloudflare's hosts. */
function bothOfCloudflare(script: (host: string) => Behaviour): Record<string, Behaviour> {
  return {
    [CLOUDFLARE]: script(CLOUDFLARE),
    [OTHER_CLOUDFLARE]: script(OTHER_CLOUDFLARE),
  }
}

/** An answer at a clock that is so many seconds off. */
function off(seconds: number): (host: string) => Behaviour {
  return (host) => answer({ endEntity: endEntityOf(host), clock: () => trueTime() + seconds })
}

describe('sign without HOST', { skip: missing('bun'), concurrency: 3 }, () => {
  given('asks one host of each operator, in one chain, three rounds each', {}, async (typed) => {
    const { stderr } = await assertSigned(typed, 'sign doc.txt', { signers: ALL })
    assert.equal(stderr, '')
    const { rounds } = JSON.parse(typed.at.read('doc.txt.tls-stamp'))
    const turn = ALL.map((each) => each.split(' ')[1])
    assert.deepEqual(
      rounds.map(({ host }: { host: string }) => host),
      [...turn, ...turn, ...turn],
    )
    const bing = rounds.find(({ host }: { host: string }) => host === 'www.bing.com')
    assert.ok(bing.certificateStatus, 'Microsoft staples')
    assert.match(
      (await typed.offline('verify doc.txt.tls-stamp --quorum 4 --verbose')).stdout,
      /rsa_pkcs1_sha256 over secp384r1/,
    )
  })

  given('works by HOST PORT as ever, word for word', {}, async ({ at, run, offline, hosts }) => {
    const signed = await run('sign www.google.com 443 doc.txt')
    assert.match(signed.stdout, /^signed: doc\.txt, existed no later than /)
    assert.match(signed.stdout, /\n {2}written {7}signed_statement, \d+ bytes\n/)
    assert.equal(signed.stderr, '')
    assert.equal(signed.code, 0)
    assert.deepEqual(at.list(), ['ca.pem', 'doc.txt', 'signed_statement'])
    assert.deepEqual([...new Set(hosts.asked())], ['www.google.com'])
    const { stdout, code } = await offline('verify signed_statement')
    assert.match(
      stdout,
      /^passed {2}the subject existed no later than .*\n +only Google .* says so/,
    )
    assert.equal(code, 0)
  })

  given(
    'leaves out an operator that is down',
    bothOfCloudflare(() => 'unreachable'),
    async (typed) => {
      await assertSigned(typed, 'sign doc.txt', {
        signers: OTHERS,
        left: [
          /^left out: Cloudflare, www\.cloudflare\.com port 443: .* 502 Bad Gateway$/,
          /^left out: Cloudflare, api\.cloudflareclient\.com port 443: .* 502 Bad Gateway$/,
        ],
      })
    },
  )

  given(
    'leaves out one that does not answer',
    bothOfCloudflare(() => silent),
    async (typed) => {
      const left = [/www\.cloudflare\.com port 443: .* did not answer in time$/, /api\..* in time$/]
      await assertSigned(typed, IMPATIENT, { signers: OTHERS, left })
    },
  )

  given(
    'leaves out one that is very slow',
    bothOfCloudflare((host) => answer({ endEntity: endEntityOf(host), delay: 60_000 })),
    async (typed) => {
      const left = [/cloudflare\.com .* in time$/, /cloudflareclient\.com .* in time$/]
      await assertSigned(typed, IMPATIENT, { signers: OTHERS, left })
    },
  )

  given(
    'takes another host of the operator for one that is down',
    { [CLOUDFLARE]: 'unreachable', 'www.google.com': silent },
    async (typed) => {
      await assertSigned(typed, IMPATIENT, {
        signers: [
          'Google clients3.google.com',
          'Microsoft www.bing.com',
          `Cloudflare ${OTHER_CLOUDFLARE}`,
          'Dropbox d.dropbox.com',
        ],
        left: [/Google, www\.google\.com port 443: .* in time$/, /Cloudflare, www.* 502 /],
      })
    },
  )

  test('leaves out one that shows no clock, as OpenSSL does', async () => {
    await using openssl = await startNodeServer(
      [CLOUDFLARE, OTHER_CLOUDFLARE].map((host) => ({
        endEntity: endEntityOf(host),
        maxVersion: 'TLSv1.2' as const,
      })),
    )
    const [port = 0, other = 0] = openssl.ports
    const behaviours = { [CLOUDFLARE]: { port }, [OTHER_CLOUDFLARE]: { port: other } }
    await withTyped(behaviours, async (typed) => {
      const no = /port 443: the server shows no clock: it sent .* UTC as the time$/
      await assertSigned(typed, 'sign doc.txt', { signers: OTHERS, left: [no, no] })
    })
  })

  given('leaves out one that is an hour off', bothOfCloudflare(off(3700)), async (typed) => {
    const reason =
      /the server's clock shows .* UTC, 3\d{3} seconds ahead of this machine's clock, .*; the limit is 3600 seconds/
    await assertSigned(typed, 'sign doc.txt', { signers: OTHERS, left: [reason, reason] })
  })

  given(
    'leaves out one that contradicts the others',
    bothOfCloudflare(off(-1800)),
    async (typed) => {
      const reason = /a witness's clock contradicts those of the others: /
      await assertSigned(typed, 'sign doc.txt', { signers: OTHERS, left: [reason, reason] })
    },
  )

  given(
    'leaves out one with a certificate for another host',
    bothOfCloudflare(() => answer({ endEntity: certified('www.example.test') })),
    async (typed) => {
      const reason = /the certificate does not name the host/
      await assertSigned(typed, 'sign doc.txt', { signers: OTHERS, left: [reason, reason] })
    },
  )

  for (const [how, ending] of [
    ['hangs up', hangsUp('reset')],
    ['falls silent', silent],
  ] as const) {
    const dying = (host: string): Behaviour => {
      const good = answer({ endEntity: endEntityOf(host) })
      return inTurn(good, good, ending)
    }
    given(
      `goes on without one that ${how} in the middle`,
      bothOfCloudflare(dying),
      async (typed) => {
        const reason =
          ending === silent
            ? /cloudflare.* more than .* seconds$/
            : /cloudflare.*: .* closed the connection /
        await assertSigned(typed, IMPATIENT, { signers: OTHERS, left: [reason, reason] })
      },
    )

    given(
      `takes another host for one that ${how} in the middle`,
      { 'www.bing.com': inTurn(asMicrosoft('www.bing.com'), asMicrosoft('www.bing.com'), ending) },
      async (typed) => {
        const signers = ALL.map((each) => each.replace('www.bing.com', 'login.live.com'))
        await assertSigned(typed, IMPATIENT, { signers, left: [/Microsoft, www\.bing\.com /] })
      },
    )
  }

  given(
    'says so when one operator alone signs, and refuses that for a quorum of two',
    {
      ...bothOfCloudflare(() => 'unreachable'),
      'www.bing.com': 'unreachable',
      'login.live.com': 'unreachable',
      'd.dropbox.com': 'unreachable',
    },
    async (typed) => {
      const needed =
        /^tls-stamp: error: only 1 of the 2 required witnesses can sign: Microsoft \(www\.bing\.com\): .* 502 Bad Gateway; Cloudflare /
      await assertRefused(typed, 'sign doc.txt --quorum 2', 2, needed)
      const left = [
        /Microsoft, www/,
        /Microsoft, login/,
        /Cloudflare, www/,
        /Cloudflare, api/,
        /Dropbox/,
      ]
      const { stderr } = await assertSigned(typed, 'sign doc.txt', {
        signers: ['Google www.google.com'],
        left,
      })
      assert.match(stderr, /hint: one operator alone signed, /)
    },
  )

  given('names the proxy that is gone, once', {}, async (typed) => {
    await typed.hosts.proxy.stop()
    const { port } = typed.hosts.proxy
    const gone = new RegExp(
      `^tls-stamp: error: no witness on the built-in list can sign: proxy 127\\.0\\.0\\.1:${port} refused the connection\n`,
    )
    await assertRefused(typed, 'sign doc.txt', 2, gone)
  })
})

describe('sign without HOST writes', { skip: missing('bun'), concurrency: 3 }, () => {
  given('signed_statement for several files, a list or a digest', {}, async ({ at, run }) => {
    at.write('443', 'a file that is called like a port\n')
    const digest = 'ab'.repeat(32)
    at.write('SHA256SUMS', `${digest}  app.js\n`)
    for (const [line, names] of [
      ['sign doc.txt 443', ['doc.txt', '443']],
      ['sign --sums SHA256SUMS', ['app.js']],
      [`sign --digest ${digest}`, [digest]],
      ['sign --recursive .', ['443', 'SHA256SUMS', 'ca.pem', 'doc.txt']],
    ] as const) {
      const outcome = await run(`${line} --force`)
      assert.equal(outcome.code, 0, outcome.stderr)
      assert.deepEqual(signers(outcome), ALL)
      const { subjects } = JSON.parse(at.read('signed_statement'))
      assert.deepEqual(
        subjects.map((subject: string) => subject.slice(66)),
        names,
        line,
      )
    }
    assert.equal((await run('sign SHA256SUMS ./443 -o two')).code, 0)
    const wanted = ['443', 'SHA256SUMS', 'ca.pem', 'doc.txt', 'signed_statement', 'two']
    assert.deepEqual(at.list(), wanted)
  })

  given('beside the one file, whatever it is', {}, async ({ at, run }) => {
    at.write('SHA256SUMS', `${'ab'.repeat(32)}  app.js\n`)
    assert.equal((await run(`sign ${at.path('SHA256SUMS')}`)).code, 0)
    assert.ok(at.exists('SHA256SUMS.tls-stamp'))
    const { stderr, code } = await run('sign SHA256SUMS')
    assert.match(stderr, /^tls-stamp: error: SHA256SUMS\.tls-stamp exists already\n/)
    assert.equal(code, 2)
    const kept = await run('sign SHA256SUMS --if-missing')
    assert.match(kept.stdout, /^kept: SHA256SUMS\.tls-stamp, /)
    assert.equal(kept.code, 0)
  })

  given('by one witness when HOST and PORT stand beside a list', {}, async ({ at, run, hosts }) => {
    at.write('SHA256SUMS', `${'ab'.repeat(32)}  app.js\n`)
    assert.equal((await run('sign www.google.com 443 --sums SHA256SUMS')).code, 0)
    assert.ok(at.exists('signed_statement'))
    assert.deepEqual([...new Set(hosts.asked())], ['www.google.com'])
  })
})

describe('without HOST', { skip: missing('bun'), concurrency: 3 }, () => {
  given('--window is refused with a reason', {}, async (typed) => {
    await assertRefused(typed, 'sign doc.txt --window', 2, /expected HOST and PORT with --window\n/)
    assert.deepEqual(typed.hosts.asked(), [])
  })

  test('--guard and --witness sign with the operators', async () => {
    await using others = await startNodeServer([
      { endEntity: certified('guard.test'), minVersion: 'TLSv1.3' },
    ])
    await using own = await startHostileServer(answer({ endEntity: certified('own.test') }))
    const more = { 'guard.test': { port: others.port }, 'own.test': { port: own.port } }
    await withTyped(more, async ({ at, run, offline }) => {
      const outcome = await run('sign doc.txt --guard guard.test --witness own.test')
      assert.equal(outcome.code, 0, outcome.stderr)
      assert.deepEqual(signers(outcome), ALL)
      assert.match(outcome.stdout, /own\.test:443\n {2}guarded by {4}guard\.test:443\n/)
      const [, printed = ''] = /\n {2}verify\s+(tls-stamp .*)$/s.exec(outcome.stdout) ?? []
      const command = printed.replace(/ \\\n */g, ' ').trim()
      const names = [...ALL.map((each) => each.split(' ')[1]), 'own.test', 'guard.test']
      const accepted = names.map((host) => `--witness ${host}`).join(' ')
      assert.equal(command, `tls-stamp verify doc.txt.tls-stamp --ca ca.pem ${accepted}`)
      const words = command.replace(/^tls-stamp | --ca ca\.pem/g, '')
      const verified = await offline(`${words} --quorum 5 --guards 1`)
      assert.match(verified.stdout, /^passed /)
      assert.equal(JSON.parse(at.read('doc.txt.tls-stamp')).rounds.length, 16)
    })
  })

  given(
    '--json has the operators that were left out',
    bothOfCloudflare(() => 'unreachable'),
    async ({ run }) => {
      const { output, dropped, report } = JSON.parse((await run('sign doc.txt --json')).stdout)
      assert.equal(output, 'doc.txt.tls-stamp')
      assert.equal(report.independent, 3)
      assert.deepEqual(
        dropped.map(({ host, operator, code }: Record<string, unknown>) => [host, operator, code]),
        [
          [CLOUDFLARE, 'Cloudflare', 'proxy'],
          [OTHER_CLOUDFLARE, 'Cloudflare', 'proxy'],
        ],
      )
    },
  )

  given(
    'renew asks the operators, those first that have not signed',
    {},
    async ({ at, run, offline }) => {
      assert.equal((await run('sign www.google.com 443 doc.txt')).code, 0)
      const renewed = await run('renew signed_statement')
      assert.equal(renewed.code, 0, renewed.stderr)
      assert.deepEqual(signers(renewed), [...ALL.slice(1), ...ALL.slice(0, 1)])
      assert.equal(renewed.stderr, '')
      assert.equal(JSON.parse(at.read('signed_statement')).renewals[0].rounds.length, 12)
      const { stdout, code } = await offline('verify signed_statement')
      assert.match(stdout, /^passed /)
      assert.equal(code, 0)
      const { stderr } = await run('renew signed_statement www.google.com')
      assert.match(stderr, /^tls-stamp: error: expected STATEMENT, or STATEMENT, HOST and PORT\n/)
    },
  )

  given(
    'renew needs as many operators as signed, and leaves the statement as it was',
    {
      'd.dropbox.com': inTurn(
        ...Array(4).fill(answer({ endEntity: endEntityOf('d.dropbox.com') })),
        hangsUp('reset'),
      ),
    },
    async ({ at, run }) => {
      assert.equal((await run('sign doc.txt')).code, 0)
      const before = at.read('doc.txt.tls-stamp')
      const { stderr, code } = await run('renew doc.txt.tls-stamp')
      assert.match(
        stderr,
        /^tls-stamp: error: only 3 of the 4 required witnesses can sign: Dropbox /,
      )
      assert.equal(code, 2)
      assert.equal(at.read('doc.txt.tls-stamp'), before)
      const renewed = await run('renew doc.txt.tls-stamp --quorum 3')
      assert.match(renewed.stderr, /^left out: Dropbox, d\.dropbox\.com port 443: /)
      assert.equal(renewed.code, 0)
    },
  )
})
