// Arguments of sign as typed, made into what it takes, or refused.

import { fromHex, utf8 } from '../../encoding/index.ts'
import type { Subject } from '../../statement/index.ts'
import { operands, outputFile, paths, type Typed, text, tlsVersion } from '../arguments.ts'
import { UsageError } from '../errors.ts'
import { signingArguments } from '../signing.ts'
import type { SignArguments } from './sign.ts'

export function signArguments(typed: Typed): SignArguments {
  const [host, port, ...files] = operands(typed)
  const sums = paths(typed, 'sums')
  const none = files.length === 0 && sums.length === 0 && typed.digest === undefined
  if (host === undefined || port === undefined || none) {
    throw new UsageError('expected HOST, PORT and FILE', ['see tls-stamp sign --help'])
  }
  return {
    ...signingArguments(typed, host, port),
    files,
    recursive: Boolean(typed.recursive),
    sums,
    digest: digest(typed),
    blind: Boolean(typed.blind),
    output: outputFile(text(typed, 'output', '--output', 'signed_statement')),
    ifMissing: Boolean(typed['if-missing']),
    noClock: Boolean(typed['no-clock']),
    tls: tlsVersion(text(typed, 'tls', '--tls', '1.2')),
    force: Boolean(typed.force),
    json: Boolean(typed.json),
  }
}

/** --digest and --name. */
function digest(typed: Typed): Subject | undefined {
  if (typed.digest === undefined) {
    if (typed.name === undefined) return undefined
    throw new UsageError('expected --name only with --digest')
  }
  const hex = text(typed, 'digest', '--digest').toLowerCase()
  const sha256 = hex.length === 64 ? fromHex(hex) : undefined
  if (sha256 === undefined) throw new UsageError('expected --digest to be 64 hex digits')
  const name = text(typed, 'name', '--name', hex)
  if (utf8(name).length > 4096) throw new UsageError('expected --name of at most 4096 bytes')
  return { name, sha256 }
}
