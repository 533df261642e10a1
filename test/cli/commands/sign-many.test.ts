// tls-stamp sign for many subjects, as a user types it: folders, checksum lists, digests, and salts.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { toHex } from '../../../src/encoding/bytes.ts'
import type { Subject } from '../../../src/statement/commitment.ts'
import { decodeStatement } from '../../../src/statement/decode.ts'
import { decodeClientHello } from '../../../src/tls/messages.ts'
import { ERROR_LINES, openWorkspace, type Workspace } from '../../support/harness/command-line.ts'
import { mintTestPki } from '../../support/make/mint.ts'
import { printedLine } from '../../support/make/statements.ts'
import {
  answer,
  type HostileServer,
  startHostileServer,
} from '../../support/servers/hostile-server.ts'
import {
  type EndEntity,
  endEntities,
  missing,
  startBunServer,
} from '../../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], ip: ['127.0.0.1', '::1'] })
const [endEntity] = endEntities(pki) as [EndEntity]
const HEX = 'ab'.repeat(32)
const noCoreutils = spawnSync('sha256sum', ['--version']).error ? 'sha256sum is missing' : false

let clock: HostileServer

before(async () => {
  clock = await startHostileServer(answer({ endEntity }))
})

after(() => clock.stop())

function sign(
  name: string,
  body: (at: Workspace) => Promise<void>,
  options: { readonly skip?: string | false } = {},
): void {
  test(name, options, async () => {
    const at = openWorkspace({ 'ca.pem': pki.root.pem })
    mkdirSync(at.path('dist/sub'), { recursive: true })
    for (const file of ['dist/b.txt', 'dist/a.txt', 'dist/sub/c.txt']) at.write(file, file)
    try {
      await body(at)
    } finally {
      at.remove()
    }
  })
}

const HOST = (port = clock.port): string[] => ['sign', 'localhost', `${port}`, '--ca', 'ca.pem']

function subjectsOf(at: Workspace, statement = 'signed_statement'): readonly Subject[] {
  return decodeStatement(readFileSync(at.path(statement))).subjects
}

function namesOf(at: Workspace, statement?: string): string[] {
  return subjectsOf(at, statement).map(({ name }) => name)
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** An error of this kind, and nothing written. */
async function refuse(
  at: Workspace,
  args: readonly string[],
  message: string,
  stdin = '',
): Promise<string> {
  const before = at.list()
  const { stdout, stderr, code } = await at.run([...HOST(1), ...args], { stdin })
  assert.match(stderr, ERROR_LINES)
  assert.equal(stderr.split('\n')[0], `tls-stamp: error: ${message}`)
  assert.equal(stdout, '')
  assert.equal(code, 2)
  assert.deepEqual(at.list(), before)
  return stderr
}

describe('sign --recursive', { concurrency: 4 }, () => {
  sign('signs all files of a folder, sorted, under their paths', async (at) => {
    const { stderr, code } = await at.run([...HOST(), '--recursive', 'dist', 'ca.pem'])
    assert.equal(stderr, '')
    assert.equal(code, 0)
    assert.deepEqual(namesOf(at), ['dist/a.txt', 'dist/b.txt', 'dist/sub/c.txt', 'ca.pem'])
    assert.equal(toHex(subjectsOf(at)[2]?.sha256 ?? new Uint8Array(0)), sha256('dist/sub/c.txt'))
  })

  sign('never signs the output, and names files from its folder', async (at) => {
    const args = [...HOST(), '--recursive', 'dist', '-o', 'dist/stamp']
    assert.equal((await at.run(args)).code, 0)
    assert.equal((await at.run([...args, '--force'])).code, 0)
    assert.deepEqual(namesOf(at, 'dist/stamp'), ['a.txt', 'b.txt', 'sub/c.txt'])
    mkdirSync(at.path('out'))
    assert.equal((await at.run([...HOST(), '--recursive', 'dist/sub', '-o', 'out/stamp'])).code, 0)
    assert.deepEqual(namesOf(at, 'out/stamp'), ['sub/c.txt'])
  })

  sign('leaves out what an interrupted run left behind, and names it', async (at) => {
    const left = `.tls-stamp-${randomUUID()}`
    at.write(`dist/${left}`, 'half')
    at.write('dist/.tls-stamp-notes', 'mine')
    const { stderr, code } = await at.run([...HOST(), '--recursive', 'dist'])
    assert.equal(stderr, `left out: dist/${left}, which an interrupted run left behind\n`)
    assert.equal(code, 0)
    const names = ['dist/.tls-stamp-notes', 'dist/a.txt', 'dist/b.txt', 'dist/sub/c.txt']
    assert.deepEqual(namesOf(at), names)
  })

  sign('takes a link to a file of the folder, and refuses any other', async (at) => {
    symlinkSync('../a.txt', at.path('dist/sub/link'))
    assert.equal((await at.run([...HOST(), '--recursive', 'dist'])).code, 0)
    assert.deepEqual(namesOf(at), ['dist/a.txt', 'dist/b.txt', 'dist/sub/c.txt', 'dist/sub/link'])
    const links = [
      ['../../ca.pem', 'is a link that leads out of dist'],
      ['/etc/passwd', 'is a link that leads out of dist'],
      ['nowhere', 'is a link that leads nowhere'],
      ['other', 'is a link that leads nowhere'],
      ['../sub', 'is a link to something other than a regular file'],
    ] as const
    for (const [i, [target, why]] of links.entries()) {
      mkdirSync(at.path(`dist${i}/sub`), { recursive: true })
      symlinkSync(target, at.path(`dist${i}/sub/other`))
      const message = `dist${i}/sub/other ${why.replace('of dist', `of dist${i}`)}`
      await refuse(at, ['--recursive', `dist${i}`, '-o', 'x'], message)
    }
    execFileSync('mkfifo', [at.path('dist/fifo')])
    const message = 'dist/fifo is neither a file nor a folder'
    await refuse(at, ['--recursive', 'dist', '-o', 'x'], message)
  })

  sign('refuses an empty folder, one without --recursive, and a file given twice', async (at) => {
    const stderr = await refuse(at, ['dist'], 'dist is a folder')
    assert.match(stderr, /\nhint: sign all the files in it with --recursive\n/)
    mkdirSync(at.path('empty/inside'), { recursive: true })
    await refuse(at, ['--recursive', 'empty'], 'empty contains no files')
    await refuse(
      at,
      ['--recursive', 'dist', 'dist/a.txt'],
      'two files would have the name dist/a.txt',
    )
    await refuse(at, ['--recursive=yes', 'dist'], 'expected --recursive without a value')
  })
})

describe('sign --sums and --digest', { concurrency: 4 }, () => {
  sign('signs digests without their files, under their names', async (at) => {
    at.write('SUMS', `# release\n${HEX}  ./doc.txt\r\nSHA256 (b) = ${'CD'.repeat(32)}\n`)
    const { stdout, code } = await at.run([...HOST(), '--sums', 'SUMS'])
    assert.match(stdout, /^signed: \.\/doc\.txt and 1 more, /)
    assert.equal(code, 0)
    assert.deepEqual(subjectsOf(at).map(printedLine), [
      `${HEX}  ./doc.txt\n`,
      `${'cd'.repeat(32)}  b\n`,
    ])
  })

  sign('signs files, lists, standard input and a digest together', async (at) => {
    at.write('one', `${HEX}  x\n${sha256('dist/a.txt')}  dist/a.txt\n`)
    const args = ['--sums', 'one', '--sums', '-', '--digest', HEX.toUpperCase(), '--name', 'y z']
    const stdin = `${HEX}  x\n${HEX}  w\n`
    const { stderr, code } = await at.run([...HOST(), 'dist/a.txt', ...args], { stdin })
    assert.equal(stderr, '')
    assert.equal(code, 0)
    assert.deepEqual(namesOf(at), ['dist/a.txt', 'x', 'w', 'y z'])
  })

  sign('calls a digest by itself when it has no name', async (at) => {
    assert.equal((await at.run([...HOST(), '--digest', HEX])).code, 0)
    assert.deepEqual(namesOf(at), [HEX])
  })

  sign('refuses lists that are none, and says where', async (at) => {
    at.write('bad', `${HEX}  a\nSHA512 (b) = ${HEX}${HEX}\n`)
    const is = 'is not a list of SHA-256 checksums'
    await refuse(at, ['--sums', 'bad'], `bad ${is}: line 2: expected SHA256, got SHA512`)
    await refuse(at, ['--sums', '-'], `standard input ${is}: it is empty`)
    await refuse(at, ['--sums', 'dist'], 'dist is a folder')
    await refuse(at, ['--sums', 'nothing'], 'nothing: no such file or directory')
    await refuse(at, ['--sums', '-', '-'], 'standard input can be read only once')
    at.write('two', `${HEX}  dist/a.txt\n`)
    const message = 'two digests were given for the name dist/a.txt'
    await refuse(at, ['--sums', 'two', 'dist/a.txt'], message)
  })

  sign('refuses digests that are none', async (at) => {
    for (const digest of ['ab', `${HEX}0`, 'g'.repeat(64)]) {
      await refuse(at, ['--digest', digest], 'expected --digest to be 64 hex digits')
    }
    await refuse(at, ['dist/a.txt', '--name', 'x'], 'expected --name only with --digest')
    const long = ['--digest', HEX, '--name', 'x'.repeat(4097)]
    await refuse(at, long, 'expected --name of at most 4096 bytes')
    await refuse(at, ['--digest', HEX, '--name', ''], 'expected --name not to be empty')
  })

  sign(
    'signs the list of sha256sum, which checks what was signed',
    async (at) => {
      const files = ['dist/a.txt', 'dist/b.txt', 'ca.pem']
      for (const options of [[], ['--tag'], ['--binary']]) {
        const stdin = execFileSync('sha256sum', [...options, ...files], { cwd: at.folder })
        const args = [...HOST(), '--sums', '-', '--force']
        assert.equal((await at.run(args, { stdin: stdin.toString() })).code, 0)
        const input = subjectsOf(at).map(printedLine).join('')
        const checked = execFileSync('sha256sum', ['-c', '-'], { cwd: at.folder, input })
        assert.equal(checked.toString(), files.map((file) => `${file}: OK\n`).join(''))
      }
    },
    { skip: noCoreutils },
  )
})

describe('sign --blind', { concurrency: 4 }, () => {
  sign('salts each subject, each time anew, and a single one too', async (at) => {
    const salts = new Set<string>()
    for (const files of [['dist/a.txt'], ['dist/a.txt', 'dist/b.txt']]) {
      const signed = await at.run([...HOST(), '--blind', '--force', ...files])
      assert.equal(signed.code, 0)
      for (const { salt } of subjectsOf(at)) salts.add(toHex(salt ?? new Uint8Array(0)))
      const { rounds, subjects } = decodeStatement(readFileSync(at.path('signed_statement')))
      const { random } = decodeClientHello(rounds[0]?.clientHello ?? new Uint8Array(0))
      assert.notDeepEqual(random, subjects[0]?.sha256)
      const verified = await at.run([
        'verify',
        'signed_statement',
        '--ca',
        'ca.pem',
        '--witness',
        'localhost',
      ])
      assert.match(verified.stdout, /^passed /)
      assert.equal(verified.code, 0)
    }
    assert.equal(salts.size, 3)
    assert.equal(statSync(at.path('signed_statement')).mode & 0o777, 0o600)
    chmodSync(at.path('signed_statement'), 0o644)
    assert.equal((await at.run([...HOST(), '--blind', '--force', 'dist/a.txt'])).code, 0)
    assert.equal(statSync(at.path('signed_statement')).mode & 0o777, 0o600)
    assert.ok([...salts].every((salt) => /^[0-9a-f]{64}$/.test(salt)))
  })
})

describe('a list from end to end', () => {
  sign(
    'is signed by BoringSSL, verified and cut up',
    async (at) => {
      await using server = await startBunServer({ endEntity })
      const list = Array.from({ length: 3000 }, (_, i) => `${sha256(`${i}`)}  files/${i}\n`)
      at.write('SUMS', list.join(''))
      assert.equal((await at.run([...HOST(server.port), '--sums', 'SUMS', '--blind'])).code, 0)
      const trust = ['--ca', 'ca.pem', '--witness', 'localhost', '--verbose']
      const whole = await at.run(['verify', 'signed_statement', '--sums', 'SUMS', ...trust])
      assert.match(whole.stdout, /^passed {2}all 3000 subjects existed /)
      assert.equal((await at.run(['extract', 'signed_statement', 'files/2999'])).code, 0)
      mkdirSync(at.path('files'))
      at.write('files/2999', '2999')
      const one = await at.run(['verify', '2999.tls-stamp', ...trust])
      assert.match(one.stdout, /^passed {2}the subject existed /)
      assert.match(one.stdout, /\n {2}unaltered {5}[0-9a-f]{64} {2}files\/2999\n/)
      assert.equal(one.code, 0)
      assert.ok(!at.read('2999.tls-stamp').includes('files/2998'))
    },
    { skip: missing('bun') },
  )
})
