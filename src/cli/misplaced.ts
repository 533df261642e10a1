// What a user may have meant by operands that are no files: a server in the wrong place, or one without its port.

import { operatorOf } from '../verify/index.ts'
import { parseHost } from '../x509/index.ts'
import { serverWord } from './address.ts'
import { CallError, failureMessage, UsageError } from './errors.ts'
import { isThere } from './input.ts'
import { shellPath, shellWord } from './shell-word.ts'

/** A server among operands, and the files beside it. */
interface Parted {
  readonly server: readonly string[]
  readonly files: readonly string[]
}

/**
 * The error of `sign` or `renew` with a hint on the order of operands, when it is that there is no file where one of them should
 * have been; otherwise undefined. The hint has the `options` as they were typed.
 */
export async function misplacedError(
  command: 'sign' | 'renew',
  error: unknown,
  operands: readonly string[],
  options: readonly string[],
): Promise<UsageError | undefined> {
  const { code, path } = error as NodeJS.ErrnoException
  if (code !== 'ENOENT' || path === undefined || !operands.includes(path)) return undefined
  const parted = await partOperands(operands)
  if (parted === undefined) return undefined
  const { server, files } = parted
  if (files.length === 0) return new CallError(`expected FILE besides ${server.join(' ')}`)
  const words = command === 'sign' ? [...server, ...files] : [...files, ...server]
  const some = words.length > MOST ? [...words.slice(0, MOST), '...'] : words
  const typed = [...some.map(shellPath), ...options.map(shellWord)]
  const call = `tls-stamp ${command} ${typed.join(' ')}`
  return new UsageError(failureMessage(error), [
    `if ${server[0]} is a server: ${call}`,
    `see tls-stamp ${command} --help`,
  ])
}

/** The error of `verify` with a hint on --witness, when there is no file where a server stands; otherwise undefined. */
export function misplacedWitness(
  error: unknown,
  operands: readonly string[],
): UsageError | undefined {
  const { code, path = '' } = error as NodeJS.ErrnoException
  if (code !== 'ENOENT' || !operands.includes(path)) return undefined
  const next = operands[operands.indexOf(path) + 1] ?? ''
  const isHost = parseHost(path) !== undefined && (PORT.test(next) || isKnown(path))
  const host = serverIn(path)?.[0] ?? (isHost ? path : undefined)
  return host === undefined
    ? undefined
    : new UsageError(failureMessage(error), [`to accept a host as a witness: --witness ${host}`])
}

function isKnown(host: string): boolean {
  return host === 'localhost' || operatorOf(host) !== undefined
}

/** Takes HOST:PORT, a URL, or HOST with PORT anywhere; undefined when no operand can be a server, or another file is missing. */
async function partOperands(operands: readonly string[]): Promise<Parted | undefined> {
  const files: string[] = []
  const absent: string[] = []
  for (const word of operands) (word === '-' || (await isThere(word)) ? files : absent).push(word)
  const [first = '', ...others] = absent
  const whole = serverIn(first)
  if (whole && others.length === 0) return { server: whole, files }
  const host = absent.find((word) => !PORT.test(word))
  const ports = absent.filter((word) => PORT.test(word))
  if (host === undefined || absent.length > 2 || ports.length !== absent.length - 1)
    return undefined
  if (parseHost(host) === undefined || (files.length === 0 && ports.length === 0)) return undefined
  return { server: [host, ports[0] ?? HTTPS], files }
}

function serverIn(word: string): readonly string[] | undefined {
  try {
    return serverWord(word)
  } catch {
    return undefined
  }
}

const PORT = /^\d{1,5}$/
const HTTPS = '443'
/** Words of a call that is shown. */
const MOST = 6
