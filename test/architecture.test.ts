// The architecture of src/, held against the sources: who may import what, what stays out of the core, and house style.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, posix, sep } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { type BuildOptions, build } from 'esbuild'
import { repositoryPath } from './support/harness/repository.ts'

const ROOT = dirname(repositoryPath('src/index.ts'))

/** The folders and files of src/ in order: each imports from itself and from those before it. */
const CORE =
  'errors version encoding signature x509 tls capture statement verify legacy inspect wording index'
const SHELL = 'system sign probe session node cli web'
const ORDER = `${CORE} ${SHELL}`.split(' ')

/** Who may import a package, as a path within src/ begins. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  'node:': /^(?:system|sign|probe|session|node|cli|web\/build)\b/,
  '@noble/curves': /^signature\/portable\./,
  'node-forge': /^signature\/(?:portable|forge-jsbn\.d)\./,
  '@noble/hashes':
    /^(?:encoding|signature|x509|tls|statement|verify|legacy|inspect|session|web\/worker)\//,
  'hash-wasm': /^web\/worker\//,
  esbuild: /^web\/build\./,
  yargs: /^cli\//,
}

/** Tables, which no reader reads from top to bottom. */
const TABLES = ['tls/cipher-suites.ts', 'tls/registry.ts']

const BANNED = /^(?:data|info|misc|utils?|helpers?|common|blobs?|managers?)$/i

const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .map((path) => path.split(sep).join('/'))
  .filter((path) => path.endsWith('.ts'))
  .sort()
const sources = new Map(files.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]))
const core = files.filter((file) => CORE.split(' ').includes(placeOf(file)))
const imports = files.flatMap((from) =>
  [
    ...(sources.get(from) ?? '').matchAll(
      /^(?:import|export)\b[^'"`;=()]*?\bfrom '([^']+)'|\bimport\('([^']+)'\)/gm,
    ),
  ]
    .map(([, named, dynamic]) => named ?? dynamic ?? '')
    .map((to) => ({ from, to: to.startsWith('.') ? posix.join(posix.dirname(from), to) : to })),
)

/** The folder, or the file beside the folders, without ".ts". */
function placeOf(file: string): string {
  return file.replace(/(?:\/|\.ts$).*/, '')
}

function isFace(file: string): boolean {
  return /^\w+\/index\.ts$/.test(file)
}

/** What a file imports or re-exports by name: what stands in braces, and what it takes out of a namespace. */
function namesTakenBy(from: string): { readonly to: string; readonly name: string }[] {
  const source = sources.get(from) ?? ''
  const clauses = source.matchAll(
    /^(?:import|export) (?:type )?(?:\{([^}]*)\}|\* as (\w+)) from '([^']+)'$/gm,
  )
  return [...clauses].flatMap(([, list = '', namespace, path = '']) => {
    const names =
      namespace === undefined
        ? list.matchAll(/(?<!\bas )\b(?!(?:type|as) )(\w+)/g)
        : source.matchAll(new RegExp(`\\b${namespace}\\.(\\w+)`, 'g'))
    const to = posix.join(posix.dirname(from), path)
    return [...names].map(([, name = '']) => ({ to, name }))
  })
}

/** Source without comments and without what strings and regular expressions say. */
function codeOf(file: string): string {
  return (sources.get(file) ?? '')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '$1')
    .replace(/'(?:[^'\\\n]|\\.)*'/g, "''")
    .replace(/`(?:[^`\\$]|\\.)*`/g, '``')
}

function refuse(among: readonly string[], pattern: RegExp): void {
  for (const file of among) {
    const line = codeOf(file)
      .split('\n')
      .find((each) => pattern.test(each))
    assert.equal(line, undefined, `src/${file}`)
  }
}

test('imports go up the list, and across folders to the face of the other', () => {
  assert.ok(imports.length > 500)
  for (const { from, to } of imports.filter(({ to }) => to.endsWith('.ts'))) {
    const [importer, imported] = [placeOf(from), placeOf(to)]
    const where = `src/${from} imports ${to}`
    assert.ok(sources.has(to) && ORDER.includes(importer), where)
    if (importer === imported) continue
    assert.ok(ORDER.indexOf(imported) < ORDER.indexOf(importer), where)
    if (from === 'index.ts' && to === 'signature/portable.ts') continue
    assert.ok(
      importer === 'web'
        ? to === 'index.ts'
        : to === `${imported}.ts` || to === `${imported}/index.ts`,
      where,
    )
  }
})

test('a face re-exports and does nothing else', () => {
  for (const file of files.filter(isFace)) {
    const rest = codeOf(file).replace(/^export (?:type )?(?:\{[^}]*\}|\* as \w+) from ''$/gm, '')
    assert.equal(rest.trim(), '', `src/${file}`)
  }
})

test('a face exports what another folder takes, and nothing else', () => {
  const taken = files.flatMap((from) => namesTakenBy(from).map((each) => ({ ...each, from })))
  const exported = taken.filter(({ from }) => isFace(from))
  assert.ok(exported.length > 200)
  for (const { name, from: face } of exported) {
    const outside = taken.some(
      ({ to, name: one, from }) => to === face && one === name && placeOf(from) !== placeOf(face),
    )
    assert.ok(outside, `no other folder takes ${name} from src/${face}`)
  }
})

test('docs/architecture.md has the folders in order and names nothing that is gone', () => {
  const page = readFileSync(repositoryPath('docs/architecture.md'), 'utf8')
  const paths = [...page.matchAll(/(?<![\w./-])(?:src|test|schema)\/[\w./-]*/g)].map(
    ([path]) => path,
  )
  assert.ok(paths.length > 60)
  for (const path of paths) assert.doesNotThrow(() => repositoryPath(path), path)
  const picture = [...page.matchAll(/^ src\/(\w+)/gm)].map(([, place]) => place)
  assert.deepEqual(
    picture,
    ORDER.filter((place) => place !== 'errors' && place !== 'version'),
  )
})

test('there are no import cycles', () => {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    assert.ok(!path.includes(file), `import cycle: ${[...path, file].join(' -> ')}`)
    if (done.has(file)) return
    for (const { from, to } of imports) if (from === file) visit(to, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
})

test('packages are imported where they belong and nowhere else', () => {
  for (const { from, to } of imports.filter(({ to }) => !to.endsWith('.ts'))) {
    const [, allowed] = Object.entries(PACKAGES).find(([name]) => to.startsWith(name)) ?? []
    assert.match(
      from,
      allowed ?? assert.fail(`src/${from} imports ${to}`),
      `${to} from src/${from}`,
    )
  }
})

test('the core has no clock, no randomness, no I/O, no Buffer and no state', () => {
  refuse(
    core,
    /\b(?:Buffer|process|performance|set(?:Timeout|Interval|Immediate)|queueMicrotask|fetch|console|require)\b(?!'?\s*:)|\bDate\.now\b|\bMath\.random\b|\bnew Date\(\)|\bcrypto\.|\basync\b|\bawait\b|^(?:export )?(?:let|var)\b/,
  )
})

test('only cli/terminal.ts writes to the terminal', () => {
  const others = files.filter((file) => file !== 'cli/terminal.ts')
  refuse(others, /\bprocess\.(?:stdout|stderr)\b|\bconsole\b/)
})

test('the core runs where there is nothing of Node', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(ROOT, 'index.ts')],
    bundle: true,
    write: false,
    metafile: true,
    logLevel: 'silent',
    platform: 'browser',
    format: 'iife',
    globalName: 'stamp',
    target: 'es2022',
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
  const { COMMAND_LINE } = await import(pathToFileURL(repositoryPath('bundle.js')).href)
  const options: BuildOptions & { metafile: true } = COMMAND_LINE
  const { metafile } = await build({ ...options, absWorkingDir: dirname(ROOT) })
  const outputs = Object.values(metafile.outputs)
  assert.ok(outputs.some(({ entryPoint }) => entryPoint?.endsWith('src/cli/commands/verify.ts')))
  for (const { entryPoint = 'a shared part', inputs } of outputs) {
    const held = Object.keys(inputs).filter((path) => (inputs[path]?.bytesInOutput ?? 0) > 0)
    assert.deepEqual(
      held.filter((path) => /node-forge|@noble\/curves/.test(path)),
      [],
      entryPoint,
    )
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
    assert.ok(lines <= 320, `src/${file} has ${lines} lines`)
  }
})

test('no name says nothing, in src/ and in test/', () => {
  const exported =
    /^export (?:declare )?(?:async )?(?:abstract )?(?:const|function|class|interface|type)\*? (\w+)/gm
  const tests = readdirSync(dirname(repositoryPath('test/architecture.test.ts')), {
    recursive: true,
  })
  const paths = [...files, ...tests.map(String).filter((path) => path.endsWith('.ts'))]
  const names = files.flatMap((file) =>
    [...(sources.get(file) ?? '').matchAll(exported)].map(([, name = '']) => name),
  )
  for (const name of [...paths.map((path) => basename(path, '.ts')), ...names]) {
    const words = name.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/)
    assert.ok(!words.some((word) => BANNED.test(word)) && !/^get[A-Z]/.test(name), name)
  }
})

/** Where tests may take the difference of two times, and what for. */
const CLOCKS: Readonly<Record<string, string>> = {
  'interop/peers.test.ts': 'how far a clock that a server claims is from when it was asked',
}

test('no test asserts how long something takes: work is counted, and npm run bench takes time', () => {
  const folder = dirname(repositoryPath('test/architecture.test.ts'))
  const stopwatch =
    /\bperformance\.\w|\bhrtime\b|\b(?:cpu|resource)Usage\b|\bprocess\.uptime\b|\bconsole\.time/
  const span =
    /\bDate\.now\(\)[\d /)]* - |- Date\.now\b|- \(?(?:began|started)\b|\bDate\.now\(\)[\d /)]* [<>]=? \(?\w+ \+/
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => path.endsWith('.ts') && !path.startsWith('bench/') && path !== OWN)
    .flatMap((path) => {
      const forbidden = path in CLOCKS ? [stopwatch] : [stopwatch, span]
      return readFileSync(join(folder, path), 'utf8')
        .replace(/\/\*[\s\S]*?\*\/|\/\/ .*|'[^'\n]*'/g, '')
        .split('\n')
        .filter((line) => forbidden.some((pattern) => pattern.test(line)))
        .map((line) => `test/${path}: ${line.trim()}`)
    })
  assert.deepEqual(found, [])
})

const OWN = 'architecture.test.ts'
