// The chain of rounds over the network (SPEC.md §4): one turn after the other, each a witness's.

import { randomFillSync } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { HandshakeError, NetworkError, TlsStampError } from '../errors.ts'
import type { Round } from '../statement/index.ts'
import { nextClientRandom } from '../statement/index.ts'
import {
  type Address,
  type Connection,
  makeAeadNative,
  makeKeyPairNative,
  openConnection,
  runHandshake,
} from '../system/index.ts'
import { HandshakeClient, Tls13Client, VERSION } from '../tls/index.ts'

export interface ChainPlan {
  /** Who signs each round, in order: a host's rounds are all of one witness. At least one. */
  readonly turns: readonly PlannedWitness[]
  readonly commitment: Uint8Array
  /** The first rounds, as far as they are signed already. */
  readonly begun?: readonly Round[]
  /** A connection for the round that comes next. */
  readonly ahead?: Waiting | undefined
  /** What is known already of how hosts want to be asked, and what the chain learns of it. */
  readonly manners?: Map<string, Manners>
}

export interface PlannedWitness {
  readonly address: Address
  /** The name for SNI; undefined for an IP address. */
  readonly serverName: string | undefined
  /** The one version to speak: with TLS 1.3 it shows no clock. */
  readonly version: number
}

/** The rounds, or who ended the chain and how. */
export type ChainOutcome =
  | { readonly rounds: readonly Round[] }
  | { readonly witness: PlannedWitness; readonly error: TlsStampError }

/**
 * Runs the chain. While one round runs, the next one's connection opens, never more than one ahead: servers that
 * serve one connection at a time then meet them in order, and n rounds cost n + 1 round trips, and one more for each
 * HelloRetryRequest. A server that would not have a connection wait gets them one after the other; one that drops the
 * ClientHello gets it once without status_request.
 */
export async function runChain(plan: ChainPlan): Promise<ChainOutcome> {
  const { turns, commitment, manners = new Map<string, Manners>() } = plan
  const rounds = [...(plan.begun ?? [])]
  let { ahead } = plan
  const first = turns[rounds.length]
  if (ahead && first && mannersOf(first, manners).pause > 0) {
    ahead.connection.close()
    ahead = undefined
  }
  let clientRandom = nextRandom(commitment, rounds)
  try {
    while (rounds.length < turns.length) {
      const witness = turns[rounds.length] as PlannedWitness
      const own = mannersOf(witness, manners)
      const next = turns[rounds.length + 1]
      const waiting = ahead?.host === witness.address.host ? ahead : undefined
      const { signal } = witness.address
      if (own.pause > 0) await setTimeout(own.pause, undefined, { signal })
      const connection = waiting?.connection ?? openConnection(witness.address)
      if (waiting) ahead = undefined
      connection.renew()
      const client = clientOf(witness, clientRandom, own.statusRequest)
      try {
        await Promise.race([connection.ended, connection.opened])
        if (next && mannersOf(next, manners).pause === 0) {
          ahead ??= { host: next.address.host, connection: openConnection(next.address) }
        }
        const { host, port } = witness.address
        const round = {
          host,
          port,
          ...(await runHandshake<Client['transcript']>(connection, client)),
        }
        rounds.push(round)
        clientRandom = nextRandom(commitment, rounds)
      } catch (error) {
        connection.close()
        const again = waiting ? own.pause === 0 : own.pause > 0 && own.pause < LAST_PAUSE
        if (again && isLost(error, client, waiting !== undefined)) {
          own.pause = own.pause === 0 ? FIRST_PAUSE : LAST_PAUSE
          ahead?.connection.close()
          ahead = undefined
        } else if (isStatusRequestRefusal(error, client, own.statusRequest))
          own.statusRequest = false
        else if (error instanceof TlsStampError) return { witness, error }
        else throw error
      }
    }
    return { rounds }
  } finally {
    ahead?.connection.close()
  }
}

/** Asks a server once whether it speaks TLS 1.3. */
export async function speaksTls13(witness: PlannedWitness): Promise<boolean> {
  const connection = openConnection(witness.address)
  const client = clientOf({ ...witness, version: VERSION.tls13 }, fresh32())
  try {
    await runHandshake<Client['transcript']>(connection, client)
  } catch {
    connection.close()
  }
  return client.answered
}

/** A connection that is open before its round begins. */
export interface Waiting {
  readonly host: string
  readonly connection: Connection
}

/** What a host has shown that it can't bear. */
export interface Manners {
  statusRequest: boolean
  /**
   * Milliseconds without a connection before each round, 0 as long as one may wait: a server that counts connections
   * needs a moment to see that the last one is gone, and a busy one needs longer.
   */
  pause: number
}

function mannersOf({ address }: PlannedWitness, manners: Map<string, Manners>): Manners {
  const own = manners.get(address.host) ?? { statusRequest: true, pause: 0 }
  manners.set(address.host, own)
  return own
}

function nextRandom(commitment: Uint8Array, rounds: readonly Round[]): Uint8Array {
  const last = rounds.at(-1)
  return last ? nextClientRandom(commitment, last) : commitment
}

type Client = HandshakeClient | Tls13Client

function clientOf(
  { serverName, version }: PlannedWitness,
  clientRandom: Uint8Array,
  statusRequest = true,
): Client {
  const hello = { clientRandom, statusRequest, ...(serverName !== undefined && { serverName }) }
  if (version !== VERSION.tls13) return new HandshakeClient({ ...hello, version })
  return new Tls13Client({
    ...hello,
    sessionId: fresh32(),
    makeKeyPair: makeKeyPairNative,
    makeAead: makeAeadNative,
  })
}

function fresh32(): Uint8Array {
  return randomFillSync(new Uint8Array(32))
}

/**
 * Some servers refuse a second connection, or end one that is idle: nothing is lost, a fresh one will do. That too may be
 * refused while the last one is not quite gone; but one that nobody takes at all has no such reason.
 */
function isLost(error: unknown, client: Client, waited: boolean): boolean {
  if (client.answered) return false
  if (error instanceof HandshakeError) return error.code === 'alert'
  return (
    error instanceof NetworkError && (waited ? error.code !== 'timeout' : error.code === 'closed')
  )
}

/** Some servers drop the connection for a status_request that they can't answer: they get one try without. */
function isStatusRequestRefusal(error: unknown, client: Client, asked: boolean): boolean {
  return asked && !client.answered && error instanceof NetworkError && error.code === 'closed'
}

/** Milliseconds between connections to a server that will not have two: at first, and when that was too short. */
const FIRST_PAUSE = 50
const LAST_PAUSE = 400
