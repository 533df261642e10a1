// Arguments of extract as typed, made into what it takes, or refused.

import { operands, type Typed, text } from '../arguments.ts'
import { UsageError } from '../errors.ts'
import type { ExtractArguments } from './extract.ts'

export function extractArguments(typed: Typed): ExtractArguments {
  const [statement, ...names] = operands(typed)
  if (statement === undefined || names.length === 0) {
    throw new UsageError('expected STATEMENT and NAME', ['see tls-stamp extract --help'])
  }
  const output = typed.output === undefined ? undefined : text(typed, 'output', '--output')
  if (output === '-') {
    const hints = ['for a file of that name: ./-']
    throw new UsageError('expected --output to be a file, got -', hints)
  }
  if (output !== undefined && names.length > 1) {
    throw new UsageError(`expected one NAME with --output, got ${names.length}`)
  }
  return { statement, names, output, force: Boolean(typed.force), json: Boolean(typed.json) }
}
