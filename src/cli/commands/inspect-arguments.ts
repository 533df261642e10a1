// Arguments of `tls-stamp inspect` as typed, made into what the command takes, or refused.

import { operands, type Typed, text } from '../arguments.ts'
import { UsageError } from '../errors.ts'
import type { InspectArguments } from './inspect.ts'

export function inspectArguments(typed: Typed): InspectArguments {
  const files = operands(typed)
  const [client, server] = [side(typed, 'client'), side(typed, 'server')]
  const all = [...files, ...client, ...server]
  if (all.length === 0) throw new UsageError('expected FILE', ['see tls-stamp inspect --help'])
  if (all.filter((file) => file === '-').length > 1) {
    throw new UsageError('standard input can be read only once')
  }
  return { files, client, server, hex: Boolean(typed.hex), json: Boolean(typed.json) }
}

function side(typed: Typed, name: 'client' | 'server'): string[] {
  return [typed[name] ?? []].flat().map((value) => text({ value }, 'value', `--${name}`))
}
