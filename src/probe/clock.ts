// The clock of a server: a chain of rounds as `sign` has it, over a random commitment, one connection at a time
// (SPEC.md §4, §5).

import { randomBytes } from 'node:crypto'
import { NetworkError, TlsStampError } from '../errors.ts'
import type { Round, SignedStatement } from '../statement/index.ts'
import { nextClientRandom } from '../statement/index.ts'
import type { HelloOptions } from '../tls/index.ts'
import { type Handshake, HandshakeClient, readTranscript, serverTimeOf } from '../tls/index.ts'
import { version as ownVersion } from '../version.ts'
import type { PacedConnections } from './connections.ts'
import type { TimedRound } from './report.ts'

export interface ClockAnswer {
  /** It has as many rounds as came about. */
  readonly statement: SignedStatement
  readonly handshakes: readonly Handshake[]
  readonly timed: readonly TimedRound[]
  /** Why there are no more. */
  readonly failure: TlsStampError | undefined
}

/** Runs up to `count` rounds. Throws nothing that the server or the network is at fault for. */
export async function askClock(
  connections: PacedConnections,
  target: {
    readonly host: string
    readonly port: number
    readonly count: number
    readonly hello: Pick<HelloOptions, 'serverName' | 'version'>
  },
): Promise<ClockAnswer> {
  const { host, port, count, hello } = target
  const commitment = randomBytes(32)
  const rounds: Round[] = []
  const handshakes: Handshake[] = []
  const timed: TimedRound[] = []
  let clientRandom: Uint8Array = commitment
  let statusRequest = true
  let failure: TlsStampError | undefined
  while (rounds.length < count && failure === undefined) {
    const client = new HandshakeClient({ ...hello, clientRandom, statusRequest })
    try {
      const before = Date.now()
      await connections.ask(client, `clock, round ${rounds.length + 1}`)
      const { transcript } = client
      const handshake = readTranscript(transcript)
      const round = { host, port, ...transcript }
      rounds.push(round)
      handshakes.push(handshake)
      const serverTime = serverTimeOf(handshake.serverRandom)
      timed.push({ serverTime, sent: new Date(before), received: new Date() })
      clientRandom = nextClientRandom(commitment, round)
    } catch (error) {
      if (!(error instanceof TlsStampError)) throw error
      if (statusRequest && !client.answered && isClosed(error)) statusRequest = false
      else failure = error
    }
  }
  const subjects = [{ name: 'probe', sha256: commitment }]
  const unsigned = { localTime: new Date(), tool: `tls-stamp ${ownVersion}` }
  return { statement: { subjects, rounds, unsigned }, handshakes, timed, failure }
}

/** As some servers answer a status_request that they can't serve. */
function isClosed(error: TlsStampError): boolean {
  return error instanceof NetworkError && error.code === 'closed'
}
