// Asks a server the questions in order: those that still matter, and some of them a second time.

import { randomBytes } from 'node:crypto'
import { TlsStampError } from '../errors.ts'
import {
  cipherSuiteName,
  type Handshake,
  HandshakeClient,
  type HelloOptions,
  openHelloExchange,
  readTranscript,
  SIGNING_SUITES,
} from '../tls/index.ts'
import { describeCertificate, tryDecodeCertificate } from '../x509/index.ts'
import {
  answerOfError,
  answerOfHandshake,
  answerOfHello,
  answer as answerTo,
  unasked,
} from './answers.ts'
import type { PacedConnections } from './connections.ts'
import { askAgain, everything, type Question, type Topic } from './questions.ts'
import { NO_VERSION } from './reasons.ts'
import type { Answer } from './report.ts'

export type Answers = ReadonlyMap<Topic, readonly Answer[]>

export interface Asking {
  readonly named: { readonly serverName?: string }
  readonly version: number
  /** Ask for every suite whatever the version. */
  readonly all: boolean
  /** Those of the clock. */
  readonly handshakes: readonly Handshake[]
}

/** Asks every question that may still matter, some of them a second time, until the server stops answering. */
export async function askAll(
  connections: PacedConnections,
  questions: readonly Question[],
  asking: Asking,
): Promise<Answers> {
  const { named } = asking
  const keys = new Set(asking.handshakes.map(keyOf))
  const answers = new Map<Topic, Answer[]>()
  for (const question of questions) {
    if (isInVain(question, answers, asking)) continue
    let answer = connections.dead
      ? unasked(question)
      : await askOne(connections, question, named, keys)
    // A refusal may be one of all the rest of the ClientHello
    const unclear = answer.outcome === 'refused' || answer.outcome === 'closed'
    const again = unclear ? askAgain(question, [...keys]) : undefined
    if (again) answer = await askOne(connections, again, named, keys)
    const isAsked = question.about === 'version' && question.code === asking.version
    if (unclear && isAsked && answer.detail !== NO_VERSION) {
      answer = await offerEverything(connections, question, named, answer)
    }
    answers.set(question.about, [...(answers.get(question.about) ?? []), answer])
  }
  return answers
}

/** Without the version nothing else is taken, and nothing is signed without a suite that signs. */
function isInVain({ about }: Question, answers: Answers, asking: Asking): boolean {
  const taken = (topic: Topic, codes: readonly number[]): boolean =>
    answers.get(topic)?.some(({ code, outcome }) => outcome === 'taken' && codes.includes(code)) ??
    false
  const signs = asking.handshakes.length > 0
  const speaks = signs || taken('version', [asking.version])
  if (about === 'version') return false
  if (about === 'cipherSuite') return !speaks && !asking.all
  return !signs && !(speaks && taken('cipherSuite', SIGNING_SUITES))
}

async function askOne(
  connections: PacedConnections,
  question: Question,
  named: { readonly serverName?: string },
  keys: Set<string>,
): Promise<Answer> {
  const { about, name } = question
  const clientRandom = randomBytes(32)
  const hello = { ...named, ...question.offer, clientRandom, statusRequest: false }
  try {
    if (about === 'version' || about === 'cipherSuite') {
      const exchange = openHelloExchange(hello)
      await connections.ask(exchange, name)
      if (exchange.answer === undefined) throw new TypeError('expected an answer')
      return answerOfHello(question, exchange.answer)
    }
    const client = new HandshakeClient(hello)
    await connections.ask(client, name)
    const handshake = readTranscript(client.transcript)
    keys.add(keyOf(handshake))
    return answerOfHandshake(question, handshake)
  } catch (error) {
    const answer = answerOfError(question, error)
    if (answer === undefined) throw error
    return answer
  }
}

/** A version that was refused may be taken with what is not supported here: then the detail says with what. */
async function offerEverything(
  connections: PacedConnections,
  question: Question,
  named: { readonly serverName?: string },
  refusal: Answer,
): Promise<Answer> {
  const hello = (): HelloOptions => {
    const clientRandom = randomBytes(32)
    return { ...named, ...everything(question.code), clientRandom, statusRequest: false }
  }
  let choice = ''
  try {
    const exchange = openHelloExchange(hello())
    await connections.ask(exchange, `${question.name} with everything`)
    if (exchange.answer?.version !== question.code) return refusal
    choice = cipherSuiteName(exchange.answer.cipherSuite)
    const client = new HandshakeClient(hello())
    await connections.ask(client, `${question.name} with everything`)
    const handshake = readTranscript(client.transcript)
    const signed = `signed with ${handshake.scheme} by a key of ${keyOf(handshake)}`
    return takenBy(question, `${choice} and ${signed}`)
  } catch (error) {
    if (!(error instanceof TlsStampError)) throw error
    return choice === '' ? refusal : takenBy(question, choice)
  }
}

function takenBy(question: Question, choice: string): Answer {
  return answerTo(question, 'taken', `when offered everything, it chose ${choice}`)
}

/** The end entity's kind of key. */
function keyOf({ certificates: [endEntity] }: Handshake): string {
  const certificate = tryDecodeCertificate(endEntity)
  return certificate ? describeCertificate(certificate).key : 'malformed'
}
