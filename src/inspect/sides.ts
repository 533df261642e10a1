// The keys of a recorded connection's two sides, found in a key log by the hellos, and what they open (RFC 5246 §6.3,
// RFC 8446 §7.1 to §7.3).

import { HandshakeError } from '../errors.ts'
import {
  cutKeyBlock,
  EXTENSION,
  HANDSHAKE_TYPE,
  keyBlock,
  keyBlockLength,
  nextSecret,
  opener,
  prfHash,
  type RecordCiphers,
  suiteCipher,
  type TlsRecord,
  tls13Cipher,
  tls13Opener,
  trafficKeys,
  type Unprotected,
  VERSION,
} from '../tls/index.ts'
import { type KeyLog, secretOf } from './key-log.ts'
import type { Sender } from './message.ts'
import { type Hello, negotiatedVersion } from './negotiated.ts'

/** What opens the records of one side, in order. */
export interface Side {
  /** What is in a protected record, or why it stays closed. */
  readonly open: (record: TlsRecord) => Unprotected | 'not-authentic' | 'no-secret' | 'early-data'
  /** Takes note of a handshake message that was in one: other keys may follow. */
  readonly hear: (message: Uint8Array) => void
  /** How often the keys have changed. */
  readonly epoch: () => number
}

export type Sides = Readonly<Record<Sender, Side>>

/** Finds the keys of a connection; "unsupported" for a version or a suite whose records are not opened here. */
export function findSides(
  clientHello: Hello,
  serverHello: Hello,
  keyLog: KeyLog,
  ciphers: RecordCiphers,
): Sides | 'unsupported' | 'no-secrets' {
  const version = negotiatedVersion(serverHello)
  const open = version === VERSION.tls13 ? openTls13 : openTls12
  return open(clientHello, serverHello, keyLog, ciphers)
}

function openTls12(
  { random: clientRandom }: Hello,
  { version, random: serverRandom, cipherSuite = 0, extensions = [] }: Hello,
  keyLog: KeyLog,
  ciphers: RecordCiphers,
): Sides | 'unsupported' | 'no-secrets' {
  const suite = suiteCipher(cipherSuite)
  const isKnown = version >= VERSION.tls10 && version <= VERSION.tls12
  if (!suite || !isKnown || (suite.tls12Only && version < VERSION.tls12)) return 'unsupported'
  const master = secretOf(keyLog, 'CLIENT_RANDOM', clientRandom)
  if (!master) return 'no-secrets'
  const randoms = { clientRandom, serverRandom }
  const block = keyBlock(prfHash(version, suite), master, randoms, keyBlockLength(suite))
  const keys = cutKeyBlock(suite, block)
  const encryptThenMac = extensions.some(({ type }) => type === EXTENSION.encrypt_then_mac)
  const side = (sender: Sender): Side => {
    const open = opener(suite, version, keys[sender], ciphers, encryptThenMac)
    return {
      open: (record) =>
        tryOpen(() => ({ type: record.type, content: open(record.type, record.fragment) })) ??
        'not-authentic',
      hear: () => undefined,
      epoch: () => 0,
    }
  }
  return { client: side('client'), server: side('server') }
}

function openTls13(
  { random, extensions = [] }: Hello,
  { cipherSuite = 0 }: Hello,
  keyLog: KeyLog,
  { makeAead }: RecordCiphers,
): Sides | 'unsupported' | 'no-secrets' {
  const cipher = tls13Cipher(cipherSuite)
  if (!cipher) return 'unsupported'
  const hasEarlyData = extensions.some(({ type }) => type === EXTENSION.early_data)
  const length = cipher.hash === 'sha384' ? 48 : 32
  const secretsOf = (sender: Sender): (Uint8Array | undefined)[] =>
    STAGES.map((stage) => secretOf(keyLog, `${sender.toUpperCase()}_${stage}`, random)).map(
      (secret) => (secret?.length === length ? secret : undefined),
    )
  const side = (sender: Sender, secrets: (Uint8Array | undefined)[]): Side => {
    const keysOf = (secret: Uint8Array | undefined) => secret && trafficKeys(cipher, secret)
    const keys = secrets.map(keysOf)
    let [stage, updated] = [0, 0]
    // What has opened a record of this stage; before, records may be of another: early data, or of a stage without a key
    let proven: ReturnType<typeof tls13Opener> | undefined
    // Records since the last that was opened
    let closed = 0
    const open: Side['open'] = (record) => {
      for (let at = closed > MAX_CLOSED ? keys.length : stage; at < keys.length; at++) {
        const own = keys[at]
        if (!own) continue
        const fresh = [...new Set([0, closed])].map((passed) =>
          tls13Opener(makeAead(cipher.aead, own.key), own, passed),
        )
        for (const tried of at === stage && proven ? [proven] : fresh) {
          const opened = tryOpen(() => tried(record))
          if (!opened) continue
          stage = at
          proven = tried
          closed = 0
          return opened
        }
      }
      closed++
      if (keys.slice(stage).includes(undefined)) return 'no-secret'
      const isEarly = sender === 'client' && hasEarlyData && stage === 0 && !proven
      return isEarly ? 'early-data' : 'not-authentic'
    }
    const hear: Side['hear'] = (message) => {
      const [type] = message
      const secret = secrets[stage]
      const finishes = type === HANDSHAKE_TYPE.finished && stage === 0
      const updates = type === HANDSHAKE_TYPE.key_update && stage > 0
      if (finishes || updates) [proven, closed] = [undefined, 0]
      if (finishes) stage++
      else if (updates && secret) {
        updated++
        secrets[stage] = nextSecret(cipher.hash, secret)
        keys[stage] = keysOf(secrets[stage])
      }
    }
    return { open, hear, epoch: () => stage + updated }
  }
  const [client, server] = [secretsOf('client'), secretsOf('server')]
  if ([...client, ...server].every((secret) => secret === undefined)) return 'no-secrets'
  return { client: side('client', client), server: side('server', server) }
}

function tryOpen(open: () => Unprotected): Unprotected | undefined {
  try {
    return open()
  } catch (error) {
    if (error instanceof HandshakeError) return undefined
    throw error
  }
}

/** Records that are tried in a row without one that opens; early data has some ten. */
const MAX_CLOSED = 1000

/** Of the labels of a side's secrets in TLS 1.3, in order. */
const STAGES = ['HANDSHAKE_TRAFFIC_SECRET', 'TRAFFIC_SECRET_0']
