// Whose fault it is that a chain did not come about, where the server's own words do not say it.

import { address } from '../encoding/index.ts'
import { HandshakeError, NetworkError, RefusalError, type TlsStampError } from '../errors.ts'
import { VERSION, versionName } from '../tls/index.ts'
import { operatorOf } from '../verify/index.ts'
import { type PlannedWitness, speaksTls13 } from './rounds.ts'

/**
 * Says that a server speaks TLS 1.3 only, or does not speak it, if that is why it took no handshake: asks it for the first,
 * as servers of older versions refuse in the same words.
 */
export async function explainVersion(
  witness: PlannedWitness,
  error: TlsStampError,
): Promise<TlsStampError> {
  if (!(error instanceof HandshakeError) || error.code === 'misbehaving-peer') return error
  const { message, alert } = error
  const isRefusal =
    error.code === 'alert' && (alert === HANDSHAKE_FAILURE || alert === VERSION_ALERT)
  const cause = { cause: error }
  if (witness.version === VERSION.tls13) {
    if (!isRefusal && error.code !== 'incompatible-peer') return error
    return new HandshakeError('no-tls13', `the server must speak TLS 1.3: ${message}`, alert, cause)
  }
  if (!isRefusal) return error
  if (witness.version < VERSION.tls12) {
    // It may well speak TLS 1.2: nobody has asked
    const refused = `the server refused ${versionName(witness.version)}: ${message}`
    return new HandshakeError('old-version', refused, alert, cause)
  }
  if (!(await speaksTls13(witness))) return error
  const only = 'the server speaks TLS 1.3 only, which shows no clock'
  return new HandshakeError('tls13-only', only, alert, cause)
}

/** The same error, which names the guard once. */
export function ofGuard({ address: target }: PlannedWitness, error: TlsStampError): TlsStampError {
  const isNamed = error.message.startsWith(address(target))
  const who = isNamed ? 'guard' : `guard ${target.host} port ${target.port}:`
  return reworded(error, `${who} ${error.message}`)
}

/** The same error, which names the witness; an error of the network does that itself, or is the proxy's if nobody else is asked. */
export function ofWitness(
  { address: target }: PlannedWitness,
  error: TlsStampError,
  isAlone: boolean,
): TlsStampError {
  const isNamed = isAlone || error.message.includes(address(target))
  if (error instanceof NetworkError && isNamed) return error
  return reworded(error, `witness ${target.host} port ${target.port}: ${error.message}`)
}

/**
 * The error when too few witnesses are left: it tells why the first host of each operator is missing, once when all are for
 * the same reason. Its code is the first one's.
 */
export function tooFew(
  dropped: readonly { readonly host: string; readonly error: TlsStampError }[],
  { able, quorum }: { readonly able: number; readonly quorum: number },
): TlsStampError {
  const [first] = dropped as readonly [(typeof dropped)[number]]
  const whose = (host: string): string => operatorOf(host) ?? host
  const firsts = dropped.filter(
    ({ host }, i) => dropped.findIndex((other) => whose(other.host) === whose(host)) === i,
  )
  const alike =
    firsts.length > 1 && firsts.every(({ error }) => error.message === first.error.message)
  const why = alike
    ? first.error.message
    : firsts.map(({ host, error }) => `${whose(host)} (${host}): ${error.message}`).join('; ')
  const who =
    able === 0
      ? 'no witness on the built-in list can sign'
      : `only ${able} of the ${quorum} required witnesses can sign`
  return reworded(first.error, `${who}: ${why}`)
}

function reworded(error: TlsStampError, message: string): TlsStampError {
  const cause = { cause: error }
  if (error instanceof HandshakeError) {
    return new HandshakeError(error.code, message, error.alert, cause)
  }
  if (error instanceof NetworkError) return new NetworkError(error.code, message, cause)
  return new RefusalError(error.code, message, cause)
}

/** AlertDescription (RFC 8446 §6.2). */
const HANDSHAKE_FAILURE = 40
const VERSION_ALERT = 70
