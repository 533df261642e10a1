// The architecture of src/, held against the sources: who may import what, what stays out of the core, and house style.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, sep } from 'node:path'
import { test } from 'node:test'
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import { repositoryPath } from './support/harness/repository.ts'

const ROOT = dirname(repositoryPath('src/index.ts'))

/** From the ground up: a file imports from its own layer and from those below. */
const LAYERS: readonly (readonly string[])[] = [
  ['errors.ts', 'version.ts'],
  ['encoding/'],
  ['signature/'],
  ['x509/'],
  ['tls/'],
  ['capture/'],
  ['statement/'],
  ['verify/'],
  ['legacy/'],
  ['inspect/'],
  ['index.ts'],
  ['system/'],
  ['sign/'],
  ['probe/'],
  ['session/'],
  ['node.ts'],
  ['cli/'],
  ['web/'],
]

/** Tables, which no reader reads from top to bottom. */
const TABLES = ['tls/cipher-suites.ts']

const BANNED = /^(?:data|info|misc|utils?|helpers?|common|blobs?|managers?)$/i

interface Import {
  readonly from: string
  readonly to: string
}

const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .map((path) => path.split(sep).join('/'))
  .filter((path) => path.endsWith('.ts'))
  .sort()
const sources = new Map(files.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]))
const imports = files.flatMap(importsOf)
const inner = imports.filter(({ to }) => sources.has(to))
const outer = imports.filter(({ to }) => !sources.has(to))

function importsOf(from: string): Import[] {
  const text = sources.get(from) ?? ''
  const statements = [
    ...text.matchAll(/^(?:import|export)\b[^'"`;=()]*?\bfrom '([^']+)'/gm),
    ...text.matchAll(/^import '([^']+)'/gm),
    ...text.matchAll(/\bimport\('([^']+)'\)/g),
  ]
  return statements.map(([, target = '']) => {
    return { from, to: target.startsWith('.') ? posix.join(posix.dirname(from), target) : target }
  })
}

function placeOf(file: string): { readonly layer: number; readonly part: string } {
  for (const [layer, parts] of LAYERS.entries()) {
    const part = parts.find((one) => (one.endsWith('/') ? file.startsWith(one) : file === one))
    if (part !== undefined) return { layer, part }
  }
  assert.fail(`src/${file} has no place in the architecture`)
}

function isCore(file: string): boolean {
  return !/^(?:system|sign|probe|session|cli|web)\/|^node\.ts$/.test(file)
}

/** Source without comments and without what strings and regular expressions say. */
function codeOf(file: string): string {
  return (sources.get(file) ?? '')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '$1')
    .replace(/'(?:[^'\\\n]|\\.)*'/g, "''")
    .replace(/`(?:[^`\\$]|\\.)*`/g, '``')
}

test('the import graph is read at all', () => {
  assert.ok(files.length > 40)
  assert.ok(inner.length > 100)
  assert.ok(inner.some(({ from, to }) => from === 'cli/main.ts' && to === 'cli/commands/sign.ts'))
  for (const { from, to } of imports) {
    if (to.endsWith('.ts'))
      assert.ok(sources.has(to), `src/${from} imports ${to}, which is not there`)
  }
})

test('imports go down the layers, and tls/ and pki/ stay apart', () => {
  for (const { from, to } of inner) {
    const [above, below] = [placeOf(from), placeOf(to)]
    assert.ok(below.layer <= above.layer, `src/${from} imports ${to} from a layer above`)
    const apart =
      above.layer === below.layer && above.part.endsWith('/') && above.part !== below.part
    assert.ok(!apart, `src/${from} imports ${to}`)
  }
})

test('the page takes from the library what everybody may take, and nothing else', () => {
  for (const { from, to } of inner) {
    if (!from.startsWith('web/')) assert.ok(!to.startsWith('web/'), `src/${from} imports ${to}`)
    else assert.ok(to === 'index.ts' || to.startsWith('web/'), `src/${from} imports ${to}`)
  }
})

test('there are no import cycles', () => {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    assert.ok(!path.includes(file), `import cycle: ${[...path, file].join(' -> ')}`)
    if (done.has(file)) return
    for (const { from, to } of inner) if (from === file) visit(to, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
})

test('packages are imported where they belong and nowhere else', () => {
  for (const { from, to } of outer) {
    const where = `src/${from} imports ${to}`
    if (from === 'web/worker/hashing.ts')
      assert.ok(['hash-wasm', '@noble/hashes/sha2.js'].includes(to), where)
    else if (from === 'web/build.ts') assert.ok(to === 'esbuild' || to.startsWith('node:'), where)
    else if (to.startsWith('node:')) assert.ok(!isCore(from), where)
    else if (/^(?:@noble\/curves\/|node-forge)/.test(to)) {
      assert.ok(
        ['signature/portable.ts', 'signature/forge-jsbn.d.ts', 'session/key-agreement.ts'].includes(
          from,
        ),
        where,
      )
    } else if (to.startsWith('@noble/hashes/'))
      assert.ok(isCore(from) || from.startsWith('session/'), where)
    else {
      assert.equal(to, 'yargs', where)
      assert.ok(['cli/main.ts', 'cli/options.ts'].includes(from), where)
    }
  }
})

test('the core has no clock, no randomness, no I/O and no Buffer', () => {
  const impure =
    /\b(?:Buffer|process|performance|set(?:Timeout|Interval|Immediate)|queueMicrotask|fetch|console|require)\b(?!'?\s*:)|\bDate\.now\b|\bMath\.random\b|\bnew Date\(\)|\bcrypto\.|\basync\b|\bawait\b/
  for (const file of files.filter(isCore)) {
    const found = codeOf(file)
      .split('\n')
      .find((line) => impure.test(line))
    assert.equal(found, undefined, `src/${file}`)
  }
})

test('the core has no state of its own', () => {
  for (const file of files.filter(isCore)) {
    const found = codeOf(file)
      .split('\n')
      .find((line) => /^(?:export )?(?:let|var)\b/.test(line))
    assert.equal(found, undefined, `src/${file}`)
  }
})

test('only cli/terminal.ts writes to the terminal', () => {
  for (const file of files.filter((one) => one !== 'cli/terminal.ts')) {
    assert.doesNotMatch(codeOf(file), /\bprocess\.(?:stdout|stderr)\b|\bconsole\b/, `src/${file}`)
  }
})

test('the core runs where there is nothing of Node', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(ROOT, 'index.ts')],
    ...{ bundle: true, write: false, metafile: true, logLevel: 'silent' },
    ...{ platform: 'browser', format: 'iife', globalName: 'stamp', target: 'es2022' },
  })
  assert.ok(Object.keys(metafile.inputs).every((input) => !input.startsWith('node:')))
  const context = createContext({ TextEncoder, TextDecoder, Uint8Array, atob, btoa })
  runInContext(outputFiles[0]?.text ?? '', context)
  const names = runInContext('Object.keys(stamp).join(" ")', context)
  assert.match(names, /\bverifyStatement\b/)
  const code = runInContext(
    'try { stamp.decodeStatement(new Uint8Array(3)) } catch (error) { error.code }',
    context,
  )
  assert.equal(code, 'invalid-value')
})

test('the command line is bundled without the portable backend', async () => {
  const { metafile } = await build({
    entryPoints: [join(ROOT, 'cli/run.ts')],
    ...{ bundle: true, splitting: true, write: false, metafile: true, logLevel: 'silent' },
    ...{ platform: 'node', format: 'esm', outdir: 'bundle' },
  })
  const outputs = Object.values(metafile.outputs)
  assert.ok(outputs.some(({ entryPoint }) => entryPoint?.endsWith('src/cli/commands/verify.ts')))
  for (const { entryPoint = 'a shared part', inputs } of outputs) {
    const held = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    const forbidden = held.map(([path]) => path).filter((path) => /node-forge/.test(path))
    assert.deepEqual(forbidden, [], entryPoint)
    // A complete handshake agrees on keys, and needs the curves for that.
    if (entryPoint.endsWith('src/cli/commands/handshake.ts')) continue
    const curves = held.map(([path]) => path).filter((path) => /@noble\/curves/.test(path))
    assert.deepEqual(curves, [], entryPoint)
  }
})

test('every file begins by saying in a sentence why it exists', () => {
  for (const file of files) {
    const [head = ''] = /^(?:\/\/ .*\n)*/.exec(sources.get(file) ?? '') ?? []
    assert.match(head, /^\/\/ [\s\S]*[.)]\n$/, `src/${file}`)
  }
})

test('no file is longer than a reader has patience for', () => {
  for (const file of files.filter((one) => !TABLES.includes(one))) {
    const lines = sources.get(file)?.split('\n').length ?? 0
    assert.ok(lines <= 350, `src/${file} has ${lines} lines`)
  }
})

test('no name says nothing', () => {
  const words = (name: string): string[] => name.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/)
  for (const file of files) {
    const exported = (sources.get(file) ?? '').matchAll(
      /^export (?:declare )?(?:async )?(?:abstract )?(?:const|function|class|interface|type)\*? (\w+)/gm,
    )
    const names = [file.replace(/\.ts$/, ''), ...[...exported].map(([, name = '']) => name)]
    for (const name of names) {
      assert.ok(!words(name).some((word) => BANNED.test(word)), `${name} in src/${file}`)
      assert.doesNotMatch(name, /^get[A-Z]/, `${name} in src/${file}`)
    }
  }
})

test('no test is called by a name that says nothing', () => {
  const folder = dirname(repositoryPath('test/architecture.test.ts'))
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts')) continue
    const words = path.split(/[^A-Za-z]+/)
    assert.ok(!words.some((word) => BANNED.test(word)), `test/${path}`)
  }
})
