// Arguments as typed, one by one, made into what the commands take, or refused; each command has a file of its own.

import { MAX_ROUNDS } from '../statement/index.ts'
import { UsageError } from './errors.ts'

/** By the option's name: text, true, undefined, or a list when it was given more than once. */
export type Typed = Readonly<Record<string, unknown>>

/** Of an option that may be repeated. */
export function paths(typed: Typed, name: string): string[] {
  return list(typed[name]).map((value) => text({ value }, 'value', `--${name}`))
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

/** How many witnesses a verifier needs; undefined when that was not said. */
export function quorum(typed: Typed): number | undefined {
  if (typed.quorum === undefined) return undefined
  return integer(text(typed, 'quorum', '--quorum'), '--quorum', 1, MAX_ROUNDS)
}

export function list(value: unknown): unknown[] {
  return [value ?? []].flat()
}

/** A file, since there is something to write over or not. */
export function outputFile(value: string): string {
  if (value !== '-') return value
  throw new UsageError('expected --output to be a file, got -', ['for a file of that name: ./-'])
}

export function integer(value: string, shown: string, min: number, max: number): number {
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN
  if (number >= min && number <= max) return number
  throw new UsageError(`expected ${shown} from ${min} to ${max}, got ${value}`)
}

/** The versions that can sign, by their names. */
export function tlsVersion(value: string): '1.0' | '1.1' | '1.2' {
  if (value === '1.0' || value === '1.1' || value === '1.2') return value
  throw new UsageError(`expected --tls 1.0, 1.1 or 1.2, got ${value}`)
}

export function seconds(value: string, shown: string, min: number, max: number): number {
  const number = /^\d{1,15}(?:\.\d{1,3})?$/.test(value) ? Number(value) : Number.NaN
  if (number >= min && number <= max) return number
  throw new UsageError(`expected ${shown} from ${min} to ${max} seconds, got ${value}`)
}
