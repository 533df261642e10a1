// Where the command line keeps its compiled form: in a folder of the user's own, or nowhere.

import assert from 'node:assert/strict'
import { chmodSync, chownSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { test } from 'node:test'
import { openWorkspace, type Workspace } from '../support/harness/command-line.ts'

/** Node.js 22.8 and later keep compiled code; before, nothing is to be made. */
const isKept = 'enableCompileCache' in nodeModule

async function within(body: (at: Workspace) => Promise<void>): Promise<void> {
  const at = openWorkspace()
  try {
    await body(at)
  } finally {
    at.remove()
  }
}

/** Runs a command that loads all that there is to be kept; it passes, whatever becomes of the cache. */
async function help(at: Workspace, env: Readonly<Record<string, string>>): Promise<void> {
  const { code, stderr } = await at.run(['--help'], { env })
  assert.equal(stderr, '')
  assert.equal(code, 0)
}

test('it is kept below XDG_CACHE_HOME or ~/.cache, for its user alone', () =>
  within(async (at) => {
    mkdirSync(at.path('home'))
    await help(at, { HOME: at.path('home') })
    await help(at, { HOME: at.path('home'), XDG_CACHE_HOME: at.path('cache') })
    if (!isKept) return assert.deepEqual(at.list(), ['home'])
    for (const folder of ['home/.cache/tls-stamp', 'cache/tls-stamp']) {
      assert.equal(statSync(at.path(folder)).mode & 0o777, 0o700)
      const kept = readdirSync(at.path(folder), { recursive: true, withFileTypes: true })
      assert.ok(
        kept.some((entry) => entry.isFile()),
        folder,
      )
    }
  }))

test('it is not kept where others can write', () =>
  within(async (at) => {
    for (const [name, mode] of [
      ['cache/tls-stamp', 0o777],
      ['cache/tls-stamp', 0o770],
      ['cache', 0o777],
    ] as const) {
      mkdirSync(at.path('cache/tls-stamp'), { recursive: true, mode: 0o700 })
      chmodSync(at.path(name), mode)
      await help(at, { XDG_CACHE_HOME: at.path('cache') })
      assert.deepEqual(readdirSync(at.path('cache/tls-stamp')), [], `${name} ${mode.toString(8)}`)
      chmodSync(at.path(name), 0o700)
    }
  }))

test('it is not kept without a home, below a relative path, or where there can be no folder', () =>
  within(async (at) => {
    at.write('file', '')
    await help(at, { LANG: 'C' })
    await help(at, { XDG_CACHE_HOME: 'cache' })
    await help(at, { XDG_CACHE_HOME: at.path('file') })
    assert.deepEqual(at.list(), ['file'])
  }))

test(
  'it is not kept below a folder of another user, nor made there',
  {
    skip: process.geteuid?.() !== 0 && 'only as root: changing the owner of a folder',
  },
  () =>
    within(async (at) => {
      mkdirSync(at.path('home'))
      chownSync(at.path('home'), 65534, 65534)
      mkdirSync(at.path('own'))
      await help(at, { HOME: at.path('home') })
      symlinkSync(at.path('own'), at.path('home/.cache'))
      await help(at, { HOME: at.path('home') })
      mkdirSync(at.path('home/x'))
      await help(at, { XDG_CACHE_HOME: at.path('home/x/y') })
      assert.deepEqual(readdirSync(at.path('home'), { recursive: true }).sort(), ['.cache', 'x'])
      assert.deepEqual(readdirSync(at.path('own')), [])
    }),
)

test(
  'a place where no folder can be made ends no run',
  { skip: process.platform !== 'linux' },
  () => within((at) => help(at, { XDG_CACHE_HOME: '/proc' })),
)
