// Arguments as typed, made into what the commands take, or refused.

import { MAX_ROUNDS } from '../statement.ts'
import type { ExportArguments } from './export.ts'
import type { SignArguments } from './sign.ts'
import { UsageError } from './usage-error.ts'
import type { VerifyArguments } from './verify.ts'

/** By the option's name: text, true, undefined, or a list when it was given more than once. */
export type Typed = Readonly<Record<string, unknown>>

export function signArguments(typed: Typed): SignArguments {
  const [host, port, ...files] = operands(typed)
  if (host === undefined || port === undefined || files.length === 0) {
    throw new UsageError('expected HOST, PORT and FILE', ['see tls-stamp sign --help'])
  }
  return {
    host,
    port: integer(port, 'PORT', 1, 65535),
    files,
    output: output(text(typed, 'output', '--output', 'signed_statement')),
    rounds: integer(text(typed, 'rounds', '--rounds', '3'), '--rounds', 1, MAX_ROUNDS),
    ca: typed.ca === undefined ? undefined : text(typed, 'ca', '--ca'),
    timeout: seconds(text(typed, 'timeout', '--timeout', '10'), '--timeout', 0.001, 3600),
    maxSkew: seconds(text(typed, 'max-skew', '--max-skew', '3600'), '--max-skew', 0, 2 ** 32),
    noClock: Boolean(typed['no-clock']),
    tls: tlsVersion(text(typed, 'tls', '--tls', '1.2')),
    force: Boolean(typed.force),
    json: Boolean(typed.json),
  }
}

export function exportArguments(typed: Typed): ExportArguments {
  const [statement, ...others] = operands(typed)
  if (statement === undefined || others.length > 0 || typed.toytls === undefined) {
    throw new UsageError('expected --toytls PATH and STATEMENT', ['see tls-stamp export --help'])
  }
  return {
    statement,
    toytls: text(typed, 'toytls', '--toytls'),
    force: Boolean(typed.force),
    json: Boolean(typed.json),
  }
}

export function verifyArguments(typed: Typed): VerifyArguments {
  const [statement, ...files] = operands(typed)
  if (statement === undefined) {
    throw new UsageError('expected STATEMENT', ['see tls-stamp verify --help'])
  }
  return {
    statement,
    files,
    witnesses: list(typed.witness).map((value) => text({ value }, 'value', '--witness')),
    ca: typed.ca === undefined ? undefined : text(typed, 'ca', '--ca'),
    json: Boolean(typed.json),
  }
}

export function text(typed: Typed, name: string, shown: string, otherwise?: string): string {
  const value = typed[name] ?? otherwise
  if (Array.isArray(value)) throw new UsageError(`expected ${shown} once, got ${value.join(', ')}`)
  if (typeof value === 'string' && value !== '') return value
  throw new UsageError(`expected ${shown} not to be empty`)
}

/** What is no option, or stands behind "--"; the command left out. */
export function operands(typed: Typed): string[] {
  const [, ...rest] = list(typed._)
  return rest.map((value) => text({ value }, 'value', 'each argument'))
}

function list(value: unknown): unknown[] {
  return [value ?? []].flat()
}

function output(value: string): string {
  if (value !== '-') return value
  throw new UsageError('expected --output to be a file, got -', ['for a file of that name: ./-'])
}

export function integer(value: string, shown: string, min: number, max: number): number {
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN
  if (number >= min && number <= max) return number
  throw new UsageError(`expected ${shown} from ${min} to ${max}, got ${value}`)
}

/** The versions that can sign, by their names. */
export function tlsVersion(value: string): SignArguments['tls'] {
  if (value === '1.0' || value === '1.1' || value === '1.2') return value
  throw new UsageError(`expected --tls 1.0, 1.1 or 1.2, got ${value}`)
}

export function seconds(value: string, shown: string, min: number, max: number): number {
  const number = /^\d{1,15}(?:\.\d{1,3})?$/.test(value) ? Number(value) : Number.NaN
  if (number >= min && number <= max) return number
  throw new UsageError(`expected ${shown} from ${min} to ${max} seconds, got ${value}`)
}
