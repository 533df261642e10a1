// What a server does in TLS 1.3: one handshake up to its signature, and whatever else it takes, found by offering all but
// what it has chosen before until it refuses (RFC 8446 §4.1.1, §4.1.4, §4.2.3).

import { randomBytes } from 'node:crypto'
import { NetworkError, TlsStampError } from '../errors.ts'
import { makeAeadNative, makeKeyPairNative } from '../system/index.ts'
import {
  cipherSuiteName,
  EXTENSION,
  groupName,
  type Handshake,
  type HelloOptions,
  openHelloExchange,
  readTls13Transcript,
  SIGNATURE_SCHEMES,
  signatureSchemeName,
  Tls13Client,
  VERSION,
  versionName,
} from '../tls/index.ts'
import { answer, answerOfError, unasked } from './answers.ts'
import type { PacedConnections } from './connections.ts'
import { TLS13_GROUPS, TLS13_SUITES } from './questions.ts'
import type { Answer, Tls13Answer, Tls13Report } from './report.ts'

/** How many connections askTls13 takes at most. */
export function mostTls13Connections(quick: boolean): number {
  const lists = TLS13_SUITES.length + SCHEMES.length + TLS13_GROUPS.length
  return 2 + (quick ? 0 : lists)
}

/** Asks for a handshake, and for what else is taken when `spoken`, the answer about the version, says that it is. */
export async function askTls13(
  connections: PacedConnections,
  named: Named,
  spoken?: Answer,
): Promise<Tls13Answer> {
  const unlisted = { cipherSuites: null, signatureSchemes: null, groups: null }
  const refusal = connections.dead ? unasked(TLS13) : spoken
  if (refusal && refusal.outcome !== 'taken') {
    return { spoken: refusal, handshake: undefined, failure: undefined, ...unlisted }
  }
  const first = await shakeHands(connections, named)
  if (!spoken) return { ...first, ...unlisted }
  return { ...first, spoken, ...(await askLists(connections, named, first.handshake)) }
}

type Lists = Pick<Tls13Report, 'cipherSuites' | 'signatureSchemes' | 'groups'>
type Named = Pick<HelloOptions, 'serverName'>

/** Some servers close the connection for a status_request that they can't serve: they get one try without. */
async function shakeHands(
  connections: PacedConnections,
  named: Named,
): Promise<Omit<Tls13Answer, keyof Lists>> {
  for (let statusRequest = true; ; statusRequest = false) {
    const client = openClient({ ...named, statusRequest })
    try {
      await connections.ask(client, TLS13.name)
      const handshake = readTls13Transcript(client.transcript)
      return { spoken: answer(TLS13, 'taken'), handshake, failure: undefined }
    } catch (error) {
      if (!(error instanceof TlsStampError)) throw error
      const isClosed = error instanceof NetworkError && error.code === 'closed'
      if (isClosed && statusRequest && !client.answered) continue
      const refusal = client.answered ? undefined : answerOfError(TLS13, error)
      return { spoken: refusal ?? answer(TLS13, 'taken'), handshake: undefined, failure: error }
    }
  }
}

async function askLists(
  connections: PacedConnections,
  named: Named,
  handshake: Handshake | undefined,
): Promise<Lists> {
  const askHello = async (about: string, offer: Pick<HelloOptions, 'cipherSuites' | 'groups'>) => {
    const all = { version: VERSION.tls13, cipherSuites: TLS13_SUITES, groups: TLS13_GROUPS }
    const own = { clientRandom: randomBytes(32), statusRequest: false }
    const exchange = openHelloExchange({ ...named, ...own, ...all, ...offer })
    await connections.ask(exchange, about)
    return exchange.answer
  }
  const chosen = handshake?.cipherSuite
  return {
    cipherSuites: await askDown(connections, TLS13_SUITES, cipherSuiteName, {
      known: chosen === undefined ? undefined : cipherSuiteName(chosen),
      ask: async (cipherSuites) => {
        const answer = await askHello('TLS 1.3 cipher suites', { cipherSuites })
        return answer && cipherSuiteName(answer.cipherSuite)
      },
    }),
    signatureSchemes: await askDown(connections, SCHEMES, signatureSchemeName, {
      known: handshake?.scheme,
      ask: async (left) => {
        const signatureSchemes = [...left, ...CHAIN_SCHEMES]
        const client = openClient({ ...named, statusRequest: false, signatureSchemes })
        await connections.ask(client, 'TLS 1.3 signature schemes')
        return readTls13Transcript(client.transcript).scheme
      },
    }),
    groups: await askDown(connections, TLS13_GROUPS, groupName, {
      known: handshake?.group,
      ask: async (groups) => {
        const answer = await askHello('TLS 1.3 groups', { groups })
        const isShare = ({ type }: { type: number }): boolean => type === EXTENSION.key_share
        const [high, low] = answer?.serverHello.extensions.find(isShare)?.content ?? []
        return high === undefined || low === undefined ? undefined : groupName(high * 256 + low)
      },
    }),
  }
}

/** Asks for all but what is known to be taken, until there is nothing left or nothing of it is taken. */
async function askDown(
  connections: PacedConnections,
  codes: readonly number[],
  nameOf: (code: number) => string,
  question: {
    readonly known: string | undefined
    /** Gives the name of the server's choice. */
    readonly ask: (left: readonly number[]) => Promise<string | undefined>
  },
): Promise<readonly Answer[]> {
  const asked = codes.map((code) => ({ code, name: nameOf(code) }))
  const taken = new Set([question.known])
  for (;;) {
    const left = asked.filter(({ name }) => !taken.has(name))
    const conclude = (settle: (one: (typeof left)[number]) => Answer | undefined): Answer[] =>
      asked.map((one) =>
        taken.has(one.name) ? answer(one, 'taken') : (settle(one) ?? unasked(one)),
      )
    if (left.length === 0 || connections.dead) return conclude(unasked)
    try {
      const name = await question.ask(left.map(({ code }) => code))
      if (!left.some((one) => one.name === name))
        return conclude((one) => answer(one, 'other', name))
      taken.add(name)
    } catch (error) {
      if (!(error instanceof TlsStampError)) throw error
      return conclude((one) => answerOfError(one, error))
    }
  }
}

function openClient(
  offer: Named & Pick<HelloOptions, 'statusRequest' | 'signatureSchemes'>,
): Tls13Client {
  return new Tls13Client({
    ...offer,
    clientRandom: randomBytes(32),
    sessionId: randomBytes(32),
    makeKeyPair: makeKeyPairNative,
    makeAead: makeAeadNative,
  })
}

const TLS13 = { code: VERSION.tls13, name: versionName(VERSION.tls13) }

/** Those of RSASSA-PKCS1-v1_5 are for certificates alone (RFC 8446 §4.2.3); some servers hold them against theirs. */
const [SCHEMES, CHAIN_SCHEMES] = [false, true].map((pkcs1) =>
  SIGNATURE_SCHEMES.filter((code) => /pkcs1/.test(signatureSchemeName(code)) === pkcs1),
) as [number[], number[]]
