// What the command line loads for a command: nothing that it does not use, since loading is most of a short run.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeStatement } from '../../src/statement/encode.ts'
import { openWorkspace, PROGRAM } from '../support/harness/command-line.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject } from '../support/make/statements.ts'
import { endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
const [endEntity] = endEntities(pki)
const subjects = [subject('doc.txt', 'some text\n')]
const statement = encodeStatement(makeStatement({ subjects, rounds: roundsAt(endEntity) }))

/** Says at the end, on standard error, which files and which modules of Node.js were loaded. */
const WATCH = `process.on('exit', () => {
  const files = Object.keys(require.cache).map((path) => path.split(/[\\\\/]/).at(-1))
  const builtins = process.moduleLoadList.map((name) => name.replace(/^NativeModule /, ''))
  process.stderr.write(JSON.stringify({ files, builtins }) + '\\n')
})`

interface Loaded {
  readonly code: number | null
  /** Of the command line, by their names. */
  readonly files: readonly string[]
  readonly builtins: readonly string[]
}

async function loadedBy(args: string): Promise<Loaded> {
  const at = openWorkspace({ stamp: statement, 'doc.txt': 'some text\n', 'ca.pem': pki.root.pem })
  try {
    at.write('watch.cjs', WATCH)
    const call = `"${process.execPath}" -r ./watch.cjs "${PROGRAM}" ${args}`
    const { code, stderr } = await at.shell(call)
    return { code, ...JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '') }
  } finally {
    at.remove()
  }
}

const COMMANDS = [
  'export',
  'extract',
  'handshake',
  'inspect',
  'page',
  'probe',
  'renew',
  'sign',
  'status',
  'verify',
  'witnesses',
].map((name) => `${name}.cjs`)

test('--version loads neither the grammar nor cryptography', async () => {
  const { code, files, builtins } = await loadedBy('--version')
  assert.equal(code, 0)
  assert.ok(files.includes('run.cjs'))
  assert.ok(!files.includes('main.cjs'), files.join(' '))
  assert.ok(!builtins.includes('crypto') && !builtins.includes('tls'))
})

test('verify loads its own command alone, and node:tls only for the built-in roots', async () => {
  const own = await loadedBy(`verify stamp --witness ${HOST} --ca ca.pem`)
  assert.equal(own.code, 0)
  assert.deepEqual(
    own.files.filter((name) => COMMANDS.includes(name)),
    ['verify.cjs'],
  )
  for (const name of ['sign', 'probe', 'inspect', 'session']) {
    assert.ok(!own.files.some((file) => file.startsWith(`shared-${name}`)), name)
  }
  for (const name of [
    'tls',
    'http',
    'https',
    'dns',
    'child_process',
    'internal/crypto/webcrypto',
  ]) {
    assert.ok(!own.builtins.includes(name), name)
  }
  const builtIn = await loadedBy(`verify stamp --witness ${HOST}`)
  assert.equal(builtIn.code, 1)
  assert.ok(builtIn.builtins.includes('tls'))
  assert.ok(!builtIn.builtins.includes('https'))
})

test('every command’s help loads that command alone', async () => {
  const names = COMMANDS.map((file) => file.slice(0, -'.cjs'.length))
  for (const name of names) {
    const { code, files } = await loadedBy(`${name} --help`)
    assert.equal(code, 0)
    const others = files.filter((file) => COMMANDS.includes(file) && file !== `${name}.cjs`)
    assert.deepEqual(others, [], name)
  }
})
