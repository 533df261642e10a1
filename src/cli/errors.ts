// What went wrong, as the user reads it, and its exit code.

import { type DecodeError, RefusalError, TlsStampError } from '../errors.ts'
import { printAnnotation, printError } from './terminal.ts'

/** What the user asked for can't be done as asked: exit code 2. */
export class UsageError extends Error {
  readonly hints: readonly string[]

  /** Lower case, no full stop; at most two hints. */
  constructor(message: string, hints: readonly string[] = []) {
    super(message)
    this.name = 'UsageError'
    this.hints = hints
  }
}

/** A call with other operands than the command takes; whoever called it adds where its --help is. */
export class CallError extends UsageError {}

/** Prints one line and at most two hints; gives 1 for a bad answer, 2 for none at all. */
export function reportFailure(error: unknown): number {
  const message = failureMessage(error)
  printError(message, hintsFor(error))
  printAnnotation(message)
  const noGood = error instanceof TlsStampError && error.code === 'misbehaving-peer'
  return error instanceof RefusalError || noGood ? 1 : 2
}

/** What went wrong, in a line. */
export function failureMessage(error: unknown): string {
  const { message } = error as Error
  if (error instanceof UsageError || error instanceof TlsStampError) return message
  return systemMessage(error) ?? `unexpected: ${message}`
}

/** What is wrong with bytes that do not decode, without the name of the structure that a user has not heard of. */
export function decodingFault({ message }: DecodeError): string {
  return message.replace(/^\w+ (?:at byte 0: )?/, '')
}

/** What to do about it, in hints. */
export function hintsFor(error: unknown): readonly string[] {
  if (error instanceof UsageError) return error.hints
  return error instanceof TlsStampError ? (HINTS[error.code] ?? []) : []
}

/** "ENOENT: no such file or directory, open 'doc.txt'", told by the file. */
function systemMessage(error: unknown): string | undefined {
  const { message, code, path } = error as NodeJS.ErrnoException
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return undefined
  // Node has this in place of bytes that are not UTF-8
  if (code === 'ENOENT' && path?.includes('\u{fffd}')) return `${path}: its name is not UTF-8`
  if (code === 'EPIPE') return 'standard output was closed before everything was written'
  const what = message.replace(/^[A-Z0-9]+: /, '')
  return path === undefined ? what : `${path}: ${what.replace(/, [a-z]+ '.*$/s, '')}`
}

const OTHER_WITNESS = 'try a server that runs a clock, such as www.google.com'

/** By the code of the error. */
const HINTS: Readonly<Record<string, readonly string[]>> = {
  implausible: [
    `most servers send random bytes or zero in place of the time: ${OTHER_WITNESS}`,
    'or sign with --no-clock, which proves no time',
  ],
  uncorroborated: ['chain at least three rounds, or sign with --no-clock, which proves no time'],
  'old-version': ['omit --tls to ask for TLS 1.2, or try another old version'],
  'tls13-only': [
    'accept the validity of its certificate as a coarse bound on the time, with --window',
    `or ${OTHER_WITNESS}, and add this one with --guard HOST[:PORT]`,
  ],
  'no-tls13': [
    'guards, and witnesses with --window, must speak TLS 1.3: check with tls-stamp probe HOST[:PORT]',
  ],
  'outside-window': ["check this machine's clock; the server may also show an expired certificate"],
  'clock-skew': [
    "check this machine's clock; if it is right, ask another server, or allow more with --max-skew SECONDS",
  ],
  'unknown-issuer': ['trust other certificates than the built-in ones with --ca FILE|DIR'],
  ended: [
    'renew before the certificates expire; sign the files again while the old statement still verifies',
  ],
  'incompatible-peer': [OTHER_WITNESS],
  alert: [
    `the server may refuse TLS 1.2 or all the cipher suites with a signature: ${OTHER_WITNESS}`,
  ],
  resolve: ['check the network and the name; behind a proxy, name it with --proxy URL'],
  timeout: ['allow more time with --timeout SECONDS'],
  proxy: ['check --proxy or HTTPS_PROXY; hosts in NO_PROXY are reached without a proxy'],
}
