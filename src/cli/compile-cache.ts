// Keeps the compiled form of the command line between its runs, where Node.js can (22.8 and later), which is a good part of the time
// that a run takes.

import { existsSync, lstatSync, mkdirSync, realpathSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { basename, dirname, join } from 'node:path'

/**
 * Has Node.js keep what it compiles from here on below XDG_CACHE_HOME or ~/.cache. Never in its own default, a folder below
 * /tmp: whoever can write there can have another user's run execute code of theirs, since V8 does not hold the
 * cache against the source. So the folder has to be the user's own, in folders that nobody but the user and root can change,
 * which also leaves out `sudo` with the home of another. Windows, which tells nothing of that kind, has no cache.
 */
export function keepCompiled(env: NodeJS.ProcessEnv = process.env): void {
  const { enableCompileCache } = nodeModule as CompileCache
  const cache = env.XDG_CACHE_HOME || (env.HOME && join(env.HOME, '.cache'))
  if (!enableCompileCache || !process.getuid || !cache?.startsWith('/')) return
  try {
    enableCompileCache(ownFolder(join(ownFolder(cache), 'tls-stamp')))
  } catch {
    // Without a place for it, a run takes a little longer
  }
}

/**
 * The real path of a folder of the user's own, made if only it is missing. One level at a time, since a recursive mkdir never ends
 * below /proc. Throws the system's errors, and Error for a folder that another user could change.
 */
function ownFolder(path: string): string {
  const parent = realpathSync(dirname(path))
  requireUnchangeable(parent)
  const wanted = join(parent, basename(path))
  if (!existsSync(wanted)) mkdirSync(wanted, { mode: 0o700 })
  const folder = realpathSync(wanted)
  requireUnchangeable(folder)
  const { uid, mode } = lstatSync(folder)
  if (uid !== process.geteuid?.() || (mode & 0o022) !== 0) throw new Error('not the user’s own')
  return folder
}

/** Throws Error unless each folder on the way to this one, and it, is the user's or root's, and nobody else can replace what is in it. */
function requireUnchangeable(folder: string): void {
  for (let at = folder; ; at = dirname(at)) {
    const { uid, mode } = lstatSync(at)
    const isTheirs = uid !== 0 && uid !== process.geteuid?.()
    const isOpen = (mode & 0o022) !== 0 && (mode & STICKY) === 0
    if (isTheirs || isOpen) throw new Error('another user could change it')
    if (at === dirname(at)) return
  }
}

/** What the types of Node.js 20 do not have. */
interface CompileCache {
  readonly enableCompileCache?: (folder: string) => unknown
}

/** The mode of a folder such as /tmp, in which each user can replace their own entries alone. */
const STICKY = 0o1000
