// Makes signed statements in memory: this library's own ClientHello, a scripted server's flight, chained as SPEC.md §4 says.

import { createHash } from 'node:crypto'
import { concat } from '../../../src/encoding/bytes.ts'
import { Writer } from '../../../src/encoding/presentation.ts'
import { nextClientRandom } from '../../../src/statement/chain.ts'
import { checksumLine } from '../../../src/statement/checksum-line.ts'
import { commitmentOf, type Subject } from '../../../src/statement/commitment.ts'
import { encodeStatement } from '../../../src/statement/encode.ts'
import {
  isTls13Round,
  type Round,
  type Tls12Round,
  type Tls13Round,
} from '../../../src/statement/round.ts'
import type { Renewal, SignedStatement } from '../../../src/statement/statement.ts'
import { makeAeadNative, makeKeyPairNative } from '../../../src/system/tls-cryptography.ts'
import { HandshakeClient } from '../../../src/tls/client.ts'
import {
  type ClientHello,
  decodeClientHello,
  encodeMessage as encodeHandshake,
} from '../../../src/tls/messages.ts'
import { readRecord } from '../../../src/tls/record.ts'
import { Tls13Client } from '../../../src/tls/tls13-client.ts'
import { parseHost } from '../../../src/x509/identity.ts'
import { record } from '../servers/delivery.ts'
import type { EndEntity } from './end-entity.ts'
import {
  encodeMessage,
  type FlightMessage,
  type FlightOptions,
  type MessageName,
  serverFlight,
} from './flight.ts'
import {
  encodeRetry,
  type RetryOptions,
  type Tls13FlightOptions,
  tls13Records,
  tls13ServerFlight,
} from './tls13-flight.ts'

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

/** One round of TLS 1.3; what is not said is as `sign` and an honest server do it. */
export interface GuardPlan extends Pick<RoundPlan, 'endEntity' | 'host' | 'port' | 'clientRandom'> {
  readonly serverName?: string
  readonly flight?: Partial<Tls13FlightOptions>
  readonly retry?: RetryOptions
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
  return 'time' in plan ? makeTls12Round(plan, chained) : makeTls13Round(plan, chained)
}

/** A round of TLS 1.3, after a HelloRetryRequest if there is to be one. */
export function makeTls13Round(plan: GuardPlan, chained: Uint8Array): Tls13Round {
  const { endEntity, host = HOST, port = 443, clientRandom = chained, flight, retry } = plan
  const isName = parseHost(host)?.type === 'dns'
  const client = new Tls13Client({
    clientRandom,
    sessionId: createHash('sha256').update(clientRandom).digest(),
    statusRequest: true,
    ...(isName && { serverName: plan.serverName ?? host }),
    makeKeyPair: makeKeyPairNative,
    makeAead: makeAeadNative,
  })
  const clientHello = client.hello.slice(5)
  if (!retry) {
    client.receive(
      concat(...tls13Records(tls13ServerFlight({ endEntity, ...flight }, clientHello))),
    )
    return { host, port, ...client.transcript }
  }
  const helloRetryRequest = encodeRetry(retry, clientHello)
  client.receive(record(22, helloRetryRequest))
  // The second ClientHello stands behind a ChangeCipherSpec
  const second = readRecord(client.takeReply() ?? ABSENT, 6)?.fragment ?? ABSENT
  const { group } = retry
  const options = { endEntity, ...(group !== undefined && { group }), ...flight }
  const answer = tls13ServerFlight(options, second, { clientHello, helloRetryRequest })
  client.receive(concat(...tls13Records(answer)))
  return { host, port, ...client.transcript }
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

/** The hello with these SignatureSchemes in signature_algorithms beside its own. */
export function offerSchemes(...schemes: readonly number[]): (hello: ClientHello) => ClientHello {
  return (hello) => {
    const list = new Writer().u16(...(hello.signatureSchemes ?? []), ...schemes).done()
    return withExtension(hello, 0x000d, new Writer().opaque(2, list).done())
  }
}

/** The hello with one extension's content replaced, or the extension left out. */
export function withExtension(
  hello: ClientHello,
  type: number,
  content: Uint8Array | undefined,
): ClientHello {
  const extensions = hello.extensions.flatMap((extension) => {
    if (extension.type !== type) return [extension]
    return content ? [{ type, content }] : []
  })
  return { ...hello, extensions }
}

/** From version, random, sessionId, cipherSuites and extensions alone. */
export function encodeClientHello(hello: ClientHello): Uint8Array {
  const extensions = new Writer()
  for (const { type, content } of hello.extensions) extensions.u16(type).opaque(2, content)
  const body = new Writer()
    .u16(hello.version)
    .bytes(hello.random)
    .opaque(1, hello.sessionId)
    .opaque(2, new Writer().u16(...hello.cipherSuites).done())
    .opaque(1, Uint8Array.of(0))
    .opaque(2, extensions.done())
  return encodeHandshake(1, body.done())
}

const ABSENT = new Uint8Array(0)
