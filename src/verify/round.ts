// One round as verification sees it: the handshake it holds, and the checks that need no other round.

import { DecodeError, HandshakeError } from '../errors.ts'
import type { VerifySignature } from '../signature/index.ts'
import { decodeSpki, describeKey, judgeSignature } from '../signature/index.ts'
import { isTls13Round, type Round, readRoundHandshake } from '../statement/index.ts'
import {
  decodeCertificates,
  type Handshake,
  serverTimeOf,
  VERSION,
  versionName,
} from '../tls/index.ts'
import {
  type Budget,
  BudgetExceeded,
  type Certificate,
  decodeOnce,
  matchedName,
  openBudget,
  parseHost,
  type Spend,
  signatureCost,
  spkiOf,
} from '../x509/index.ts'
import { type Check, check } from './report.ts'

/** A round whose handshake is consistent and asked for its host. */
export interface ReadRound {
  readonly index: number
  readonly round: Round
  readonly handshake: Handshake
  /** The first four bytes of server_random: seconds since 1970. A TLS 1.3 random is never taken for a clock. */
  readonly serverTime: number | undefined
  /** The server's certificate; undefined when it does not parse. */
  readonly endEntity: Certificate | undefined
  /** The server's key, which can be there all the same. */
  readonly spki: Uint8Array | undefined
}

/** Reads a chain's rounds, each to its handshake or to the check that says why it is none; what they share is read once. */
export function readRounds(
  rounds: readonly Round[],
  budget: Budget = openBudget(rounds.length),
): readonly (ReadRound | Check)[] {
  const known = new Map<Uint8Array, readonly Uint8Array[]>()
  const readCertificates = (message: Uint8Array): readonly Uint8Array[] => {
    const certificates = known.get(message) ?? decodeCertificates(message)
    known.set(message, certificates)
    return certificates
  }
  return rounds.map((round, index) => readRound(round, index, readCertificates, budget))
}

function readRound(
  round: Round,
  index: number,
  readCertificates: (message: Uint8Array) => readonly Uint8Array[],
  budget: Budget,
): ReadRound | Check {
  try {
    const handshake = readRoundHandshake(round, readCertificates)
    const host = parseHost(round.host)
    if (handshake.serverName !== (host?.type === 'dns' ? host.name : undefined)) {
      const asked = handshake.serverName ?? 'no name'
      return check('handshakes', 'fail', 'other-host-asked', `round ${index} asks for ${asked}`)
    }
    const endEntity = decodeOnce(handshake.certificates[0], budget)
    const serverTime = isTls13Round(round) ? undefined : serverTimeOf(handshake.serverRandom)
    const spki = endEntity?.spki ?? spkiOf(handshake.certificates[0])
    return { index, round, handshake, serverTime, endEntity, spki }
  } catch (error) {
    if (error instanceof BudgetExceeded) return check('handshakes', 'fail', 'too-much-work')
    if (error instanceof DecodeError) {
      return check('handshakes', 'fail', 'malformed-handshake', `round ${index}, ${error.message}`)
    }
    if (error instanceof HandshakeError) {
      return check(
        'handshakes',
        'fail',
        'inconsistent-handshake',
        `round ${index}, ${error.message}`,
      )
    }
    throw error
  }
}

export function checkSignature(round: ReadRound, verify: VerifySignature, spend: Spend): Check {
  const { scheme, signature, signedBytes } = round.handshake
  const particulars = `round ${round.index}, ${scheme}`
  if (round.spki === undefined) {
    return check(
      'signatures',
      'fail',
      'bad-signature',
      `${particulars}: the certificate is malformed`,
    )
  }
  try {
    const key = decodeSpki(round.spki)
    spend('rounds', signatureCost(key))
    const judgement = judgeSignature(verify, scheme, round.spki, signedBytes, signature)
    if (judgement === 'valid') return check('signatures', 'pass', 'signed')
    if (judgement === 'invalid') return check('signatures', 'fail', 'bad-signature', particulars)
    const signer = `${particulars} with a key of type ${describeKey(key)}`
    return check('signatures', 'unknown', 'unsupported-scheme', signer)
  } catch (error) {
    if (error instanceof BudgetExceeded) return check('signatures', 'fail', 'too-much-work')
    if (error instanceof DecodeError) {
      return check('signatures', 'fail', 'bad-signature', `${particulars}: the key is malformed`)
    }
    throw error
  }
}

export function checkStrength({ index, handshake }: ReadRound): Check {
  return judgeStrength(handshake, index)
}

/** Judges whether what a signature is made of is strong enough to prove something. */
export function judgeStrength(
  { version, scheme, primeBits }: Pick<Handshake, 'version' | 'scheme' | 'primeBits'>,
  index: number,
): Check {
  if (version < VERSION.tls12) {
    return check('strength', 'unknown', 'weak-version', `round ${index}, ${versionName(version)}`)
  }
  if (/(?:md5|sha1|sha224)$/.test(scheme)) {
    return check('strength', 'unknown', 'weak-hash', `round ${index}, ${scheme}`)
  }
  if (primeBits !== undefined && primeBits < 2048) {
    return check('strength', 'unknown', 'weak-group', `round ${index}, ${primeBits} bits`)
  }
  return check('strength', 'pass', 'strong')
}

export function checkIdentity({ round, endEntity }: ReadRound): Check {
  if (endEntity === undefined) return check('identity', 'unknown', 'not-reached')
  const matched = matchedName(endEntity, round.host)
  if (matched === undefined) return check('identity', 'fail', 'host-mismatch', round.host)
  const how = matched.wildcard ? `${round.host} under the wildcard ${matched.name}` : round.host
  return check('identity', 'pass', 'host-matches', how)
}

/** Computes the end entity's validity in seconds; 1 when the certificate does not parse. */
export function lifetime(endEntity: Certificate | undefined): number {
  if (endEntity === undefined) return 1
  return (endEntity.notAfter.getTime() - endEntity.notBefore.getTime()) / 1000 + 1
}
