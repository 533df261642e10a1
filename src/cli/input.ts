// What a user types, made into what the library takes.

import { stat } from 'node:fs/promises'
import { domainToASCII } from 'node:url'
import { digestFile, digestStream } from '../node/files.ts'
import { parseHost } from '../pki/identity.ts'
import { progressBar } from './terminal.ts'

/** What the user asked for can't be done as asked: exit code 2. */
export class UsageError extends Error {
  readonly hints: readonly string[]

  constructor(message: string, hints: readonly string[] = []) {
    super(message)
    this.hints = hints
  }
}

/** A host as the library spells it: A-labels, lower case, an IPv6 address without brackets. */
export function canonicalHost(text: string): string {
  const host = /^[\x20-\x7e]*$/.test(text) ? text : domainToASCII(text)
  const parsed = parseHost(host.replace(/^\[(.*)\]$/, '$1'))
  if (parsed) return parsed.name
  const hints = /[:/]/.test(text) ? ['give the host alone, such as www.google.com'] : []
  throw new UsageError(`expected a host name or an IP address, got ${JSON.stringify(text)}`, hints)
}

/** SHA-256 of a file, or of standard input for "-", with a progress bar when it takes long. */
export async function digestInput(file: string): Promise<Uint8Array> {
  if (file === '-') {
    const bar = progressBar('standard input', undefined)
    return digestStream(process.stdin, bar.advance).finally(bar.end)
  }
  const entry = await stat(file)
  if (entry.isDirectory()) throw new UsageError(`${file} is a folder`)
  const bar = progressBar(file, entry.size)
  return digestFile(file, bar.advance).finally(bar.end)
}
