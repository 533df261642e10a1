// Arguments of status as typed, made into what it takes, or refused.

import { integer, list, operands, quorum, type Typed, text } from '../arguments.ts'
import { UsageError } from '../errors.ts'
import { canonicalHost } from '../input.ts'
import type { StatusArguments } from './status.ts'

export function statusArguments(typed: Typed): StatusArguments {
  const statements = operands(typed)
  if (statements.length === 0) {
    throw new UsageError('expected STATEMENT', ['see tls-stamp status --help'])
  }
  return {
    statements,
    within: integer(text(typed, 'within', '--within', '30'), '--within', 0, 36_500),
    witnesses: list(typed.witness).map((value) =>
      canonicalHost(text({ value }, 'value', '--witness')),
    ),
    quorum: quorum(typed),
    ca: typed.ca === undefined ? undefined : text(typed, 'ca', '--ca'),
    json: Boolean(typed.json),
  }
}
