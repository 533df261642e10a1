// Arguments of renew as typed, made into what it takes, or refused.

import { operands, outputFile, type Typed, text } from '../arguments.ts'
import { UsageError } from '../errors.ts'
import { signingArguments } from '../signing.ts'
import type { RenewArguments } from './renew.ts'

export function renewArguments(typed: Typed): RenewArguments {
  const [statement, host, port, ...others] = operands(typed)
  if (statement === undefined || host === undefined || port === undefined || others.length > 0) {
    throw new UsageError('expected STATEMENT, HOST and PORT', ['see tls-stamp renew --help'])
  }
  const output =
    typed.output === undefined ? undefined : outputFile(text(typed, 'output', '--output'))
  return {
    ...signingArguments(typed, host, port),
    statement,
    output,
    force: Boolean(typed.force),
    json: Boolean(typed.json),
  }
}
