// One round of a chain (SPEC.md §2, §4): the handshake messages of TLS 1.2 or TLS 1.3 that lead to a server's signature.

import {
  type Handshake,
  readTls13Transcript,
  readTranscript,
  type Tls13Transcript,
  type Transcript,
} from '../tls/index.ts'

/** Where a round was captured. */
export interface Endpoint {
  /** DNS name in lower-case A-labels, or an IP address in canonical text. */
  readonly host: string
  readonly port: number
}

/** One captured handshake up to ServerKeyExchange (TLS 1.0 to 1.2), and where it was captured. */
export interface Tls12Round extends Endpoint, Transcript {}

/** One captured handshake up to CertificateVerify (TLS 1.3), and where it was captured. */
export interface Tls13Round extends Endpoint, Tls13Transcript {}

export type Round = Tls12Round | Tls13Round

export type MessageName = Exclude<keyof Tls12Round | keyof Tls13Round, keyof Endpoint>

/** Tells whether a round is of TLS 1.3, whose last message is CertificateVerify. */
export function isTls13Round(round: Round): round is Tls13Round {
  return 'certificateVerify' in round
}

/** Gives the messages of a round by their names, in the order of the wire. */
export function messagesOf(round: Partial<Round>): readonly (readonly [MessageName, Uint8Array])[] {
  const messages: Partial<Record<MessageName, Uint8Array>> = round
  return MESSAGE_NAMES.flatMap((name): [MessageName, Uint8Array][] => {
    const message = messages[name]
    return message ? [[name, message]] : []
  })
}

/**
 * Reads a round's handshake. Throws DecodeError on a message that does not parse, HandshakeError on one that does not
 * fit the others. readCertificates: decodes a TLS 1.2 Certificate message that many rounds share.
 */
export function readRoundHandshake(
  round: Round,
  readCertificates?: (message: Uint8Array) => readonly Uint8Array[],
): Handshake {
  return isTls13Round(round) ? readTls13Transcript(round) : readTranscript(round, readCertificates)
}

/** The messages of a round of either version, in the order of the wire. */
export const MESSAGE_NAMES = [
  'firstClientHello',
  'helloRetryRequest',
  'clientHello',
  'serverHello',
  'encryptedExtensions',
  'certificateRequest',
  'certificate',
  'certificateStatus',
  'certificateVerify',
  'serverKeyExchange',
] as const satisfies readonly MessageName[]

/** The members that a round of each version must have, and may have besides. */
export const ROUND_MEMBERS = {
  tls12: {
    required: ['host', 'port', 'clientHello', 'serverHello', 'certificate', 'serverKeyExchange'],
    optional: ['certificateStatus'],
  },
  tls13: {
    required: [
      'host',
      'port',
      'clientHello',
      'serverHello',
      'encryptedExtensions',
      'certificate',
      'certificateVerify',
    ],
    optional: ['firstClientHello', 'helloRetryRequest', 'certificateRequest'],
  },
} as const
