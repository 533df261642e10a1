// Arguments of page as typed, made into what it takes, or refused.

import { operands, outputFile, type Typed, text } from '../arguments.ts'
import { UsageError } from '../errors.ts'
import type { PageArguments } from './page.ts'

export function pageArguments(typed: Typed): PageArguments {
  const [other] = operands(typed)
  if (other !== undefined) {
    throw new UsageError(`expected no argument, got ${other}`, ['say where to write with -o'])
  }
  const output = outputFile(text(typed, 'output', '--output', 'verify.html'))
  return { output, force: Boolean(typed.force), json: Boolean(typed.json) }
}
