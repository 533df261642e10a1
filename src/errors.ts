// Errors by fault: bad bytes, a peer's behaviour, the network. A caller's misuse is TypeError or RangeError.

/** What every error of this library has: a stable code to branch on. */
export class TlsStampError extends Error {
  /** Stable, kebab-case; the message may change between versions, the code does not. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** Throws RangeError unless the value is an integer within the bounds. */
export function requireRange(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  throw new RangeError(`expected ${name} from ${min} to ${max}, got ${value}`)
}

/** What is wrong with bytes that do not decode. */
export type DecodeErrorCode =
  | 'truncated' // the structure goes on after the last byte
  | 'trailing-bytes' // bytes are left over after the structure
  | 'invalid-value' // a value the specification does not allow
  | 'invalid-length' // a length outside the bounds the specification declares
  | 'not-canonical' // a second encoding of the same value
  | 'too-large' // beyond this library's own limits

/** Bytes from outside that are not what they should be. */
export class DecodeError extends TlsStampError {
  declare readonly code: DecodeErrorCode
  /** Name of the structure, as its specification spells it ("ServerHello", "Certificate.validity"). */
  readonly struct: string
  /** Where in the given bytes, counted from 0. */
  readonly offset: number

  constructor(code: DecodeErrorCode, struct: string, offset: number, message: string) {
    super(code, `${struct} at byte ${offset}: ${message}`)
    this.struct = struct
    this.offset = offset
  }
}

/** What `decode` gives, or undefined when it throws a DecodeError. */
export function tryDecode<T>(decode: () => T): T | undefined {
  try {
    return decode()
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/** Whose fault a handshake's end is. */
export type HandshakeErrorCode =
  | 'alert' // the peer sent a fatal alert
  | 'incompatible-peer' // the peer speaks TLS, but not what a signed statement needs
  | 'misbehaving-peer' // the peer broke the protocol
  | 'old-version' // the peer refused the version before TLS 1.2 that was asked for
  | 'tls13-only' // the peer speaks TLS 1.3 only, which shows no clock
  | 'no-tls13' // the peer takes no handshake of TLS 1.3, where one is needed

/** A handshake that did not come to its ServerHelloDone. */
export class HandshakeError extends TlsStampError {
  declare readonly code: HandshakeErrorCode
  /** The AlertDescription (RFC 5246 §7.2): of the alert that came when code is "alert", else of the one to send. */
  readonly alert: number | undefined

  constructor(code: HandshakeErrorCode, message: string, alert?: number, options?: ErrorOptions) {
    super(code, message, options)
    this.alert = alert
  }
}

/** What went wrong below TLS. */
export type NetworkErrorCode =
  | 'resolve' // the name has no address
  | 'connect' // nobody takes the connection
  | 'timeout' // it took too long
  | 'closed' // the peer ended the connection
  | 'proxy' // the proxy leads nowhere

/** The network's fault, or the address's. */
export class NetworkError extends TlsStampError {
  declare readonly code: NetworkErrorCode

  constructor(code: NetworkErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}

/** A witness's answer that does not make a good statement: the code is the failed check's (see verify/report.ts). */
export class RefusalError extends TlsStampError {}
