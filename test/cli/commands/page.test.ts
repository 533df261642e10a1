// tls-stamp page, as a user types it, in an installation of its own.

import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  ERROR_LINES,
  type Outcome,
  openWorkspace,
  ROOT,
  type Workspace,
} from '../../support/harness/command-line.ts'

const PAGE = '<!doctype html>\n<title>verify</title>\n'

let installation: string

/** The command line without what else the package has, so that the page is what a test makes it. */
before(() => {
  installation = mkdtempSync(join(tmpdir(), 'tls-stamp-page-'))
  writeFileSync(join(installation, 'package.json'), '{ "type": "module" }')
  for (const name of ['with', 'without']) {
    const folder = join(installation, name)
    cpSync(join(ROOT, 'bin'), join(folder, 'bin'), { recursive: true })
    cpSync(join(ROOT, 'dist/cli'), join(folder, 'dist/cli'), { recursive: true })
  }
  mkdirSync(join(installation, 'with/dist/web'))
  writeFileSync(join(installation, 'with/dist/web/verify.html'), PAGE)
})

after(() => rmSync(installation, { recursive: true, force: true }))

function page(
  name: string,
  body: (
    at: Workspace,
    run: (from: 'with' | 'without', ...args: string[]) => Promise<Outcome>,
  ) => Promise<void>,
): void {
  test(name, async () => {
    const at = openWorkspace()
    const run = (from: string, ...args: string[]): Promise<Outcome> => {
      const program = join(installation, from, 'bin/tls-stamp.js')
      return at.shell(`"${process.execPath}" "${program}" page ${args.join(' ')}`)
    }
    try {
      await body(at, run)
    } finally {
      at.remove()
    }
  })
}

describe('page', { concurrency: 4 }, () => {
  page('writes the page that comes with the package', async (at, run) => {
    const { stdout, stderr, code } = await run('with')
    assert.equal(at.read('verify.html'), PAGE)
    assert.equal(stdout, `  written       verify.html, ${PAGE.length} bytes\n`)
    assert.equal(stderr, '')
    assert.equal(code, 0)
  })

  page('writes to another name, never over a file without --force', async (at, run) => {
    const { stdout } = await run('with', '-o', 'a.html', '--json')
    assert.deepEqual(JSON.parse(stdout), { output: 'a.html', size: PAGE.length })
    at.write('a.html', 'mine')
    const refused = await run('with', '-o', 'a.html')
    assert.match(refused.stderr, /^tls-stamp: error: a\.html exists already\nhint: .*--force\n$/)
    assert.equal(refused.code, 2)
    assert.equal(at.read('a.html'), 'mine')
    assert.equal((await run('with', '-o', 'a.html', '--force')).code, 0)
    assert.equal(at.read('a.html'), PAGE)
  })

  page('says when the installation lacks it, and writes nothing', async (at, run) => {
    const { stdout, stderr, code } = await run('without')
    assert.match(stderr, /^tls-stamp: error: the page is missing from this installation\nhint: /)
    assert.match(stderr, ERROR_LINES)
    assert.equal(stdout, '')
    assert.equal(code, 2)
    assert.deepEqual(at.list(), [])
  })

  page('refuses arguments, and a folder that is not there', async (at, run) => {
    for (const [args, message] of [
      ['x.html', 'expected no argument, got x.html'],
      ['-o - --json', 'expected --json only with an output that is a file, got -'],
      ['-o nowhere/x.html', 'nowhere: no such file or directory'],
    ] as const) {
      const { stderr, code } = await run('with', args)
      assert.equal(stderr.split('\n')[0], `tls-stamp: error: ${message}`)
      assert.equal(code, 2)
    }
    assert.deepEqual(at.list(), [])
  })
})
