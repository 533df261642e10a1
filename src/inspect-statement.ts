// What is in a signed statement: its rounds field by field, which of their bytes the server signed, and what nobody did
// (SPEC.md §3, §4, §8). Nothing is judged here but signatures and where the randoms come from.

import { equal, fromBase64 } from './bytes.ts'
import { type ClockJudgement, judgeClock, nextClientRandom } from './chain.ts'
import { commitsTo } from './commitment.ts'
import { type HandshakeReport, reportRecording } from './inspect.ts'
import type { VerifySignature } from './signature.ts'
import { MAX_ROUNDS, MAX_STATEMENT, type Round, type SignedStatement } from './statement.ts'
import { readMessageList, type Sender } from './tls/recording.ts'
import type { Transcript } from './tls/transcript.ts'

export interface StatementReport {
  /** Null when the statement is damaged and only its rounds could be read. */
  readonly statement: SignedStatement | null
  readonly rounds: readonly RoundInspection[]
  /** Of the server times, as those of one witness; null without any. */
  readonly clock: ClockJudgement | null
}

export interface RoundInspection {
  readonly host: string | null
  readonly port: number | null
  readonly handshake: HandshakeReport
  /** What the server signed, in the order it is hashed. */
  readonly signed: readonly SignedPart[]
  /** Where client_random comes from: the subjects, the round before, or neither. */
  readonly clientRandom: 'commitment' | 'chained' | 'unknown'
}

/** A part of a message: offsets count from the message's header. */
export interface SignedPart {
  readonly name: 'client_random' | 'server_random' | 'params'
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
  return inspectRounds(statement, statement.rounds, verify)
}

/**
 * The rounds that can be read in what is no statement any more: cut, or changed by hand. Undefined when there is none.
 * A round without a ServerHello is left out.
 */
export function inspectRemains(
  bytes: Uint8Array,
  verify: VerifySignature,
): StatementReport | undefined {
  if (bytes.length > MAX_STATEMENT) return undefined
  const rounds = salvageRounds(new TextDecoder().decode(bytes))
  return rounds.length > 0 ? inspectRounds(null, rounds, verify) : undefined
}

type Remains = Partial<Round>

function inspectRounds(
  statement: SignedStatement | null,
  rounds: readonly Remains[],
  verify: VerifySignature,
): StatementReport {
  const inspected: RoundInspection[] = []
  for (const [index, round] of rounds.entries()) {
    const handshake = reportRecording(readMessageList(messagesOf(round)), verify)
    inspected.push({
      host: round.host ?? null,
      port: round.port ?? null,
      handshake,
      signed: signedParts(handshake),
      clientRandom: originOf(handshake, statement, inspected, rounds[index - 1]),
    })
  }
  const times = inspected.flatMap(({ handshake: { serverTime } }) =>
    serverTime ? [serverTime.getTime() / 1000] : [],
  )
  return { statement, rounds: inspected, clock: times.length > 0 ? judgeClock(times) : null }
}

function messagesOf(round: Remains): { sender: Sender; message: Uint8Array }[] {
  return MESSAGES.flatMap((name) => {
    const message = round[name]
    const sender = name === 'clientHello' ? 'client' : 'server'
    return message ? [{ sender, message }] : []
  })
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

function originOf(
  { clientRandom }: HandshakeReport,
  statement: SignedStatement | null,
  before: readonly RoundInspection[],
  previous: Remains | undefined,
): RoundInspection['clientRandom'] {
  if (!clientRandom) return 'unknown'
  if (!previous) {
    return statement && commitsTo(statement.subjects, clientRandom) ? 'commitment' : 'unknown'
  }
  const last = before.at(-1)?.handshake
  const commitment = before[0]?.handshake.clientRandom
  const { serverKeyExchange } = previous
  if (!last?.clientRandom || !last.serverRandom || !commitment || !serverKeyExchange)
    return 'unknown'
  const { clientRandom: own, serverRandom } = last
  const link = { clientRandom: own, serverRandom, serverKeyExchange }
  return equal(nextClientRandom(commitment, link), clientRandom) ? 'chained' : 'unknown'
}

/** Members as they are written, in order: each clientHello begins a round. */
function salvageRounds(text: string): Remains[] {
  const rounds: { -readonly [Name in keyof Transcript]?: Transcript[Name] }[] = []
  for (const [, name = '', quoted, index] of text.matchAll(MEMBER)) {
    if (name === 'clientHello' && rounds.length === MAX_ROUNDS) break
    if (name === 'clientHello') rounds.push({})
    const round = rounds.at(-1)
    const message = quoted === undefined ? rounds[Number(index)]?.certificate : fromBase64(quoted)
    if (round && message) round[name as keyof Transcript] = message
  }
  return rounds.filter(({ serverHello }) => serverHello)
}

const MEMBER =
  /"(clientHello|serverHello|certificate|certificateStatus|serverKeyExchange)"\s{0,8}:\s{0,8}(?:"([A-Za-z0-9+/]{4,}={0,2})"|(\d{1,2}))/g

const MESSAGES = [
  ...(['clientHello', 'serverHello', 'certificate'] as const),
  ...(['certificateStatus', 'serverKeyExchange'] as const),
] as const

/** HandshakeType, uint24 length. */
const HEADER = 4

/** What can change in a statement that passes, and it still does (SPEC.md §8). */
export const NOBODY_SIGNED: readonly string[] = [
  'the port of each round, localTime, tool, and the name of a single subject',
  'of a ClientHello: all but random, the host name asked for and what the server chose',
  'of a ServerHello: session_id and the content of extensions',
  'of a Certificate message: what is not on the certification path',
  'of a CertificateStatus: the response',
]
