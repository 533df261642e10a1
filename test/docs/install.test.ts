// The install lines of README.md give the program, its manual and the library. It takes npm's registry or its cache.

import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { version } from '../../src/version.ts'
import { ROOT } from '../support/harness/command-line.ts'
import { missing } from '../support/servers/programs.ts'
import { readManual } from './documents.ts'

const run = promisify(execFile)

/** What npm says when a package is neither cached nor within reach. */
const UNREACHABLE = /ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|EIDLETIMEOUT/

/** What a project of one's own takes from the library. */
const IMPORTS = `
  import { version } from 'tls-stamp'
  import { createStatement } from 'tls-stamp/node'
  if (createStatement) console.log(version)
`

test('the install lines of README.md install the program, its manual and the library from a fresh clone', {
  skip: missing('git'),
}, async (t) => {
  const [readme] = readManual()
  const [, block = ''] = /^## Install\n[\s\S]*?\n\n((?: {4}.*\n)+)/m.exec(readme?.text ?? '') ?? []
  assert.match(block, /^ {4}npm ci\b/)
  const [, library = ''] = /`(npm install \/path\/to\/[^`]+)`/.exec(readme?.text ?? '') ?? []
  assert.notEqual(library, '')
  const folder = mkdtempSync(join(tmpdir(), 'tls-stamp-install-'))
  const prefix = join(folder, 'prefix')
  const npm = {
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_prefer_offline: 'true',
  }
  const env = { ...process.env, ...npm, npm_config_prefix: prefix }
  try {
    copyClone(join(folder, 'clone'))
    const clone = join(folder, 'clone')
    const { stderr } = await run('/bin/sh', ['-e', '-c', block], { cwd: clone, env })
    assert.doesNotMatch(stderr, /install-scripts|allow-scripts/)
    await installLibrary(library.replace('/path/to', clone), join(folder, 'project'), env)
    rmSync(clone, { recursive: true })
    const { stdout } = await run(join(prefix, 'bin', 'tls-stamp'), ['--version'], { cwd: folder })
    assert.equal(stdout, `${version}\n`)
    assert.match(readFileSync(join(prefix, 'share/man/man1/tls-stamp.1'), 'utf8'), /^\.TH /m)
    const imported = await run(process.execPath, ['--input-type=module', '--eval', IMPORTS], {
      cwd: join(folder, 'project'),
    })
    assert.equal(imported.stdout, `${version}\n`)
  } catch (error) {
    if (process.env.CI || !UNREACHABLE.test(`${error}`)) throw error
    t.skip('the dependencies are neither cached nor within reach')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

async function installLibrary(
  command: string,
  project: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{}\n')
  await run('/bin/sh', ['-c', command], { cwd: project, env })
}

/** The files of the working tree that a clone would have. */
function copyClone(clone: string): void {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const names = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\0')
  for (const name of names.filter((each) => each !== '' && existsSync(join(ROOT, each)))) {
    mkdirSync(dirname(join(clone, name)), { recursive: true })
    copyFileSync(join(ROOT, name), join(clone, name))
  }
}
