// The ServerKeyExchange message: the params that are signed, the signature over them (RFC 5246 §7.4.3, RFC 8422 §5.4).

import { bigInteger, concat, type Field, Reader } from '../encoding/index.ts'
import { openMessage } from './messages.ts'
import {
  CURVE_POINT_LENGTH,
  cipherSuiteName,
  groupName,
  HANDSHAKE_TYPE,
  signatureSchemeName,
  suiteKind,
  VERSION,
} from './registry.ts'

/** ServerKeyExchange, signed (RFC 5246 §7.4.3, RFC 8422 §5.4) or anonymous. */
export interface ServerKeyExchange {
  /** The bytes of ServerECDHParams or ServerDHParams: what is signed after the two randoms. */
  readonly params: Uint8Array
  /** Name of the curve, or "dh2048" by the bits of the prime, or "rsa512" by those of an ephemeral modulus. */
  readonly group: string
  /** Code point of the curve; undefined for DHE and RSA. */
  readonly curve: number | undefined
  /** Bits of the prime; undefined for ECDHE and RSA. */
  readonly primeBits: number | undefined
  /** SignatureScheme by name; undefined for an anonymous key exchange. */
  readonly scheme: string | undefined
  /** Code point in the message; undefined before TLS 1.2, where the cipher suite implies the scheme. */
  readonly schemeCode: number | undefined
  readonly signature: Uint8Array | undefined
}

/**
 * struct { ServerECDHParams params; Signature signed_params; } ServerKeyExchange; or ServerDHParams, or before TLS 1.2
 * ServerRSAParams, by the suite. From TLS 1.2 on the signature is preceded by its SignatureAndHashAlgorithm.
 */
export function decodeServerKeyExchange(
  message: Uint8Array,
  negotiated: { readonly version: number; readonly cipherSuite: number },
  trace?: Field[],
): ServerKeyExchange {
  const reader = openMessage(HANDSHAKE_TYPE.server_key_exchange, message, trace)
  const suite = cipherSuiteName(negotiated.cipherSuite)
  const { keyExchange, signer: named } = suiteKind(negotiated.cipherSuite)
  const tls12 = negotiated.version >= VERSION.tls12
  const ephemeralRsa = keyExchange === 'RSA' && !tls12
  if (keyExchange === undefined || (keyExchange === 'RSA' && !ephemeralRsa)) {
    reader.fail('invalid-value', `${suite} has no such message`)
  }
  const start = reader.offset
  const readParams = ephemeralRsa ? readRsaParams : readParamsOf(suite)
  const key = readParams(reader)
  const params = message.subarray(start, reader.offset)
  const signer = ephemeralRsa ? 'RSA' : named
  if (signer === undefined) {
    reader.end()
    return { ...key, params, scheme: undefined, schemeCode: undefined, signature: undefined }
  }
  const schemeCode = tls12 ? reader.u16('signature_scheme', signatureSchemeName) : undefined
  const signature = reader.opaque(2, 'signature')
  reader.end()
  const scheme = schemeCode === undefined ? IMPLIED_SCHEME[signer] : signatureSchemeName(schemeCode)
  return { ...key, params, scheme, schemeCode, signature }
}

/**
 * ServerECDHParams or ServerDHParams without the message around them, told apart by their form: curve_type
 * named_curve(3) is also the first byte of the length of a prime from 768 bytes on, but no point is that long. Throws
 * DecodeError.
 */
export function decodeParams(params: Uint8Array): KeyShare {
  const isEcdh = params[0] === 3 && params.length < 2 ** 9
  const reader = new Reader(isEcdh ? 'ServerECDHParams' : 'ServerDHParams', params)
  const key = isEcdh ? readEcdhParams(reader) : readDhParams(reader)
  reader.end()
  return key
}

/** What ServerKeyExchange signs: client_random, server_random, params (RFC 5246 §7.4.3). */
export function signedBytes(parts: {
  readonly clientRandom: Uint8Array
  readonly serverRandom: Uint8Array
  readonly params: Uint8Array
}): Uint8Array {
  return concat(parts.clientRandom, parts.serverRandom, parts.params)
}

function readParamsOf(suite: string): (reader: Reader) => KeyShare {
  return /^TLS_ECDH/.test(suite) ? readEcdhParams : readDhParams
}

export type KeyShare = Pick<ServerKeyExchange, 'group' | 'curve' | 'primeBits'>

/** struct { ECCurveType curve_type = named_curve(3); NamedCurve namedcurve; opaque point<1..2^8-1>; } (RFC 8422 §5.4) */
function readEcdhParams(reader: Reader): KeyShare {
  const type = reader.u8('curve_type', (value) => (value === 3 ? 'named_curve' : 'explicit'))
  if (type !== 3) {
    reader.fail(
      'invalid-value',
      `expected named_curve(3), got curve type ${type}`,
      reader.offset - 1,
    )
  }
  const curve = reader.u16('named_curve', groupName)
  const group = groupName(curve)
  const length = CURVE_POINT_LENGTH.get(group)
  const point = reader.opaque(1, 'public', length ?? 1, length)
  if (length !== undefined && length % 2 === 1 && point[0] !== 4) {
    reader.fail('invalid-value', 'expected an uncompressed point', reader.offset - length)
  }
  return { group, curve, primeBits: undefined }
}

/** struct { opaque dh_p<1..2^16-1>; opaque dh_g<1..2^16-1>; opaque dh_Ys<1..2^16-1>; } ServerDHParams; */
function readDhParams(reader: Reader): KeyShare {
  const at = reader.offset
  const p = reader.opaque(2, 'dh_p', 1, MAX_PRIME_LENGTH)
  const g = reader.opaque(2, 'dh_g', 1, MAX_PRIME_LENGTH)
  const ys = reader.opaque(2, 'dh_Ys', 1, MAX_PRIME_LENGTH)
  const [prime, generator, share] = [bigInteger(p), bigInteger(g), bigInteger(ys)]
  const inside = (value: bigint): boolean => value > 1n && value < prime - 1n
  if (prime % 2n === 0n || !inside(generator) || !inside(share)) {
    reader.fail('invalid-value', 'expected an odd prime, and a generator and a share below it', at)
  }
  const primeBits = bits(prime)
  return { group: `dh${primeBits}`, curve: undefined, primeBits }
}

/**
 * struct { opaque rsa_modulus<1..2^16-1>; opaque rsa_exponent<1..2^16-1>; } ServerRSAParams; (RFC 2246 §7.4.3): the
 * weak key of the export suites, signed by the certified one.
 */
function readRsaParams(reader: Reader): KeyShare {
  const modulus = bigInteger(reader.opaque(2, 'rsa_modulus', 1, MAX_PRIME_LENGTH))
  reader.opaque(2, 'rsa_exponent', 1, MAX_PRIME_LENGTH)
  return { group: `rsa${bits(modulus)}`, curve: undefined, primeBits: undefined }
}

function bits(value: bigint): number {
  return value.toString(2).length
}

/** The signature that the cipher suite implies before TLS 1.2 (RFC 4346 §7.4.3, RFC 4492 §5.4). */
const IMPLIED_SCHEME = { RSA: 'rsa_pkcs1_md5_sha1', ECDSA: 'ecdsa_sha1', DSS: 'dsa_sha1' } as const

/** 16,384 bits. */
const MAX_PRIME_LENGTH = 2048
