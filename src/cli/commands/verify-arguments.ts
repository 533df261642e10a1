// Arguments of verify as typed, made into what it takes, or refused.

import { list, operands, paths, quorum, type Typed, text } from '../arguments.ts'
import { UsageError } from '../errors.ts'
import type { VerifyArguments } from './verify.ts'

export function verifyArguments(typed: Typed): VerifyArguments {
  const [statement, ...files] = operands(typed)
  if (statement === undefined) {
    throw new UsageError('expected STATEMENT', ['see tls-stamp verify --help'])
  }
  return {
    statement,
    files,
    sums: paths(typed, 'sums'),
    directory: typed.directory === undefined ? undefined : text(typed, 'directory', '--directory'),
    witnesses: list(typed.witness).map((value) => text({ value }, 'value', '--witness')),
    quorum: quorum(typed),
    ca: typed.ca === undefined ? undefined : text(typed, 'ca', '--ca'),
    json: Boolean(typed.json),
  }
}
