// What inspections say in words.

import { address, counted, instant, printable, toHex } from '../encoding/index.ts'
import type { Subject, Unsigned } from '../statement/index.ts'
import { certificateLine } from '../x509/index.ts'
import type { HandshakeReport } from './handshake.ts'
import type {
  AnchorInspection,
  ChainInspection,
  ClientRandomOrigin,
  ClockInspection,
  RoundInspection,
  StatementReport,
} from './statement.ts'

/** What is known of the signature over the key exchange, in words. */
export function signatureOf(report: HandshakeReport): string {
  const { signature, scheme, version } = report
  const signed =
    version === 'TLS 1.3'
      ? 'the transcript hash, in CertificateVerify'
      : 'client_random, server_random and params'
  switch (signature) {
    case 'valid':
    case 'invalid': {
      const [, bits] = /^rsa(\d+)$/.exec(report.group ?? '') ?? []
      const weak = bits === undefined ? '' : `; weak: a ${bits}-bit export key`
      return `${signature}: ${scheme} over ${signed}${weak}`
    }
    case 'unsupported':
      return `not checked: ${whyUnchecked(report)}`
    default:
      return whyUnsigned(report)
  }
}

/** What keeps a signature that is there from being checked. */
function whyUnchecked(report: HandshakeReport): string {
  const { scheme, clientRandom, serverRandom, certificates, rawPublicKey } = report
  if (scheme === null) return 'this kind of key exchange is not supported'
  const missing = [
    ...(clientRandom ? [] : ['the ClientHello']),
    ...(serverRandom ? [] : ['the ServerHello']),
    ...(certificates.length > 0 || rawPublicKey ? [] : ["a readable key of the server's"]),
  ]
  if (missing.length > 0) return `${scheme}, but ${missing.join(' and ')} is missing`
  return `${scheme} with this key, or in this handshake, is not supported`
}

/** A name, and what there is of that name. */
export type Row = readonly [name: string, text: string]

/** What a statement holds beside its rounds and renewals; of a long list the first subjects. */
export function statementRows(report: StatementReport): readonly Row[] {
  const { statement, rounds, renewals } = report
  const extent = [
    counted(rounds.length, 'round'),
    ...(renewals.length > 0 ? [counted(renewals.length, 'renewal')] : []),
  ]
  if (statement === null) {
    return [['statement', `damaged; ${extent.join(', ')} can still be read`], ...chainRows(report)]
  }
  const { subjects, unsigned } = statement
  const more = subjects.length - MAX_SUBJECTS
  const size = counted(subjects.length, 'subject')
  return [
    ['statement', `tls-stamp/1, ${[size, ...extent].join(', ')}`],
    ...subjects.slice(0, MAX_SUBJECTS).flatMap(subjectRows),
    ...(more > 0 ? [['', `and ${more} more`] as const] : []),
    ...chainRows(report, unsigned),
  ]
}

/** What a renewal holds beside its rounds. */
export function renewalRows(report: StatementReport, index: number): readonly Row[] {
  const chain = report.renewals[index]
  if (!chain) throw new RangeError(`expected the number of a renewal, got ${index}`)
  const unsigned = report.statement?.renewals?.[index]?.unsigned
  return [['rounds', `${chain.rounds.length}`], ...chainRows(chain, unsigned)]
}

/** What a round comes to. */
export function roundRows(round: RoundInspection): readonly Row[] {
  const { handshake, signed } = round
  const { version, cipherSuite, group, serverTime, error } = handshake
  const size = signed.reduce((sum, { length }) => sum + length, 0)
  const isTls13 = version === 'TLS 1.3'
  const parts = isTls13
    ? `the ${counted(signed.length, 'message')} before CertificateVerify`
    : signed.map(({ name, length }) => `${name} (${length})`).join(', ')
  return [
    ['session', [version, cipherSuite, group && `over ${group}`].filter(Boolean).join(' ')],
    ['signature', signatureOf(handshake)],
    ...(size > 0 ? [['signed *', `${counted(size, 'byte')}: ${parts}`] as const] : []),
    ['client_random', ORIGINS[round.clientRandom]],
    ...(serverTime
      ? [['server time', `${instant(serverTime)}, claimed by the server`] as const]
      : []),
    ...(isTls13 ? [['server time', 'none: TLS 1.3 handshakes contain no clock'] as const] : []),
    ...(error ? [['error', printable(error.message)] as const] : []),
  ]
}

/** "round 0 example.org:443". */
export function roundTitle({ host, port }: RoundInspection, index: number): string {
  return `round ${index}${host === null ? '' : ` ${address({ host, port: port ?? 0 })}`}`
}

function subjectRows({ name, sha256, salt, inclusionProof }: Subject): Row[] {
  return [
    ['sha256', `${toHex(sha256)}  ${printable(name)}`],
    ...(salt ? [['salt', `${toHex(salt)}  keeps others from guessing the file`] as const] : []),
    ...(inclusionProof ? [['inclusion', placeOf(inclusionProof)] as const] : []),
  ]
}

function placeOf({ leafIndex, treeSize, hashes }: NonNullable<Subject['inclusionProof']>): string {
  const path = `${hashes.length} hash${hashes.length === 1 ? '' : 'es'}`
  return `extracted from a list: index ${leafIndex} of ${treeSize} subjects, proven by ${path}`
}

function chainRows({ clocks, trustAnchors }: ChainInspection, unsigned?: Unsigned): Row[] {
  return [
    ...clocks.map(clockRow),
    ...(unsigned
      ? [
          ['local time', `${instant(unsigned.localTime)}, claimed by the signer`] as const,
          ['tool', `${printable(unsigned.tool)}, claimed by the signer`] as const,
        ]
      : []),
    ...trustAnchors.flatMap(anchorRows),
  ]
}

function clockRow({ host, rounds, clock }: ClockInspection): Row {
  const whose = host === null ? '' : `${printable(host)}: `
  return ['clock', `${whose}${clock}, judged by the times of ${counted(rounds, 'round')}`]
}

function anchorRows({ fingerprint, certificate }: AnchorInspection): Row[] {
  const what = certificate ? certificateLine(certificate) : 'an unreadable certificate'
  return [
    ['trust anchor', `${what}, added by the signer, never trusted by itself`],
    ['', `sha256 ${fingerprint}`],
  ]
}

function whyUnsigned(report: HandshakeReport): string {
  const { version, cipherSuite, keyExchange, messages } = report
  if (version?.startsWith('TLS 1.3')) return whyUnsignedInTls13(report)
  if (cipherSuite === null) return 'not recorded: there is no ServerHello'
  if (keyExchange === 'RSA') return 'none: an RSA key exchange is not signed'
  if (keyExchange === 'anon') return 'none: the server is anonymous'
  const sent = new Set(messages.map(({ name }) => name))
  if (sent.has('ServerKeyExchange')) return 'unreadable: the ServerKeyExchange does not parse'
  return sent.has('Certificate')
    ? 'not recorded: the recording ends before the ServerKeyExchange'
    : 'none: no ServerKeyExchange was sent, as in a resumed session'
}

function whyUnsignedInTls13({ decryption, messages }: HandshakeReport): string {
  if (!decryption?.opened) return 'encrypted, as always in TLS 1.3: reading it takes a key log'
  const sent = messages.filter(({ sender }) => sender === 'server').map(({ name }) => name)
  if (sent.includes('CertificateVerify')) return 'unreadable: the CertificateVerify does not parse'
  return sent.includes('Finished')
    ? 'none: no CertificateVerify was sent, as in a resumed session'
    : 'not recorded: the decrypted part ends before the CertificateVerify'
}

const ORIGINS: Readonly<Record<ClientRandomOrigin, string>> = {
  commitment: 'is the commitment to the subjects',
  'no-commitment': 'is not the commitment to the subjects',
  'file-before': 'is the SHA-256 of the file before this renewal',
  'other-file': 'is not the SHA-256 of the file before this renewal',
  chained: 'is the SHA-256 of the previous round (SPEC.md §4)',
  'broken-chain': 'is not the SHA-256 of the previous round (SPEC.md §4)',
  unknown: 'cannot be compared: what it is based on is missing',
}

/** Of a list that inspect shows. */
const MAX_SUBJECTS = 20

/** What can change in a statement that passes, and it still does (SPEC.md §8). */
export const NOBODY_SIGNED: readonly string[] = [
  'localTime, tool and trustAnchors',
  'the name of a single subject that has neither a salt nor an inclusion proof',
  'leafIndex and treeSize of an inclusion proof, where another pair leads through the same hashes',
  'whether more rounds or renewals followed at the end',
  'the last round: its port, and whether an ECDSA signature is written as (r, s) or (r, n - s)',
  'the last round, if it is TLS 1.2, also in these messages:',
  'ClientHello: everything except random, the host name, and what the server chose',
  'ServerHello: session_id, the extensions, and everything about cipher_suite except the kind of signature',
  'Certificate message: certificates outside the certification path, and which of several certificates for one key was sent',
  'CertificateStatus: the response',
  'every other round is signed in full, host and port included: the next round signs all of it',
  'everything before a renewal is signed in full: a renewal signs every byte before it',
]
