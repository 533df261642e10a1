// The package as npm would publish it: what is in it, and that it works in a folder of its own.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { encodeStatement } from '../src/statement/encode.ts'
import { version } from '../src/version.ts'
import { ROOT } from './support/harness/command-line.ts'
import { mintTestPki } from './support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject } from './support/make/statements.ts'
import { endEntities } from './support/servers/servers.ts'

const run = promisify(execFile)

const CORE = [
  'decodeStatement',
  'encodeStatement',
  'verifyStatement',
  'commitmentOf',
  'compareSubjects',
  'subjectFinder',
  'proveInclusion',
  'decodeTimmy',
  'decodeToytls',
  'describeOldStatement',
  'encodeToytls',
  'verifyOldStatement',
  'inspectHandshake',
  'validatePath',
  'verifySignature',
  'wording',
  'knownWitnesses',
  'inspectStatement',
  'inspectRemains',
  'explainField',
  'NOBODY_SIGNED',
  'CHECKS',
  'version',
  'looksLikeTimmy',
  'openStatement',
  'certificatesOfFile',
  'parseHost',
  'renderJson',
  'toHex',
  'MAX_STATEMENT',
  'TlsStampError',
  'DecodeError',
  'HandshakeError',
  'decodeInToto',
  'encodeInToto',
]
const NODE = [
  'createStatement',
  'digestFile',
  'systemTrustAnchors',
  'readTrustAnchors',
  'renewStatement',
  'parseProxy',
  'proxyFor',
  'verifySignatureNative',
  'recordCiphersNative',
  'NetworkError',
  'RefusalError',
]

/** The files of the command line, with their code. */
const bundle = readdirSync(join(ROOT, 'dist/cli'))
  .filter((name) => name.endsWith('.cjs'))
  .map((name) => [name, readFileSync(join(ROOT, 'dist/cli', name), 'utf8')] as const)

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

test('the version is one and the same', () => {
  assert.equal(version, manifest.version)
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
  assert.equal(lock.version, version)
  assert.equal(lock.packages[''].version, version)
})

test('every dependency is pinned to a version', () => {
  const pinned = { ...manifest.dependencies, ...manifest.devDependencies }
  assert.ok(Object.keys(pinned).length > 4)
  for (const [name, wanted] of Object.entries(pinned)) {
    assert.match(`${wanted}`, /^\d+\.\d+\.\d+$/, name)
  }
  assert.deepEqual(Object.keys(manifest.dependencies).sort(), [
    '@noble/curves',
    '@noble/hashes',
    'node-forge',
  ])
})

test('the command line that runs can be read: every file and function has its name', () => {
  const names = bundle.map(([name]) => name)
  for (const name of ['run.cjs', 'main.cjs', 'sign.cjs', 'verify.cjs']) {
    assert.ok(names.includes(name), name)
  }
  const text = bundle.map(([, code]) => code).join('')
  assert.match(text, /^function verifyStatement\(statement, options\) \{$/m)
  assert.match(text, /^\/\/ src\/verify\/verify\.ts$/m)
  for (const [name, code] of bundle) {
    assert.match(name, /^[a-z][a-z0-9-]*\.cjs$/)
    const mean = code.length / code.split('\n').length
    assert.ok(mean < 60, `${name} has lines of ${mean.toFixed()} characters`)
  }
})

test('the command line loads nothing but itself and Node.js', () => {
  const loaded = bundle.flatMap(([from, code]) =>
    [...code.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, to = '']) => ({ from, to })),
  )
  assert.ok(loaded.length > 100)
  const names = bundle.map(([name]) => `./${name}`)
  for (const { from, to } of loaded) {
    assert.ok(names.includes(to) || isBuiltin(to), `${from} loads ${to}`)
  }
})

test('the licences of all packages in the command line come with it', () => {
  const licences = readFileSync(join(ROOT, 'dist/cli/LICENSES.txt'), 'utf8')
  const packages = new Set(
    bundle.flatMap(([, code]) =>
      [...code.matchAll(/^\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)].map(([, name]) => name),
    ),
  )
  assert.ok(packages.has('yargs') && packages.has('@noble/hashes'))
  for (const name of packages) {
    const { version, license } = JSON.parse(
      readFileSync(join(ROOT, 'node_modules', `${name}`, 'package.json'), 'utf8'),
    )
    const at = licences.indexOf(`\n${name} ${version} (${license})\n`)
    assert.ok(at > 0, `${name}`)
    const own = licences.slice(at).split('-'.repeat(80))[0] ?? ''
    assert.match(own, /Permission (?:is hereby granted|to use, copy, modify)/, `${name}`)
    assert.match(own, /Copyright|©/i, `${name}`)
  }
})

test('the lock file names no registry', () => {
  const lock = readFileSync(join(ROOT, 'package-lock.json'), 'utf8')
  assert.doesNotMatch(lock, /"resolved"/)
  for (const [name, entry] of Object.entries<{ integrity?: string; link?: boolean }>(
    JSON.parse(lock).packages,
  )) {
    if (name !== '') assert.match(entry.integrity ?? '', /^sha512-/, name)
  }
})

describe('the package', () => {
  let folder: string
  let skip: string | undefined

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tls-stamp-package-'))
    mkdirSync(join(folder, 'app'))
    const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]
    const { stdout } = await npm(pack, ROOT)
    const [{ filename }] = JSON.parse(stdout)
    writeFileSync(join(folder, 'app', 'package.json'), '{ "private": true, "type": "module" }')
    const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']
    try {
      await npm(['install', ...quiet, join(folder, filename)], join(folder, 'app'))
    } catch (error) {
      const unreachable = /ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|EIDLETIMEOUT/
      if (process.env.CI || !unreachable.test(`${error}`)) throw error
      skip = 'its dependencies are neither cached nor within reach'
    }
  })

  after(() => rmSync(folder, { recursive: true, force: true }))

  const app = (name: string): string => join(folder, 'app', name)
  const installed = (name: string): string => app(join('node_modules', 'tls-stamp', name))
  const stamp = (args: readonly string[]): Promise<{ stdout: string }> =>
    run(process.execPath, [app('node_modules/.bin/tls-stamp'), ...args], { cwd: app('.') })

  test('holds what a user needs and nothing else', (t) => {
    if (skip) return t.skip(skip)
    const files = readdirSync(installed('.'), { recursive: true, encoding: 'utf8' })
      .map((path) => path.split(sep).join('/'))
      .sort()
    for (const file of [
      'README.md',
      'LICENSE',
      'SPEC.md',
      'bin/tls-stamp.js',
      'dist/cli/run.cjs',
    ]) {
      assert.ok(files.includes(file), file)
    }
    assert.ok(files.includes('dist/src/index.d.ts') && files.includes('examples/demo.js'))
    for (const file of files) {
      assert.doesNotMatch(file, /(?:^|\/)(?:test|node_modules|shared|\.\w+)(?:\/|$)|\.test\./, file)
      assert.doesNotMatch(file, /^dist\/src\/cli|^src\//, file)
    }
  })

  test('names no folder of the machine that it was built on', (t) => {
    if (skip) return t.skip(skip)
    for (const entry of readdirSync(installed('.'), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const text = readFileSync(join(entry.parentPath, entry.name), 'latin1')
      assert.ok(!text.includes(ROOT), entry.name)
      assert.doesNotMatch(text, /["'`(](?:\/home\/|\/Users\/|[A-Z]:\\)/, entry.name)
    }
  })

  // What the types are to other resolvers is checked by hand, since the tool is large, and was clean:
  // npx @arethetypeswrong/cli@0.18.5 --pack . --profile esm-only
  test('is one in which publint finds nothing to suggest', async (t) => {
    if (skip) return t.skip(skip)
    const pkgDir = installed('.')
    const { messages } = await publint({ pkgDir, pack: false, level: 'suggestion', strict: true })
    assert.deepEqual(messages, [])
    const broken = { ...manifest, exports: { '.': './dist/src/none.js' } }
    writeFileSync(join(folder, 'package.json'), JSON.stringify(broken))
    const found = await publint({ pkgDir: folder, pack: false, strict: true })
    assert.ok(found.messages.some(({ code }) => code === 'FILE_DOES_NOT_EXIST'))
  })

  test('runs from where npm puts it', async (t) => {
    if (skip) return t.skip(skip)
    assert.equal((await stamp(['--version'])).stdout, `${version}\n`)
    assert.match(
      (await stamp(['sign', '--help'])).stdout,
      /^Usage: tls-stamp sign FILE\.\.\.\n {7}tls-stamp sign HOST PORT FILE/,
    )
    const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
    const [endEntity] = endEntities(pki)
    const subjects = [subject('doc.txt', 'some text\n')]
    const statement = makeStatement({ subjects, rounds: roundsAt(endEntity) })
    writeFileSync(app('signed_statement'), encodeStatement(statement))
    writeFileSync(app('doc.txt'), 'some text\n')
    writeFileSync(app('ca.pem'), pki.root.pem)
    const { stdout } = await stamp([
      'verify',
      'signed_statement',
      '--ca',
      'ca.pem',
      '--witness',
      HOST,
    ])
    assert.match(stdout, /^passed {2}the subject existed no later than 2026-01-31 12:00:01 UTC\n/)
  })

  test('exports exactly its API', async (t) => {
    if (skip) return t.skip(skip)
    const list = async (specifier: string): Promise<string[]> => {
      const print = `console.log(JSON.stringify(Object.keys(await import('${specifier}'))))`
      const args = ['--input-type=module', '-e', print]
      const { stdout } = await run(process.execPath, args, { cwd: app('.') })
      return JSON.parse(stdout).sort()
    }
    assert.deepEqual(await list('tls-stamp'), [...CORE].sort())
    assert.deepEqual(await list('tls-stamp/node'), [...CORE, ...NODE].sort())
    for (const inner of ['tls-stamp/dist/src/encoding/der.js', 'tls-stamp/cli']) {
      await assert.rejects(list(inner), /ERR_PACKAGE_PATH_NOT_EXPORTED/)
    }
  })

  test('has types that a strict consumer can use, without those of Node', async (t) => {
    if (skip) return t.skip(skip)
    const options = {
      strict: true,
      noEmit: true,
      module: 'nodenext',
      moduleResolution: 'nodenext',
      target: 'es2022',
      lib: ['es2023', 'dom'],
      types: [],
      exactOptionalPropertyTypes: true,
    }
    const tsconfig = { compilerOptions: options, include: ['consumer.ts'] }
    writeFileSync(app('tsconfig.json'), JSON.stringify(tsconfig))
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc')
    writeFileSync(app('consumer.ts'), CONSUMER)
    await run(tsc, ['-p', '.'], { cwd: app('.') })
    writeFileSync(app('consumer.ts'), `${CONSUMER}\nreport.verdict = 'passed'\n`)
    await assert.rejects(run(tsc, ['-p', '.'], { cwd: app('.') }), ({ stdout }) => {
      assert.match(stdout, /read-only property/)
      return true
    })
  })
})

const CONSUMER = `
import { type Report, decodeStatement, inspectHandshake, validatePath, verifyStatement } from 'tls-stamp'
import { createStatement, digestFile, systemTrustAnchors, verifySignatureNative } from 'tls-stamp/node'

const sha256 = await digestFile('doc.txt')
const { statement } = await createStatement({ host: 'localhost', subjects: [{ name: 'doc.txt', sha256 }] })
const trustAnchors: Uint8Array[] = systemTrustAnchors()
export const report: Report = verifyStatement(statement, {
  digests: [{ name: 'doc.txt', sha256 }],
  trustAnchors,
  witnesses: ['localhost'],
  now: new Date(),
  verifySignature: verifySignatureNative,
})
export const verdict: 'passed' | 'failed' | 'indeterminate' = report.verdict
export const time: Date | null = report.time.notAfter
export const scheme: string | null = inspectHandshake({ server: new Uint8Array(0) }).scheme
const result = validatePath({
  endEntity: sha256, intermediates: [], trustAnchors, time: new Date(), host: 'localhost',
})
export const path: Uint8Array[] = result.outcome === 'pass' ? result.path : []
export const again = decodeStatement(new Uint8Array(0)).subjects[0]?.sha256
`

function npm(args: readonly string[], cwd: string): Promise<{ stdout: string }> {
  return run('npm', [...args], { cwd, env: { ...process.env, npm_config_loglevel: 'error' } })
}
