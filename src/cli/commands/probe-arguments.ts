// Arguments of `tls-stamp probe` as typed, made into what the command takes, or refused.

import { MAX_ROUNDS } from '../../statement/index.ts'
import { integer, operands, seconds, type Typed, text, tlsVersion } from '../arguments.ts'
import { UsageError } from '../errors.ts'
import type { ProbeArguments } from './probe.ts'

export function probeArguments(typed: Typed): ProbeArguments {
  const [host, port = '443', ...others] = operands(typed)
  if (host === undefined || others.length > 0) {
    throw new UsageError('expected HOST and at most PORT', ['see tls-stamp probe --help'])
  }
  const quick = Boolean(typed.quick)
  if (quick && typed.suites !== undefined) {
    throw new UsageError('expected either --quick or --suites', ['--quick asks for no suites'])
  }
  return {
    host,
    port: integer(port, 'PORT', 1, 65535),
    tls: tlsVersion(text(typed, 'tls', '--tls', '1.2')),
    suites: suiteChoice(text(typed, 'suites', '--suites', 'usual')),
    quick,
    rounds: integer(text(typed, 'rounds', '--rounds', '3'), '--rounds', 2, MAX_ROUNDS),
    ca: typed.ca === undefined ? undefined : text(typed, 'ca', '--ca'),
    proxy: typed.proxy === undefined ? undefined : text(typed, 'proxy', '--proxy'),
    timeout: seconds(text(typed, 'timeout', '--timeout', '10'), '--timeout', 0.001, 3600),
    pause: integer(text(typed, 'pause', '--pause', '50'), '--pause', 0, 60_000),
    json: Boolean(typed.json),
  }
}

function suiteChoice(value: string): ProbeArguments['suites'] {
  if (value === 'usual' || value === 'all') return value
  throw new UsageError(`expected --suites usual or all, got ${value}`)
}
