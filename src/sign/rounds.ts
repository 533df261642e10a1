// The chain of rounds over the network (SPEC.md §4): one witness after the other, as often as asked.

import { setTimeout } from 'node:timers/promises'
import { HandshakeError, NetworkError, TlsStampError } from '../errors.ts'
import type { Round } from '../statement/index.ts'
import { nextClientRandom } from '../statement/index.ts'
import { type Address, type Connection, openConnection, runHandshake } from '../system/index.ts'
import { HandshakeClient } from '../tls/index.ts'

export interface ChainPlan {
  /** The witnesses, each host once, who sign in turn: A, B, C, A, B, C. */
  readonly witnesses: readonly PlannedWitness[]
  /** The rounds of each witness. */
  readonly rounds: number
  readonly tlsVersion: number
  readonly commitment: Uint8Array
}

export interface PlannedWitness {
  readonly address: Address
  /** The name for SNI; undefined for an IP address. */
  readonly serverName: string | undefined
}

/** The rounds, or who ended the chain and how. */
export type ChainOutcome =
  | { readonly rounds: readonly Round[] }
  | { readonly witness: PlannedWitness; readonly error: TlsStampError }

/**
 * Runs the chain. While one round runs, the next one's connection opens, never more than one ahead: servers that
 * serve one connection at a time then meet them in order, and n rounds cost n + 1 round trips. A server that would
 * not have a connection wait gets them one after the other; one that drops the ClientHello gets it once without
 * status_request.
 */
export async function runChain(plan: ChainPlan): Promise<ChainOutcome> {
  const manners = plan.witnesses.map(() => ({ statusRequest: true, pause: 0 }))
  const count = plan.rounds * plan.witnesses.length
  const rounds: Round[] = []
  let clientRandom = plan.commitment
  let ahead: Waiting | undefined
  try {
    while (rounds.length < count) {
      const [witness, own] = turn(plan.witnesses, manners, rounds.length)
      const [next, nextOwn] = turn(plan.witnesses, manners, rounds.length + 1)
      const waiting = ahead?.witness === witness ? ahead : undefined
      if (own.pause > 0) await setTimeout(own.pause)
      const connection = waiting?.connection ?? openConnection(witness.address)
      if (waiting) ahead = undefined
      connection.renew()
      const client = new HandshakeClient(helloOf(plan, witness, clientRandom, own.statusRequest))
      try {
        await Promise.race([connection.ended, connection.opened])
        if (nextOwn.pause === 0 && rounds.length + 1 < count) {
          ahead ??= { witness: next, connection: openConnection(next.address) }
        }
        const transcript = await runHandshake(connection, client)
        const { host, port } = witness.address
        const round = { host, port, ...transcript }
        rounds.push(round)
        clientRandom = nextClientRandom(plan.commitment, round)
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

/** A connection that is open before its round begins. */
interface Waiting {
  readonly witness: PlannedWitness
  readonly connection: Connection
}

/** What a witness has shown that it can't bear. */
interface Manners {
  statusRequest: boolean
  /**
   * Milliseconds without a connection before each round, 0 as long as one may wait: a server that counts connections
   * needs a moment to see that the last one is gone, and a busy one needs longer.
   */
  pause: number
}

function turn(
  witnesses: readonly PlannedWitness[],
  manners: readonly Manners[],
  round: number,
): readonly [PlannedWitness, Manners] {
  const i = round % witnesses.length
  return [witnesses[i] as PlannedWitness, manners[i] as Manners]
}

function helloOf(
  { tlsVersion }: ChainPlan,
  { serverName }: PlannedWitness,
  clientRandom: Uint8Array,
  statusRequest: boolean,
): ConstructorParameters<typeof HandshakeClient>[0] {
  const hello = { clientRandom, statusRequest, version: tlsVersion }
  return serverName === undefined ? hello : { ...hello, serverName }
}

/**
 * Some servers refuse a second connection, or end one that is idle: nothing is lost, a fresh one will do. That too may be
 * refused while the last one is not quite gone; but one that nobody takes at all has no such reason.
 */
function isLost(error: unknown, client: HandshakeClient, waited: boolean): boolean {
  if (client.answered) return false
  if (error instanceof HandshakeError) return error.code === 'alert'
  return (
    error instanceof NetworkError && (waited ? error.code !== 'timeout' : error.code === 'closed')
  )
}

/** Some servers drop the connection for a status_request that they can't answer: they get one try without. */
function isStatusRequestRefusal(error: unknown, client: HandshakeClient, asked: boolean): boolean {
  return asked && !client.answered && error instanceof NetworkError && error.code === 'closed'
}

/** Milliseconds between connections to a server that will not have two: at first, and when that was too short. */
const FIRST_PAUSE = 50
const LAST_PAUSE = 400
