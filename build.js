// Builds dist/: the compiled sources and tests, the command line as a bundle, and the page. With --if-changed only when it was
// built from other sources, or by another Node.js, whose roots the page holds.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleCommandLine } from './bundle.js'

const ROOT = fileURLToPath(new URL('.', import.meta.url))
const BUILT_FROM = join(ROOT, 'dist', 'built-from')
/** All that dist/ is made from; of the tests, the sources alone. */
const INPUTS = [
  'build.js',
  'bundle.js',
  'examples/verify-with-openssl.sh',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'src',
  'test',
]

const inputs = digestOfInputs()
if (!process.argv.includes('--if-changed') || digestOfBuilt() !== inputs) await build()

async function build() {
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true })
  await Promise.all([tsc('.'), tsc('src/web'), bundleCommandLine(ROOT)])
  await node('dist/src/web/build.js')
  await node('dist/src/cli/help/build.js')
  writeFileSync(BUILT_FROM, inputs)
}

function digestOfBuilt() {
  return existsSync(BUILT_FROM) ? readFileSync(BUILT_FROM, 'latin1') : undefined
}

function digestOfInputs() {
  const hash = createHash('sha256').update(process.version)
  for (const path of INPUTS.flatMap(filesOf)) {
    hash.update(`\n${path} ${statSync(join(ROOT, path)).size}\n`)
    hash.update(readFileSync(join(ROOT, path)))
  }
  return hash.digest('hex')
}

/** The path itself, or those of the files in the folder that go into a build. */
function filesOf(path) {
  if (!statSync(join(ROOT, path)).isDirectory()) return [path]
  return readdirSync(join(ROOT, path), { recursive: true })
    .map((name) => join(path, name))
    .filter((file) => file.startsWith('src') || file.endsWith('.ts'))
    .filter((file) => statSync(join(ROOT, file)).isFile())
    .sort()
}

function tsc(project) {
  return node('node_modules/typescript/bin/tsc', '-p', project)
}

async function node(...args) {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' })
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) process.exit(1)
}
