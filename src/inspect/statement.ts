// What is in a signed statement: its rounds field by field, which of their bytes the server signed, and what nobody did
// (SPEC.md §3, §4, §8). Nothing is judged here but signatures and where the randoms come from.

import { equal } from '../encoding/index.ts'
import type { VerifySignature } from '../signature/index.ts'
import { decodeSpki } from '../signature/index.ts'
import {
  commitsTo,
  messagesOf,
  nextClientRandom,
  type Round,
  renewalCommitments,
  type SignedStatement,
  type Unsigned,
} from '../statement/index.ts'
import { type ClockJudgement, judgeClock } from '../verify/index.ts'
import {
  BudgetExceeded,
  type CertificateDescription,
  describeCertificate,
  fingerprintOf,
  openBudget,
  signatureCost,
  tryDecodeCertificate,
} from '../x509/index.ts'
import { type Descriptions, type HandshakeReport, inspectHandshake } from './handshake.ts'
import type { Sender } from './message.ts'
import { openRoundReader } from './recording.ts'

export interface StatementReport extends ChainInspection {
  /** Null when the statement is damaged and only its rounds could be read. */
  readonly statement: SignedStatement | null
  /** Oldest first. */
  readonly renewals: readonly ChainInspection[]
}

/** A statement's own chain of rounds, or a renewal's. */
export interface ChainInspection {
  readonly rounds: readonly RoundInspection[]
  /** Of each host, in the order of their first rounds. */
  readonly clocks: readonly ClockInspection[]
  /** Certificates that the signer stored; its own word, never trusted for being here. */
  readonly trustAnchors: readonly AnchorInspection[]
}

export interface ClockInspection {
  /** Null when what is left of a damaged statement does not tell. */
  readonly host: string | null
  readonly rounds: number
  /** Of this host's server times alone. */
  readonly clock: ClockJudgement
}

export interface AnchorInspection {
  /** SHA-256, hex. */
  readonly fingerprint: string
  /** Null when it is no certificate. */
  readonly certificate: CertificateDescription | null
}

export interface RoundInspection {
  readonly host: string | null
  readonly port: number | null
  readonly handshake: HandshakeReport
  /** What the server signed, in the order it is hashed. */
  readonly signed: readonly SignedPart[]
  readonly clientRandom: ClientRandomOrigin
}

/**
 * Where a client_random comes from. A statement's first one should be the "commitment" to the subjects, that of a
 * renewal the SHA-256 of the "file-before", and any other "chained" to the round before; each has its opposite.
 * "unknown" when what it should be of is not there.
 */
export type ClientRandomOrigin =
  | 'commitment'
  | 'no-commitment'
  | 'file-before'
  | 'other-file'
  | 'chained'
  | 'broken-chain'
  | 'unknown'

/** A part of a message, or in TLS 1.3 all of it: offsets count from the message's header. */
export interface SignedPart {
  readonly name: 'client_random' | 'server_random' | 'params' | 'message'
  /** Index in the handshake's messages. */
  readonly message: number
  readonly offset: number
  readonly length: number
}

/** Takes a statement apart. Never throws on what its messages hold. */
export function inspectStatement(
  statement: SignedStatement,
  verify: VerifySignature,
): StatementReport {
  const { subjects, renewals = [] } = statement
  const commitments = renewalCommitments(statement)
  const bounded = withinBudget(verify)
  const own = inspectChain(statement, bounded, (random) => {
    return commitsTo(subjects, random) ? 'commitment' : 'no-commitment'
  })
  const later = renewals.map((renewal, i) => {
    return inspectChain(renewal, bounded, (random) => {
      return equal(random, commitments[i] as Uint8Array) ? 'file-before' : 'other-file'
    })
  })
  return { statement, ...own, renewals: later }
}

/**
 * Leaves signatures beyond the work that the longest statement by usual keys takes unchecked, or beyond so many shares of
 * work, of which one is 160 signatures by keys on P-256.
 */
export function withinBudget(verify: VerifySignature, shares: number = SHARES): VerifySignature {
  const { spend } = openBudget(shares)
  return (scheme, spki, message, signature) => {
    try {
      spend('rounds', signatureCost(decodeSpki(spki)))
    } catch (error) {
      throw error instanceof BudgetExceeded ? new RangeError(error.message) : error
    }
    return verify(scheme, spki, message, signature)
  }
}

/** A round of which messages, or its host and port, may be missing. */
export type Remains = Partial<Round>

interface Chain {
  readonly rounds: readonly Remains[]
  /** Left out of what is damaged. */
  readonly unsigned?: Unsigned
}

/** Takes one chain apart; `originOfFirst` tells where its first client_random comes from. */
export function inspectChain(
  { rounds, unsigned }: Chain,
  verify: VerifySignature,
  originOfFirst: (clientRandom: Uint8Array) => ClientRandomOrigin,
): ChainInspection {
  const inspected: RoundInspection[] = []
  const readRound = openRoundReader()
  const known: Descriptions = new Map()
  for (const [index, round] of rounds.entries()) {
    const handshake = inspectHandshake(readRound(sentIn(round)), verify, known)
    const { clientRandom } = handshake
    const linked = (): ClientRandomOrigin =>
      originOfLater(handshake, inspected, rounds[index - 1], unsigned !== undefined)
    inspected.push({
      host: round.host ?? null,
      port: round.port ?? null,
      handshake,
      signed: 'certificateVerify' in round ? allBeforeVerify(handshake) : signedParts(handshake),
      clientRandom:
        clientRandom === null ? 'unknown' : index > 0 ? linked() : originOfFirst(clientRandom),
    })
  }
  const { trustAnchors = [] } = unsigned ?? {}
  return {
    rounds: inspected,
    clocks: judgeClocks(inspected),
    trustAnchors: trustAnchors.map(describeAnchor),
  }
}

/** Clocks of different hosts say nothing of each other's. */
function judgeClocks(rounds: readonly RoundInspection[]): readonly ClockInspection[] {
  return [...new Set(rounds.map(({ host }) => host))].flatMap((host) => {
    const own = rounds.filter((round) => round.host === host)
    const times = own.flatMap(({ handshake: { serverTime } }) =>
      serverTime ? [serverTime.getTime() / 1000] : [],
    )
    return times.length > 0 ? [{ host, rounds: own.length, clock: judgeClock(times) }] : []
  })
}

function describeAnchor(der: Uint8Array): AnchorInspection {
  const certificate = tryDecodeCertificate(der)
  return {
    fingerprint: fingerprintOf(der),
    certificate: certificate ? describeCertificate(certificate) : null,
  }
}

function sentIn(round: Remains): { sender: Sender; message: Uint8Array }[] {
  return messagesOf(round).map(([name, message]) => {
    return { sender: /clientHello/i.test(name) ? 'client' : 'server', message }
  })
}

/** Every message before CertificateVerify is in the hash that it signs (RFC 8446 §4.4.3). */
function allBeforeVerify({ messages }: HandshakeReport): SignedPart[] {
  return messages
    .slice(0, -1)
    .map(({ length }, message) => ({ name: 'message', message, offset: 0, length }))
}

/** client_random, server_random, params (RFC 5246 §7.4.3); nothing when nothing is signed. */
function signedParts({ messages, scheme }: HandshakeReport): SignedPart[] {
  if (scheme === null) return []
  return messages.flatMap(({ name, fields }, message): SignedPart[] => {
    if (name === 'ServerKeyExchange') {
      const end = fields.find((field) => /^(?:signature_scheme|signature)$/.test(field.name))
      return end ? [{ name: 'params', message, offset: HEADER, length: end.offset - HEADER }] : []
    }
    const random = fields.find((field) => field.name === 'random')
    const part = name === 'ClientHello' ? 'client_random' : 'server_random'
    return random ? [{ name: part, message, offset: random.offset, length: random.length }] : []
  })
}

/** Of what is damaged, a round may be gone: then a missing link means nothing. */
function originOfLater(
  { clientRandom }: HandshakeReport,
  before: readonly RoundInspection[],
  previous: Remains | undefined,
  isStatement: boolean,
): ClientRandomOrigin {
  const last = before.at(-1)?.handshake
  const commitment = before[0]?.handshake.clientRandom
  if (!clientRandom || !last || !commitment || !isWhole(previous)) return 'unknown'
  if (equal(nextClientRandom(commitment, previous), clientRandom)) return 'chained'
  return isStatement ? 'broken-chain' : 'unknown'
}

function isWhole(round: Remains | undefined): round is Round {
  const last = round && ('serverKeyExchange' in round || 'certificateVerify' in round)
  return last === true && round?.host !== undefined && round.port !== undefined
}

/** Of a budget: enough for 256 rounds by P-521 keys, and some seconds in the portable backend. */
const SHARES = 8

/** HandshakeType, uint24 length. */
const HEADER = 4
