// The install lines of README.md work in a fresh clone. It takes npm's registry or its cache, and half a minute.

import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
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

test('the install lines of README.md install the program from a fresh clone', {
  skip: missing('git'),
}, async (t) => {
  const [readme] = readManual()
  const [, block = ''] = /^## Install\n[\s\S]*?\n\n((?: {4}.*\n)+)/m.exec(readme?.text ?? '') ?? []
  assert.match(block, /^ {4}npm ci\b/)
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
    await run('/bin/sh', ['-e', '-c', block], { cwd: join(folder, 'clone'), env })
    rmSync(join(folder, 'clone'), { recursive: true })
    const { stdout } = await run(join(prefix, 'bin', 'tls-stamp'), ['--version'], { cwd: folder })
    assert.equal(stdout, `${version}\n`)
  } catch (error) {
    if (process.env.CI || !UNREACHABLE.test(`${error}`)) throw error
    t.skip('the dependencies are neither cached nor within reach')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

/** The files of the working tree that a clone would have. */
function copyClone(clone: string): void {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const names = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\0')
  for (const name of names.filter((each) => each !== '' && existsSync(join(ROOT, each)))) {
    mkdirSync(dirname(join(clone, name)), { recursive: true })
    copyFileSync(join(ROOT, name), join(clone, name))
  }
}
