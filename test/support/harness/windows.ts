// Runs the command line in the Windows build of Node.js, by Wine.

import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { program } from '../servers/programs.ts'
import { type Outcome, PROGRAM } from './command-line.ts'

export interface Windows {
  /** Runs tls-stamp with these arguments in a folder. */
  readonly run: (folder: string, args: readonly string[]) => Promise<Outcome>
  readonly shutDown: () => Promise<void>
}

/** A machine of its own, which takes some seconds to set up. Throws NotInstalledError. */
export async function startWindows(): Promise<Windows> {
  const [wine, node] = [program('wine'), program('windows-node')]
  const home = mkdtempSync(join(tmpdir(), 'tls-stamp-wine-'))
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    WINEPREFIX: join(home, 'prefix'),
    WINEARCH: 'win64',
    WINEDEBUG: '-all',
    // Wine says that it is an older Windows than Node.js is built for
    NODE_SKIP_PLATFORM_CHECK: '1',
  }
  const start = (args: readonly string[], cwd: string): Promise<Outcome> => {
    // Node.js can't write to Wine's pipes, only to its files
    const [out, err] = [join(home, 'stdout'), join(home, 'stderr')]
    const files = [out, err].map((path) => openSync(path, 'w'))
    const child = spawn(wine, args, {
      cwd,
      env,
      stdio: ['ignore', files[0], files[1]],
      timeout: DEADLINE,
      killSignal: 'SIGKILL',
    })
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => {
        files.forEach(closeSync)
        const [stdout = '', stderr = ''] = [out, err].map((path) => readFileSync(path, 'utf8'))
        resolve({ code, stdout, stderr })
      })
    })
  }
  const { stdout, stderr } = await start([node, '--version'], home)
  if (!/^v\d+\./.test(stdout)) throw new Error(`Node.js does not run in Wine: ${stderr}`)
  return {
    run: (folder, args) => start([node, PROGRAM, ...args], folder),
    shutDown: async () => {
      await start(['wineboot', '--kill'], home)
      rmSync(home, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

const DEADLINE = 240_000
