// Keeps the compiled form of the command line between its runs, where Node.js can (22.8 and later), which is a good part of the time
// that a run takes.

import { mkdirSync, statSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { dirname, join } from 'node:path'

/**
 * Has Node.js keep what it compiles from here on below XDG_CACHE_HOME or ~/.cache. Never in its own default, a folder below
 * /tmp: whoever can write there can have another user's run execute code of theirs, since V8 does not hold the
 * cache against the source. So the folder and the one that it is in have to be the user's own and writable by nobody else,
 * which also leaves out `sudo` with the home of another. Windows, which tells nothing of that kind, has no cache.
 */
export function keepCompiled(env: NodeJS.ProcessEnv = process.env): void {
  const { enableCompileCache } = nodeModule as CompileCache
  const cache = env.XDG_CACHE_HOME || (env.HOME && join(env.HOME, '.cache'))
  if (!enableCompileCache || !process.getuid || !cache?.startsWith('/')) return
  const folder = join(cache, 'tls-stamp')
  try {
    mkdirSync(folder, { mode: 0o700, recursive: true })
    if (isOwn(folder) && isOwn(dirname(folder))) enableCompileCache(folder)
  } catch {
    // Without a place for it, a run takes a little longer
  }
}

/** What the types of Node.js 20 do not have. */
interface CompileCache {
  readonly enableCompileCache?: (folder: string) => unknown
}

/** Whether a folder is of the user that this process runs as, and nobody else may write to it. */
function isOwn(folder: string): boolean {
  const { uid, mode } = statSync(folder)
  return uid === process.geteuid?.() && (mode & 0o022) === 0
}
