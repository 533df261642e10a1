// Makes signed statements in memory: this library's own ClientHello, a scripted server's flight, chained as SPEC.md §4 says.

import { createHash } from 'node:crypto'
import { nextClientRandom } from '../../../src/statement/chain.ts'
import { checksumLine } from '../../../src/statement/checksum-line.ts'
import { commitmentOf, type Subject } from '../../../src/statement/commitment.ts'
import { encodeStatement } from '../../../src/statement/encode.ts'
import { isTls13Round, type Round, type Tls12Round } from '../../../src/statement/round.ts'
import type { Renewal, SignedStatement } from '../../../src/statement/statement.ts'
import { HandshakeClient } from '../../../src/tls/client.ts'
import { type ClientHello, decodeClientHello } from '../../../src/tls/messages.ts'
import { parseHost } from '../../../src/x509/identity.ts'
import { encodeClientHello } from './client-hello.ts'
import type { EndEntity } from './end-entity.ts'
import {
  encodeMessage,
  type FlightMessage,
  type FlightOptions,
  type MessageName,
  serverFlight,
} from './flight.ts'
import { type GuardPlan, makeCarelessRound, makeTls13Round } from './tls13-round.ts'

export type { GuardPlan } from './tls13-round.ts'

export interface StatementPlan {
  /** Default: one, "document.txt". */
  readonly subjects?: readonly Subject[]
  readonly rounds: readonly (RoundPlan | GuardPlan)[]
  /** Default: the digest or tree head of the subjects. */
  readonly commitment?: Uint8Array
  /** What `unsigned` has beside the usual. */
  readonly trustAnchors?: readonly Uint8Array[]
}

/** One round; what is not said is as `sign` and an honest server do it. */
export interface RoundPlan {
  readonly endEntity: EndEntity
  /** Seconds since 1970. */
  readonly time: number
  /** Default "example.test". */
  readonly host?: string
  /** Default 443. */
  readonly port?: number
  /** In server_name; default the host, null for none. */
  readonly serverName?: string | null
  /** Default: as the chain asks. */
  readonly clientRandom?: Uint8Array
  /** Changes what the client offers; it keeps the client_random. */
  readonly offer?: (hello: ClientHello) => ClientHello
  readonly flight?: Partial<FlightOptions>
  /** Changes the messages after they are signed. */
  readonly edit?: (messages: readonly FlightMessage[]) => readonly FlightMessage[]
}

export const HOST = 'example.test'

/** 2026-01-31T12:00:00Z */
export const TIME: number = Date.UTC(2026, 0, 31, 12) / 1000

/** A subject whose file holds just this text, or its own name. */
export function subject(name: string, text: string = name): Subject {
  return { name, sha256: Uint8Array.from(createHash('sha256').update(text).digest()) }
}

/** The subject's line as sha256sum prints it, with its line feed. */
export function printedLine({ name, sha256 }: Subject): string {
  return `${checksumLine({ name, sha256 })}\n`
}

/** The subject with a salt that is the same in each run. */
export function blinded(one: Subject): Subject {
  return { ...one, salt: subject(`salt of ${one.name}`).sha256 }
}

/** The rounds of one end entity at these times. */
export function roundsAt(
  endEntity: EndEntity,
  times: readonly number[] = [TIME, TIME, TIME],
  rest: Omit<RoundPlan, 'endEntity' | 'time'> = {},
): RoundPlan[] {
  return times.map((time) => ({ endEntity, time, ...rest }))
}

export function makeStatement(plan: StatementPlan): SignedStatement {
  const subjects = plan.subjects ?? [subject('document.txt')]
  const commitment = plan.commitment ?? commitmentOf(subjects)
  if (commitment === undefined) throw new RangeError('expected an inclusion proof that leads on')
  return { subjects, ...makeChain(commitment, plan) }
}

/** The statement renewed by a chain of these rounds; the commitment is by default as it should be. */
export function renew(
  statement: SignedStatement,
  plan: Omit<StatementPlan, 'subjects'>,
): SignedStatement {
  const { renewals = [] } = statement
  const digest = createHash('sha256').update(encodeStatement(statement)).digest()
  const chain = makeChain(plan.commitment ?? Uint8Array.from(digest), plan)
  return { ...statement, renewals: [...renewals, chain] }
}

/** The statement renewed by `endEntity`: an hour after TIME, or as many hours as it has renewals then. */
export function renewedBy(
  statement: SignedStatement,
  endEntity: EndEntity,
  { host = HOST, rounds: count = 3 }: { readonly host?: string; readonly rounds?: number } = {},
): SignedStatement {
  const { renewals = [], unsigned } = statement
  const times = Array.from({ length: count }, () => TIME + 3600 * (renewals.length + 1))
  const { trustAnchors } = unsigned
  const rounds = roundsAt(endEntity, times, { host })
  return renew(statement, { rounds, ...(trustAnchors && { trustAnchors }) })
}

function makeChain(
  commitment: Uint8Array,
  { rounds: plans, trustAnchors }: Omit<StatementPlan, 'commitment'>,
): Renewal {
  const rounds: Round[] = []
  for (const round of plans) rounds.push(makeRound(round, nextRandom(commitment, rounds)))
  const localTime = new Date((plans.find((plan) => 'time' in plan)?.time ?? TIME) * 1000 + 250)
  const unsigned = { localTime, tool: 'tls-stamp 0.1.0', ...(trustAnchors && { trustAnchors }) }
  return { rounds, unsigned }
}

/** The rounds of a statement, none of which is of TLS 1.3. */
export function tls12Rounds({ rounds }: Renewal): readonly Tls12Round[] {
  return rounds.map((round) => {
    if (isTls13Round(round)) throw new RangeError('expected no round of TLS 1.3')
    return round
  })
}

/** Several witnesses' rounds in turn: the first of each, the second of each, and so on. */
export function inTurn(...witnesses: readonly (readonly RoundPlan[])[]): RoundPlan[] {
  const most = Math.max(...witnesses.map(({ length }) => length))
  return Array.from({ length: most }, (_, i) => witnesses.flatMap((own) => own[i] ?? [])).flat()
}

/** The client_random that the chain asks of the round after these. */
export function nextRandom(commitment: Uint8Array, rounds: readonly Round[]): Uint8Array {
  const previous = rounds.at(-1)
  if (previous === undefined) return commitment
  return nextClientRandom(commitment, previous)
}

export function makeRound(plan: RoundPlan | GuardPlan, chained: Uint8Array): Round {
  if ('time' in plan) return makeTls12Round(plan, chained)
  return plan.careless ? makeCarelessRound(plan, chained) : makeTls13Round(plan, chained)
}

export function makeTls12Round(plan: RoundPlan, chained: Uint8Array): Tls12Round {
  const { endEntity, host = HOST, port = 443, clientRandom = chained, edit, offer } = plan
  const ownName = parseHost(host)?.type === 'dns' ? host : null
  const serverName = plan.serverName === undefined ? ownName : plan.serverName
  const client = new HandshakeClient({
    clientRandom,
    statusRequest: true,
    ...(serverName !== null && { serverName }),
  })
  const sent = client.hello.slice(5)
  const clientHello = offer ? encodeClientHello(offer(decodeClientHello(sent))) : sent
  const flight = serverFlight({ endEntity, clientRandom, serverTime: plan.time, ...plan.flight })
  const messages = edit?.(flight) ?? flight
  const find = (name: MessageName): Uint8Array | undefined => {
    const found = messages.find((message) => message.name === name)
    return found && encodeMessage(found)
  }
  const status = find('certificateStatus')
  return {
    host,
    port,
    clientHello,
    serverHello: find('serverHello') ?? ABSENT,
    certificate: find('certificate') ?? ABSENT,
    ...(status && { certificateStatus: status }),
    serverKeyExchange: find('serverKeyExchange') ?? ABSENT,
  }
}

const ABSENT = new Uint8Array(0)
