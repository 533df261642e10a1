// tls-stamp sign, as a user types it.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmodSync, linkSync, lstatSync, mkdirSync, statSync, symlinkSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { decodeStatement } from '../../../src/statement/decode.ts'
import { UNUSED_PORT } from '../../support/harness/child.ts'
import { ERROR_LINES, openWorkspace, type Workspace } from '../../support/harness/command-line.ts'
import { mintCertificate, mintTestPki } from '../../support/make/mint.ts'
import {
  answer,
  type HostileServer,
  plainHttp,
  refuses,
  silent,
  startHostileServer,
} from '../../support/servers/hostile-server.ts'
import {
  type EndEntity,
  endEntities,
  missing,
  startBunServer,
  startNodeServer,
} from '../../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], ip: ['127.0.0.1', '::1'] })
const [endEntity] = endEntities(pki) as [EndEntity]
const TEXT = 'some text\n'

let clock: HostileServer
let noClock: HostileServer

before(async () => {
  clock = await startHostileServer(answer({ endEntity }))
  noClock = await startHostileServer(answer({ endEntity, clock: () => undefined }))
})

after(async () => {
  await clock.stop()
  await noClock.stop()
})

function sign(name: string, body: (at: Workspace) => Promise<void>): void {
  test(name, async () => {
    const at = openWorkspace({ 'doc.txt': TEXT, 'ca.pem': pki.root.pem })
    try {
      await body(at)
    } finally {
      at.remove()
    }
  })
}

/** An error of this kind, and nothing written. */
async function refuse(
  at: Workspace,
  args: readonly string[],
  code: number,
  message: RegExp | string,
): Promise<string> {
  const before = at.list()
  const { stdout, stderr, code: got } = await at.run(args)
  assert.match(stderr, ERROR_LINES)
  const [error = ''] = stderr.split('\n')
  if (typeof message === 'string') assert.equal(error, `tls-stamp: error: ${message}`)
  else assert.match(error, message)
  assert.equal(stdout, '')
  assert.equal(got, code)
  assert.deepEqual(at.list(), before)
  return stderr
}

describe('sign', { concurrency: 6 }, () => {
  sign('does the main job, word for word', async (at) => {
    const args = ['sign', 'localhost', `${clock.port}`, 'doc.txt', '--ca', 'ca.pem', '--verbose']
    const signed = await at.run(args)
    assert.equal(signed.stderr, '')
    assert.equal(signed.code, 0)
    const digest = createHash('sha256').update(TEXT).digest('hex')
    const lines = signed.stdout.split('\n')
    assert.match(
      lines[0] ?? '',
      /^signed: doc\.txt, existed no later than 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC$/,
    )
    assert.equal(lines[1], `  sha256        ${digest}  doc.txt`)
    assert.match(lines[2] ?? '', /^ {2}witness {7}localhost:\d+, P-256 key, ecdsa_sha256 over /)
    assert.match(lines[3] ?? '', /^ {2}clock {9}corroborated by 3 rounds; /)
    const { size } = statSync(at.path('signed_statement'))
    assert.equal(lines[4], `  written       signed_statement, ${size} bytes`)
    assert.deepEqual(at.list(), ['ca.pem', 'doc.txt', 'signed_statement'])

    const verified = await at.run([
      'verify',
      'signed_statement',
      '--ca',
      'ca.pem',
      '--witness',
      'localhost',
    ])
    assert.match(verified.stdout, /^passed {2}the subject existed no later than /)
    assert.equal(verified.stderr, '')
    assert.equal(verified.code, 0)
  })

  test('works with BoringSSL', { skip: missing('bun') }, async () => {
    await using server = await startBunServer({ endEntity })
    const at = openWorkspace({ 'doc.txt': TEXT, 'ca.pem': pki.root.pem })
    try {
      const args = ['sign', 'localhost', `${server.port}`, 'doc.txt', '--ca', 'ca.pem']
      assert.equal((await at.run(args)).code, 0)
      const { stdout, code } = await at.run([
        'verify',
        'signed_statement',
        '--ca',
        'ca.pem',
        '--witness',
        'localhost',
      ])
      assert.match(stdout, /^passed /)
      assert.equal(code, 0)
    } finally {
      at.remove()
    }
  })

  sign('prints a command that passes, wherever the files and the statement are', async (at) => {
    for (const folder of ['sub', "it's here", 'd']) mkdirSync(at.path(folder))
    at.write('d/x', 'x')
    at.write('-x', 'x')
    at.write('SUMS', `${'ab'.repeat(32)}  app.js\n`)
    for (const line of [
      'doc.txt -o sub/1',
      'doc.txt d/x -o sub/2',
      '--recursive d -o sub/3',
      '--recursive d -o 4',
      '--sums SUMS -o 5',
      `--digest ${'ab'.repeat(32)} -o 6`,
      '- -o 7',
      './-x -o sub/8',
    ]) {
      const args = ['sign', 'localhost', `${clock.port}`, ...line.split(' '), '--ca', 'ca.pem']
      const { stdout, stderr, code } = await at.run(args)
      assert.equal(code, 0, stderr)
      const [, command = ''] = /\n {2}verify\s+tls-stamp (.*)$/s.exec(stdout) ?? []
      const verified = await at.shell(`$STAMP ${command}`)
      assert.match(verified.stdout, /^passed {2}/, `${line}: ${command}${verified.stderr}`)
    }
  })

  sign('prints no command for a statement that can never pass, and says that', async (at) => {
    await using server = await startNodeServer({ endEntity })
    const args = ['localhost', `${server.port}`, 'doc.txt', '--no-clock', '--ca', 'ca.pem']
    const { stdout, stderr, code } = await at.run(['sign', ...args])
    assert.doesNotMatch(stdout, /tls-stamp verify/)
    assert.match(stderr, /^hint: this statement will never pass verification: /)
    assert.equal(code, 0)
  })

  sign('prints one JSON document with --json', async (at) => {
    const args = ['sign', 'localhost', `${clock.port}`, 'doc.txt', '--ca', 'ca.pem', '--json']
    const { stdout, stderr, code } = await at.run(args)
    const { output, report } = JSON.parse(stdout)
    assert.equal(output, 'signed_statement')
    assert.equal(report.verdict, 'passed')
    assert.equal(report.subjects[0].name, 'doc.txt')
    assert.equal(report.subjects[0].matched, true)
    assert.match(report.time.notAfter, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/)
    assert.equal(stderr, '')
    assert.equal(code, 0)
  })

  sign('signs several files and names them from the statement', async (at) => {
    mkdirSync(at.path('sub'))
    at.write('sub/one', '1')
    at.write('two', '2')
    const files = ['sub/one', at.path('two'), 'doc.txt']
    const { stdout, code } = await at.run([
      'sign',
      'localhost',
      `${clock.port}`,
      ...files,
      '--ca',
      'ca.pem',
      '-o',
      'sub/stamp',
    ])
    assert.equal(code, 0)
    assert.match(stdout, /^signed: one and 2 more, /)
    const { subjects } = decodeStatement(Buffer.from(at.read('sub/stamp')))
    assert.deepEqual(
      subjects.map(({ name }) => name),
      ['one', 'two', 'doc.txt'],
    )
  })

  sign('signs standard input for -', async (at) => {
    const args = ['sign', 'localhost', `${clock.port}`, '-', '--ca', 'ca.pem']
    assert.equal((await at.run(args, { stdin: TEXT })).code, 0)
    const { subjects } = decodeStatement(Buffer.from(at.read('signed_statement')))
    assert.equal(subjects[0]?.name, '-')
    assert.equal(
      Buffer.from(subjects[0]?.sha256 ?? []).toString('hex'),
      createHash('sha256').update(TEXT).digest('hex'),
    )
  })

  sign('takes everything behind -- as a file, and numbers as they are', async (at) => {
    at.write('--odd', '1')
    at.write('007', '2')
    at.write('0x10', '3')
    const args = [
      'sign',
      'localhost',
      `${clock.port}`,
      '--ca',
      'ca.pem',
      '007',
      '0x10',
      '--',
      '--odd',
    ]
    assert.equal((await at.run(args)).code, 0)
    const { subjects } = decodeStatement(Buffer.from(at.read('signed_statement')))
    assert.deepEqual(
      subjects.map(({ name }) => name),
      ['007', '0x10', '--odd'],
    )
  })

  sign('takes a host in any spelling', async (at) => {
    const spellings = [
      ['LOCALHOST', 'localhost'],
      ['localhost.', 'localhost'],
      ['127.0.0.1', '127.0.0.1'],
    ]
    for (const [typed = '', host] of spellings) {
      const args = ['sign', typed, `${clock.port}`, 'doc.txt', '--ca', 'ca.pem', '--force']
      const { stderr, code } = await at.run(args)
      assert.equal(stderr, '')
      assert.equal(code, 0)
      const { rounds } = decodeStatement(Buffer.from(at.read('signed_statement')))
      assert.equal(rounds[0]?.host, host)
    }
  })

  sign(
    'spells an international name in A-labels, and an address of version 6 in brackets',
    async (at) => {
      await refuse(
        at,
        ['sign', 'bücher.invalid', `${UNUSED_PORT}`, 'doc.txt'],
        2,
        /error: xn--bcher-kva\.invalid:\d+ /,
      )
      await refuse(at, ['sign', '[::1]', `${UNUSED_PORT}`, 'doc.txt'], 2, /error: \[::1\]:\d+ /)
    },
  )

  sign('refuses a port that is given twice and says what to give', async (at) => {
    for (const host of ['https://www.google.com:443/', 'www.google.com:443']) {
      const args = ['sign', host, '443', 'doc.txt']
      const stderr = await refuse(at, args, 2, 'expected the port once, got 443 and 443')
      assert.match(stderr, /\nhint: .*: tls-stamp sign www\.google\.com 443 doc\.txt\n/)
    }
  })

  sign('refuses an existing output before it uses the network', async (at) => {
    const server = await startHostileServer(silent)
    try {
      at.write('signed_statement', 'mine')
      const args = ['sign', 'localhost', `${server.port}`, 'doc.txt', '--ca', 'ca.pem']
      const stderr = await refuse(at, args, 2, 'signed_statement exists already')
      assert.match(stderr, /\nhint: give another name with -o, or overwrite it with --force\n$/)
      assert.equal(at.read('signed_statement'), 'mine')
      assert.equal(server.connections(), 0)
    } finally {
      await server.stop()
    }
  })

  sign('overwrites with --force, and only then', async (at) => {
    at.write('out', 'mine')
    const args = ['sign', 'localhost', `${clock.port}`, 'doc.txt', '--ca', 'ca.pem', '--output=out']
    assert.equal((await at.run(args)).code, 2)
    assert.equal((await at.run([...args, '--force'])).code, 0)
    assert.match(at.read('out'), /^\{\n {2}"format": "tls-stamp\/1"/)
    assert.deepEqual(at.list(), ['ca.pem', 'doc.txt', 'out'])
  })

  sign('never overwrites what is no regular file', async (at) => {
    mkdirSync(at.path('folder'))
    symlinkSync('doc.txt', at.path('link'))
    symlinkSync('nowhere', at.path('dangling'))
    const args = ['sign', 'localhost', '1', 'doc.txt', '--force', '-o']
    await refuse(at, [...args, 'folder'], 2, 'folder is a folder')
    await refuse(at, [...args, '/dev/null'], 2, '/dev/null is not a regular file')
    await refuse(at, [...args, 'link'], 2, 'link is not a regular file')
    await refuse(at, [...args, 'dangling'], 2, 'dangling is not a regular file')
    assert.ok(lstatSync('/dev/null').isCharacterDevice())
    assert.equal(at.read('doc.txt'), TEXT)
  })

  sign('never overwrites a file that it signs', async (at) => {
    linkSync(at.path('doc.txt'), at.path('same'))
    const args = ['sign', 'localhost', '1', './doc.txt', '--force', '-o']
    const message = './doc.txt is both a file to sign and the output'
    await refuse(at, [...args, 'doc.txt'], 2, message)
    await refuse(at, [...args, 'same'], 2, message)
  })

  sign('refuses an output in a folder that is not there or not writable', async (at) => {
    const args = ['sign', 'localhost', '1', 'doc.txt', '-o']
    await refuse(at, [...args, 'nowhere/out'], 2, 'nowhere: no such file or directory')
    await refuse(at, [...args, 'doc.txt/out'], 2, 'doc.txt is not a folder')
    const both = 'expected --json only with an output that is a file, got -'
    await refuse(at, [...args, '-', '--json'], 2, both)
    mkdirSync(at.path('closed'))
    chmodSync(at.path('closed'), 0o500)
    if (process.getuid?.() !== 0) {
      await refuse(at, [...args, 'closed/out'], 2, 'closed: permission denied')
    }
  })

  sign('leaves nothing behind when writing fails', async (at) => {
    const args = [
      'sign',
      'localhost',
      `${clock.port}`,
      'doc.txt',
      '--ca',
      'ca.pem',
      '-o',
      '/proc/out',
    ]
    await refuse(at, args, 2, /^tls-stamp: error: \/proc/)
  })

  sign('refuses files that it cannot read', async (at) => {
    const args = ['sign', 'localhost', '1']
    await refuse(at, [...args, 'nothing'], 2, 'nothing: no such file or directory')
    await refuse(at, [...args, '.'], 2, '. is a folder')
    await refuse(at, [...args, 'doc.txt', ''], 2, 'expected each argument not to be empty')
    await refuse(at, [...args, 'doc.txt', './doc.txt'], 2, 'two files would have the name doc.txt')
    await refuse(at, [...args, '-', '-'], 2, 'standard input can be read only once')
    if (process.getuid?.() !== 0) {
      chmodSync(at.path('doc.txt'), 0)
      await refuse(at, [...args, 'doc.txt'], 2, 'doc.txt: permission denied')
    }
  })

  sign('refuses trust anchors that are none', async (at) => {
    const args = ['sign', 'localhost', '1', 'doc.txt', '--ca']
    await refuse(at, [...args, 'nothing'], 2, 'nothing: no such file or directory')
    await refuse(at, [...args, 'doc.txt'], 2, /doc\.txt contains no certificate in PEM or DER/)
    mkdirSync(at.path('folder'))
    await refuse(at, [...args, 'folder'], 2, /folder .*expected certificates/)
  })

  sign('takes a folder of trust anchors', async (at) => {
    mkdirSync(at.path('folder'))
    at.write('folder/root.pem', pki.root.pem)
    at.write('folder/README', 'not a certificate')
    const args = ['sign', 'localhost', `${clock.port}`, 'doc.txt', '--ca', 'folder']
    assert.equal((await at.run(args)).code, 0)
  })

  sign('refuses a random clock, names the reason and writes nothing', async (at) => {
    const args = ['sign', 'localhost', `${noClock.port}`, 'doc.txt', '--ca', 'ca.pem']
    const stderr = await refuse(at, args, 1, /the rounds' times are not those of one real clock/)
    assert.match(stderr, /hint: most servers send random bytes or zero in place of the time/)
    assert.match(stderr, /--no-clock/)
  })

  sign('writes without a clock when asked, and verify leaves that open', async (at) => {
    const args = ['sign', 'localhost', `${noClock.port}`, 'doc.txt', '--ca', 'ca.pem', '--no-clock']
    const signed = await at.run(args)
    assert.match(signed.stdout, /^signed: doc\.txt, without a credible time\n/)
    assert.equal(signed.code, 0)
    const { stdout, code } = await at.run([
      'verify',
      'signed_statement',
      '--ca',
      'ca.pem',
      '--witness',
      'localhost',
    ])
    assert.match(stdout, /^indeterminate {2}/)
    assert.equal(code, 1)
  })

  sign('refuses one round without --no-clock', async (at) => {
    const args = [
      'sign',
      'localhost',
      `${clock.port}`,
      'doc.txt',
      '--ca',
      'ca.pem',
      '--rounds',
      '1',
    ]
    await refuse(at, args, 1, /fewer than three rounds do not prove a clock/)
    assert.equal((await at.run([...args, '--no-clock'])).code, 0)
  })

  sign('refuses a clock that is off, and allows it with --max-skew', async (at) => {
    const ahead = await startHostileServer(
      answer({ endEntity, clock: () => Math.floor(Date.now() / 1000) + 7200 }),
    )
    try {
      const args = ['sign', 'localhost', `${ahead.port}`, 'doc.txt', '--ca', 'ca.pem']
      const stderr = await refuse(
        at,
        args,
        1,
        /clock shows .* UTC, \d+ seconds ahead of this machine's clock, .*; the limit is 3600 seconds/,
      )
      assert.match(stderr, /--max-skew/)
      assert.equal((await at.run([...args, '--max-skew', '7300'])).code, 0)
    } finally {
      await ahead.stop()
    }
  })

  sign('refuses another host and another issuer', async (at) => {
    const stranger = mintCertificate({ subject: 'Another Root', ca: true })
    at.write('other.pem', stranger.pem)
    const args = ['sign', 'localhost', `${clock.port}`, 'doc.txt']
    const stderr = await refuse(at, [...args, '--ca', 'other.pem'], 1, /issuer/)
    assert.match(stderr, /hint: trust other certificates .* --ca/)
    const elsewhere = mintTestPki({ endEntityKeys: ['p256'], dnsNames: ['other.test'] })
    at.write('other-ca.pem', elsewhere.root.pem)
    const [otherEntity] = endEntities(elsewhere) as [EndEntity]
    const server = await startHostileServer(answer({ endEntity: otherEntity }))
    try {
      const other = ['sign', 'localhost', `${server.port}`, 'doc.txt', '--ca', 'other-ca.pem']
      await refuse(at, other, 1, /the certificate does not name the host: localhost$/)
    } finally {
      await server.stop()
    }
  })

  sign('says what kept the handshake from happening', async (at) => {
    const sayings = [
      [silent, /took more than 0\.3 seconds$/, ['--timeout', '0.3']],
      [plainHttp, /plain HTTP, not TLS$/, []],
      [refuses(40), /alert handshake_failure\(40\)$/, []],
    ] as const
    for (const [script, message, more] of sayings) {
      const server = await startHostileServer(script)
      try {
        await refuse(at, ['sign', 'localhost', `${server.port}`, 'doc.txt', ...more], 2, message)
      } finally {
        await server.stop()
      }
    }
    await refuse(
      at,
      ['sign', 'localhost', `${UNUSED_PORT}`, 'doc.txt'],
      2,
      `localhost:${UNUSED_PORT} refused the connection`,
    )
    await refuse(
      at,
      ['sign', 'no-such-host.invalid', '443', 'doc.txt'],
      2,
      /no-such-host\.invalid:443 /,
    )
  })
})
