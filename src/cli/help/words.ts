// What the help, the man page and the completion scripts say in the same words.

import type { Option } from '../command.ts'

/** What an option is called by, and what it means. */
export type Row = readonly [title: string, meaning: string]

/** "-o, --output FILE". */
export function spellings(name: string, { alias, value }: Option<unknown>): string {
  const short = alias === undefined ? '    ' : `-${alias}, `
  return `${short}--${name}${value === undefined ? '' : ` ${value}`}`
}

/** What an option is for, and what is so without it. */
export function meaning({ describe, defaultDescription }: Option<unknown>): string {
  return `${describe}${defaultDescription === undefined ? '' : ` (default: ${defaultDescription})`}`
}

export const SUMMARY =
  'Has TLS servers sign the digest of a file together with their clock, and verifies that offline.'

export const HELP_OPTIONS: readonly Row[] = [
  ['-h, --help', 'show this help'],
  ['    --version', 'show the version'],
]

export const ENVIRONMENT =
  'Every option can be set in the environment as well: --max-skew as TLS_STAMP_MAX_SKEW.'

export const EXIT_CODES: readonly Row[] = [
  ['0', 'done or passed'],
  ['1', 'failed, indeterminate or refused'],
  ['2', 'could not run'],
]

export const EPILOGUE: readonly string[] = [
  ENVIRONMENT,
  `Exit codes: ${EXIT_CODES.map((row) => row.join(' ')).join('; ')}.`,
]
