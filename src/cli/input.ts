// What a user types, made into what the library takes.

import { lstat, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import { domainToASCII } from 'node:url'
import {
  digestFile,
  digestStream,
  type HttpProxy,
  parseProxy,
  proxyFor,
  readBounded,
  readStream,
} from '../system/index.ts'
import { parseHost } from '../x509/index.ts'
import type { Read } from './command.ts'
import { UsageError } from './errors.ts'
import { progressBar } from './terminal.ts'

/** A host as the library spells it: A-labels, lower case, an IPv6 address without brackets. */
export function canonicalHost(text: string): string {
  const host = /^[\x20-\x7e]*$/.test(text) ? text : domainToASCII(text)
  const parsed = parseHost(host.replace(/^\[(.*)\]$/, '$1'))
  if (parsed) return parsed.name
  const hints = /[:/]/.test(text) ? ['give the host alone, such as www.google.com'] : []
  throw new UsageError(`expected a host name or an IP address, got ${JSON.stringify(text)}`, hints)
}

/** SHA-256 of a file, or of standard input for "-", with a progress bar when it takes long. `digest` hashes files. */
export async function digestInput(
  file: string,
  digest: typeof digestFile = digestFile,
): Promise<Uint8Array> {
  if (file === '-') {
    const bar = progressBar('standard input', undefined)
    return digestStream(process.stdin, bar.advance).finally(bar.end)
  }
  const entry = await stat(file)
  if (entry.isDirectory()) throw new UsageError(`${file} is a folder`)
  const bar = progressBar(file, entry.size)
  return digest(file, bar.advance).finally(bar.end)
}

/**
 * A regular file's bytes, or those of standard input for "-". Throws DecodeError when there are more than `limit`,
 * UsageError for a folder, and the system's errors.
 */
export async function readInput(file: string, limit: number): Promise<Uint8Array> {
  if (file === '-') return readStream(process.stdin, limit)
  return readBounded(file, limit).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EISDIR' ? new UsageError(`${file} is a folder`) : error
  })
}

/** Whether there is anything under that name. */
export async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined
}

/** What messages call a file, "-" being standard input. */
export function shownPath(path: string): string {
  return path === '-' ? 'standard input' : path
}

/** Throws UsageError when "-" is among these more than once. */
export function requireInputOnce(files: readonly (string | undefined)[]): void {
  if (files.filter((file) => file === '-').length <= 1) return
  throw new UsageError('standard input can be read only once')
}

/**
 * The name of a file in a statement: its path from the statement's folder when it is within, so that `verify` finds
 * it there, else its last part.
 */
export function subjectName(file: string, statement: string): string {
  if (file === '-') return '-'
  const path = pathWithin(dirname(resolve(statement)), resolve(file))
  return path === undefined ? basename(resolve(file)) : path.split(sep).join('/')
}

/** The relative path of what lies within a folder, both absolute; undefined for the folder itself and all outside. */
export function pathWithin(folder: string, file: string): string | undefined {
  const path = relative(folder, file)
  const outside = path === '' || path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)
  return outside ? undefined : path
}

export const proxyUrl: Read<HttpProxy> = (text, shown) =>
  orUsageError(`${shown}: `, () => parseProxy(text))

/** The HTTP proxy for a connection: one that was given is for every host, HTTPS_PROXY heeds NO_PROXY. */
export function chooseProxy(
  given: HttpProxy | undefined,
): (host: string, port: number) => HttpProxy | undefined {
  if (given !== undefined) return () => given
  return (host, port) => orUsageError('', () => proxyFor(host, port, process.env))
}

/** A RangeError's message names the variable that it is about, if any. */
function orUsageError<Value>(prefix: string, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`${prefix}${error.message}`)
    throw error
  }
}
