// What a server's reaction to a question says: taken, something else, refused, or no answer. Pure.

import { toHex } from '../encoding/index.ts'
import { DecodeError, HandshakeError, NetworkError } from '../errors.ts'
import type { Handshake, HelloAnswer } from '../tls/index.ts'
import { alertName, cipherSuiteName, versionName } from '../tls/index.ts'
import type { Question } from './questions.ts'
import type { Answer, AnswerOutcome } from './report.ts'

type Asked = Pick<Question, 'code' | 'name'>

/** To a question about a version or a cipher suite, which a ServerHello answers. */
export function answerOfHello(question: Question, { version, cipherSuite }: HelloAnswer): Answer {
  const [got, name] =
    question.about === 'version'
      ? [version, versionName(version)]
      : [cipherSuite, cipherSuiteName(cipherSuite)]
  return got === question.code ? answer(question, 'taken') : answer(question, 'other', name)
}

/** To a question about a signature scheme or a group, which only a ServerKeyExchange answers. */
export function answerOfHandshake(question: Question, handshake: Handshake): Answer {
  const got = question.about === 'group' ? groupOf(handshake) : handshake.scheme
  return got === question.name ? answer(question, 'taken') : answer(question, 'other', got)
}

/** To any question. Undefined for an error that is none of the server's or the network's. */
export function answerOfError(question: Asked, error: unknown): Answer | undefined {
  if (error instanceof HandshakeError) {
    const { alert } = error
    return alert === undefined
      ? answer(question, 'other', error.message)
      : answer(question, 'refused', `${alertName(alert)}(${alert})`)
  }
  if (error instanceof NetworkError) {
    const { code } = error
    return code === 'closed'
      ? answer(question, 'closed')
      : answer(question, 'no-answer', SILENCES[code])
  }
  return undefined
}

/** A question that there was no point in asking. */
export function unasked(question: Asked): Answer {
  return answer(question, 'not-asked')
}

/** Whether the peer is no TLS server at all. */
export function isNoTls(error: unknown): boolean {
  return (
    error instanceof HandshakeError &&
    error.code === 'incompatible-peer' &&
    error.cause instanceof DecodeError
  )
}

export function answer({ code, name }: Asked, outcome: AnswerOutcome, detail?: string): Answer {
  return { code, name, outcome, detail: detail ?? null }
}

/** The curve, or the prime when it is one of RFC 7919: params are a length and the prime first. */
function groupOf({ group, primeBits, signedBytes }: Handshake): string {
  if (primeBits === undefined) return group
  const beginning = toHex(signedBytes.subarray(66, 66 + RFC7919_BEGINNING.length / 2))
  return beginning === RFC7919_BEGINNING ? `ffdhe${primeBits}` : `a ${primeBits}-bit prime`
}

/** What each prime of RFC 7919 appendix A begins with: 64 one bits, then the first fraction bits of e. */
const RFC7919_BEGINNING = 'ffffffffffffffffadf85458a2bb4a9a'

const SILENCES = {
  timeout: 'timed out',
  connect: 'no connection',
  resolve: 'no address',
  proxy: 'the proxy failed',
} as const
