// tls-stamp probe, as a user types it.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { ERROR_LINES, openWorkspace, type Workspace } from '../../support/harness/command-line.ts'
import { mintTestPki } from '../../support/make/mint.ts'
import {
  type HostileServer,
  plainHttp,
  silent,
  startHostileServer,
} from '../../support/servers/hostile-server.ts'
import { takesOnly } from '../../support/servers/picky-script.ts'
import {
  type EndEntity,
  endEntities,
  missing,
  startBunServer,
  startNodeServer,
} from '../../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], ip: ['127.0.0.1'] })
const [endEntity] = endEntities(pki) as [EndEntity]

let at: Workspace
let clock: HostileServer
let noClock: HostileServer

before(async () => {
  at = openWorkspace({ 'doc.txt': 'some text\n', 'ca.pem': pki.root.pem })
  clock = await startHostileServer(takesOnly({ endEntity }))
  noClock = await startHostileServer(takesOnly({ endEntity, clock: () => undefined }))
})

after(async () => {
  at.remove()
  await clock.stop()
  await noClock.stop()
})

const PACE = ['--pause', '0']
const WHOLE = [...PACE, '--verbose']

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? ''
}

describe('probe', { concurrency: 6 }, () => {
  test('prints tables, and what to type last', async () => {
    const args = ['probe', 'localhost', `${clock.port}`, '--ca', 'ca.pem', ...WHOLE]
    const { stdout, stderr, code } = await at.run(args)
    const command = `tls-stamp sign localhost ${clock.port} FILE --ca ca.pem`
    assert.equal(lastLine(stdout), `this server can be a clock witness: ${command}`)
    assert.match(stdout, /^versions\n {2}TLS 1\.0 +refused +handshake_failure\(40\)\n/)
    assert.match(stdout, /\n {2}TLS 1\.2 +accepted\n/)
    assert.match(stdout, /\ncipher suites: 1 of 21 accepted\n/)
    assert.match(stdout, /\n {2}20 others +refused: handshake_failure\(40\)\n/)
    assert.match(
      stdout,
      /\n {2}ecdsa_sha256 +accepted\n {2}ecdsa_sha384 +not chosen +ecdsa_sha256\n/,
    )
    assert.match(stdout, /\n {2}x25519 +accepted\n/)
    assert.match(stdout, /\n {2}path +leads to a trust anchor and is valid now, \d+ days left\n/)
    assert.match(stdout, /\n {2}says +corroborated by 3 chained rounds, in step with /)
    assert.ok(!stdout.includes('\u001b'))
    const verify = 'tls-stamp verify signed_statement --witness localhost --ca ca.pem'
    assert.ok(stdout.includes(`\nto verify what it signs: ${verify}\n`))
    assert.match(stdout, /\nthis server cannot be a guard: it does not support TLS 1\.3\n/)
    assert.equal(stderr, '')
    assert.equal(code, 0)
  })

  test('answers first, and in ten lines of a terminal at most', async () => {
    await using guard = await startNodeServer({ endEntity, minVersion: 'TLSv1.3' })
    const cases: readonly (readonly [number, readonly RegExp[], readonly string[]])[] = [
      [
        clock.port,
        [
          /^localhost:\d+ can be a clock witness\nit cannot be a guard: it does not support TLS 1\.3\n/,
          /\n {2}clock +corroborated by 3 chained rounds, in step with this machine's\n/,
          /\n {2}path +valid, P-256 key: CN=localhost < CN=Test Intermediate < CN=Test\s+Root\n/,
          /\n {2}expires +20\d\d-\S+ \S+ UTC, \d+ days left\n/,
          /\n {2}sign +tls-stamp sign localhost \d+ FILE --ca ca\.pem\n$/,
        ],
        ['--ca', 'ca.pem'],
      ],
      [
        guard.port,
        [
          /^localhost:\d+ cannot be a clock witness: it supports only\s+TLS 1\.3, which shows\s+no clock\nit can be a guard\n/,
          /\n {2}as a guard\n {4}tls-stamp sign HOST PORT FILE --guard localhost:\d+(?: \\\n {5})? --ca ca\.pem\n$/,
        ],
        ['--ca', 'ca.pem'],
      ],
      [
        noClock.port,
        [
          /^localhost:\d+ cannot be a clock witness: it sends random bytes instead of the\s+time/,
          /\n {2}path +not valid, P-256 key: CN=localhost < CN=Test Intermediate\n/,
        ],
        [],
      ],
    ]
    for (const [port, expected, trust] of cases) {
      const { stdout } = await at.run(['probe', 'localhost', `${port}`, ...trust, ...PACE])
      const lines = stdout.trimEnd().split('\n')
      assert.ok(lines.length <= 10 && lines.every((line) => line.length <= 80), stdout)
      for (const form of expected) assert.match(stdout, form)
    }
  })

  test('prints nothing with --quiet, and answers by its exit code', async () => {
    for (const [{ port }, expected] of [
      [clock, 0],
      [noClock, 1],
    ] as const) {
      const args = [
        'probe',
        'localhost',
        `${port}`,
        '--ca',
        'ca.pem',
        '--quick',
        '--quiet',
        ...PACE,
      ]
      assert.deepEqual(await at.run(args), { stdout: '', stderr: '', code: expected })
    }
  })

  test('takes the server in one word as well, also as a browser has it', async () => {
    for (const word of [`localhost:${clock.port}`, `https://localhost:${clock.port}/`]) {
      const { stdout, code } = await at.run(['probe', word, '--quick', '--ca', 'ca.pem', ...WHOLE])
      const command = `tls-stamp sign localhost ${clock.port} FILE --ca ca.pem`
      assert.equal(lastLine(stdout), `this server can be a clock witness: ${command}`)
      assert.equal(code, 0)
    }
  })

  test('says what a server that speaks TLS 1.3 alone can be', async () => {
    await using server = await startNodeServer({ endEntity, minVersion: 'TLSv1.3' })
    const args = ['probe', 'localhost', `${server.port}`, '--ca', 'ca.pem', ...PACE]
    const { stdout, stderr, code } = await at.run([...args, '--verbose'])
    const alone = `tls-stamp sign localhost ${server.port} FILE --window --ca ca.pem`
    const guard = `tls-stamp sign HOST PORT FILE --guard localhost:${server.port} --ca ca.pem`
    const verdict = [
      `to sign with its TLS 1.3 certificate alone, without a clock: ${alone}`,
      `this server can be a guard: ${guard}`,
      'this server cannot be a clock witness: it supports only TLS 1.3, which shows no clock',
    ]
    assert.deepEqual(stdout.trimEnd().split('\n').slice(-3), verdict)
    assert.match(
      stdout,
      /\nTLS 1\.3 cipher suites: 3 of 5 accepted\n {2}TLS_AES_128_GCM_SHA256 +accepted\n/,
    )
    assert.match(
      stdout,
      /\nTLS 1\.3 signature schemes: 1 of 11 accepted\n {2}ecdsa_sha256 +accepted\n/,
    )
    assert.match(stdout, /\n {2}10 others +refused: handshake_failure\(40\)\n/)
    assert.match(stdout, /\nTLS 1\.3 groups: \d+ of 16 accepted\n {2}x25519 +accepted\n/)
    assert.match(stdout, /\n {2}window +20\d\d-.* UTC to 20\d\d-.* UTC\n/)
    assert.equal(stderr, '')
    assert.equal(code, 1)
    const asJson = JSON.parse((await at.run([...args, '--quick', '--json'])).stdout)
    assert.deepEqual(asJson.commands, { sign: null, verify: null, guard, window: alone })
    assert.equal(asJson.tls13.guard, true)
    assert.match(asJson.tls13.window.notAfter, /^\d{4}-\d\d-\d\dT/)
  })

  test('prints commands that do what they say', { skip: missing('bun') }, async () => {
    await using server = await startBunServer({ endEntity })
    const own = openWorkspace({ 'doc.txt': 'some text\n', "the user's ca.pem": pki.root.pem })
    try {
      const args = ['probe', 'localhost', `${server.port}`, '--quick', '--ca', "the user's ca.pem"]
      const { stdout } = await own.run([...args, '--verbose'])
      const sign = lastLine(stdout).replace(
        /^this server can be a clock witness: tls-stamp/,
        '$STAMP',
      )
      assert.equal((await own.shell(sign.replace('FILE', 'doc.txt'))).code, 0)
      const line = /^to verify what it signs: tls-stamp (.*)$/m.exec(stdout)?.[1]
      const verify = `$STAMP ${line}`
      assert.match((await own.shell(verify)).stdout, /^passed /)
    } finally {
      own.remove()
    }
  })

  test('says why a server is no witness', async () => {
    const args = ['probe', 'localhost', `${noClock.port}`, '--ca', 'ca.pem', '--quick', ...WHOLE]
    const { stdout, stderr, code } = await at.run(args)
    assert.equal(
      lastLine(stdout),
      'this server cannot be a clock witness: it sends random bytes instead of the time, as most servers do',
    )
    assert.match(stdout, /\n {2}says +random bytes, as most servers send\n {2}times +\d{4}-/)
    assert.doesNotMatch(stdout, /cipher suites|groups/)
    assert.match(stderr, /^hint: try a server that runs a clock, such as www\.google\.com\n$/)
    assert.equal(code, 1)
    const untrusted = await at.run(['probe', 'localhost', `${clock.port}`, '--quick', ...WHOLE])
    assert.match(lastLine(untrusted.stdout), /is not a trust anchor/)
    assert.match(untrusted.stderr, /^hint: trust other certificates .* --ca FILE\|DIR\n$/)
    assert.equal(untrusted.code, 1)
  })

  test('prints JSON with all of it', async () => {
    const address = ['127.0.0.1', `${clock.port}`]
    const args = ['probe', ...address, '--ca', 'ca.pem', '--json', ...PACE, '--suites', 'all']
    const { stdout, code } = await at.run(args)
    const report = JSON.parse(stdout)
    assert.equal(report.witness, true)
    assert.deepEqual(report.reasons, [])
    assert.deepEqual(report.versions[2], {
      code: 0x0303,
      name: 'TLS 1.2',
      outcome: 'taken',
      detail: null,
    })
    assert.ok(report.cipherSuites.length > 350)
    assert.equal(report.clock.kind, 'corroborated')
    assert.equal(report.clock.serverTimes.length, 3)
    assert.match(report.certificates.path[0].notAfter, /^\d{4}-\d\d-\d\dT/)
    const address443 = `127.0.0.1 ${clock.port} FILE --ca ca.pem`
    assert.equal(report.commands.sign, `tls-stamp sign ${address443}`)
    assert.equal(code, 0)
  })

  test('asks at an older version, which makes no witness', async () => {
    const args = ['probe', 'localhost', `${clock.port}`, '--ca', 'ca.pem', '--tls', '1.1', ...WHOLE]
    const { stdout, code } = await at.run(args)
    assert.equal(
      lastLine(stdout),
      'this server cannot be a clock witness: it does not support TLS 1.1',
    )
    assert.equal(code, 1)
  })

  test('could not run when there is nothing to probe', async () => {
    await using mute = await startHostileServer(silent)
    await using web = await startHostileServer(plainHttp)
    const gone = await startHostileServer(silent)
    await gone.stop()
    const cases: readonly (readonly [HostileServer, RegExp, ...string[]])[] = [
      [mute, /took more than 0\.2 seconds/, '--timeout', '0.2'],
      [web, /plain HTTP, not TLS/],
      [gone, /refused the connection/],
    ]
    for (const [{ port }, message, ...options] of cases) {
      const args = ['probe', '127.0.0.1', `${port}`, ...options]
      const { stdout, stderr, code } = await at.run(args)
      assert.match(stderr, ERROR_LINES)
      assert.match(stderr, message)
      assert.equal(stdout, '')
      assert.equal(code, 2)
    }
  })

  test('explains its options', async () => {
    const { stdout, stderr, code } = await at.run(['probe', '--help'])
    assert.match(stdout, /^Usage: tls-stamp probe HOST\[:PORT\]\n/)
    for (const name of 'quick suites tls rounds ca timeout pause verbose quiet json'.split(' '))
      assert.match(stdout, new RegExp(`--${name} `))
    assert.ok(stdout.split('\n').every((line) => line.length <= 80))
    assert.deepEqual([stderr, code], ['', 0])
  })

  test('refuses what it does not understand', async () => {
    const mistakes: Readonly<Record<string, RegExp>> = {
      '': /expected HOST\[:PORT\]\n/,
      'localhost 443 doc.txt': /expected HOST\[:PORT\]\n/,
      'localhost 0': /expected PORT to be a number from 1 to 65535, got 0/,
      'localhost:443 443': /expected the port once, got 443 and 443/,
      'http://localhost': /expected HOST\[:PORT\], got "http:\/\/localhost"/,
      'localhost --suites some': /expected --suites usual or all, got some/,
      'localhost --suites all --quick': /expected either --quick or --suites/,
      'localhost --quick=yes': /expected --quick without a value/,
      'localhost --tls 1.3': /expected --tls 1\.0, 1\.1 or 1\.2, got 1\.3/,
      'localhost --rounds 1': /expected --rounds to be a number from 2 to 32, got 1/,
      'localhost --pause -1': /pause/,
      'localhost --pause 1e3': /expected --pause to be a number from 0 to 60000, got 1e3/,
      'localhost --ca nowhere.pem': /nowhere\.pem: no such file/,
    }
    for (const [line, message] of Object.entries(mistakes)) {
      const { stdout, stderr, code } = await at.run(['probe', ...line.split(' ').filter(Boolean)])
      assert.match(stderr, ERROR_LINES, line)
      assert.match(stderr, message, line)
      assert.equal(stdout, '', line)
      assert.equal(code, 2, line)
    }
  })

  test('counts up front and shows progress, on a terminal alone', {
    skip: noTerminal(),
  }, async () => {
    const line = `$STAMP probe localhost ${clock.port} --ca ca.pem --pause 3 --verbose`
    const env = { TERM: 'xterm' }
    const { stdout, code } = await at.shell(`script -qec '${line}' /dev/null`, { env })
    const [first = '', ...rest] = stdout.split('\r\u001b[K')
    const count = /^asking localhost over at most (\d+) connections, one at a time, 3 ms apart\r\n$/
    const most = count.exec(first)?.[1]
    assert.ok(most, first)
    assert.equal(rest[0], `1 of ${most}: clock, round 1`)
    assert.ok(rest.length > 30 && rest.length - 1 <= Number(most))
    assert.match(rest.at(-1) ?? '', /^versions\r\n/)
    assert.ok(stdout.includes('\n\u001b[32m\u001b[1mthis server can be a clock witness:'))
    assert.equal(code, 0)
  })
})

function noTerminal(): string | false {
  try {
    execFileSync('script', ['-qec', 'true', '/dev/null'], { stdio: 'ignore' })
    return false
  } catch {
    return 'expected the program script of util-linux'
  }
}
