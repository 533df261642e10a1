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
      const weak = bits === undefined ? '' : `; weak: an export key of ${bits} bits`
      return `${signature}: ${scheme} over ${signed}${weak}`
    }
    case 'unsupported':
      return `there is one${scheme ? `, ${scheme}` : ''}, that can't be checked with what is here`
    default:
      return whyUnsigned(report)
  }
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
    ...(serverTime ? [['server time', `${instant(serverTime)}: the server's claim`] as const] : []),
    ...(isTls13 ? [['server time', 'none: TLS 1.3 shows no clock'] as const] : []),
    ...(error ? [['wrong', printable(error.message)] as const] : []),
  ]
}

/** "round 0 example.org:443". */
export function roundTitle({ host, port }: RoundInspection, index: number): string {
  return `round ${index}${host === null ? '' : ` ${address({ host, port: port ?? 0 })}`}`
}

function subjectRows({ name, sha256, salt, inclusionProof }: Subject): Row[] {
  return [
    ['sha256', `${toHex(sha256)}  ${printable(name)}`],
    ...(salt ? [['salt', `${toHex(salt)}  keeps others from guessing`] as const] : []),
    ...(inclusionProof ? [['inclusion', placeOf(inclusionProof)] as const] : []),
  ]
}

function placeOf({ leafIndex, treeSize, hashes }: NonNullable<Subject['inclusionProof']>): string {
  const path = `${hashes.length} hash${hashes.length === 1 ? '' : 'es'} beside it`
  return `cut out of a list: index ${leafIndex} of ${treeSize} subjects, ${path}`
}

function chainRows({ clocks, trustAnchors }: ChainInspection, unsigned?: Unsigned): Row[] {
  return [
    ...clocks.map(clockRow),
    ...(unsigned
      ? [
          ['local time', `${instant(unsigned.localTime)}, the signer's own word`] as const,
          ['tool', `${printable(unsigned.tool)}, the signer's own word`] as const,
        ]
      : []),
    ...trustAnchors.flatMap(anchorRows),
  ]
}

function clockRow({ host, rounds, clock }: ClockInspection): Row {
  const whose = host === null ? '' : `${printable(host)}: `
  return ['clock', `${whose}${clock}, by the times of ${counted(rounds, 'round')}`]
}

function anchorRows({ fingerprint, certificate }: AnchorInspection): Row[] {
  const what = certificate ? certificateLine(certificate) : 'no certificate that can be read'
  return [
    ['trust anchor', `${what}, the signer's own word, never trusted by itself`],
    ['', `sha256 ${fingerprint}`],
  ]
}

function whyUnsigned(report: HandshakeReport): string {
  const { version, cipherSuite, keyExchange, messages } = report
  if (version?.startsWith('TLS 1.3')) return whyUnsignedInTls13(report)
  if (cipherSuite === null) return 'none: there is no ServerHello'
  if (keyExchange === 'RSA') return 'none: an RSA key exchange signs nothing'
  if (keyExchange === 'anon') return 'none: the server is anonymous'
  const sent = new Set(messages.map(({ name }) => name))
  if (sent.has('ServerKeyExchange')) return 'none that can be read'
  return sent.has('Certificate')
    ? 'none: what was recorded ends before the ServerKeyExchange'
    : 'none: there is no ServerKeyExchange, as in a resumed session'
}

function whyUnsignedInTls13({ decryption, messages }: HandshakeReport): string {
  if (!decryption?.opened) return 'none in plain text: TLS 1.3 encrypts its own'
  const sent = messages.filter(({ sender }) => sender === 'server').map(({ name }) => name)
  if (sent.includes('CertificateVerify')) return 'none that can be read'
  return sent.includes('Finished')
    ? 'none: there is no CertificateVerify, as in a resumed session'
    : 'none: what was decrypted ends before the CertificateVerify'
}

const ORIGINS: Readonly<Record<ClientRandomOrigin, string>> = {
  commitment: 'is the commitment to the subjects',
  'no-commitment': 'is not the commitment to the subjects',
  'file-before': 'is SHA-256 of the file as it was before this renewal',
  'other-file': 'is not SHA-256 of the file as it was before this renewal',
  chained: 'is SHA-256 over the round before (SPEC.md §4)',
  'broken-chain': 'is not SHA-256 over the round before (SPEC.md §4)',
  unknown: 'is of something that is not there any more',
}

/** Of a list that inspect shows. */
const MAX_SUBJECTS = 20

/** What can change in a statement that passes, and it still does (SPEC.md §8). */
export const NOBODY_SIGNED: readonly string[] = [
  'localTime, tool and trustAnchors',
  'the name of a single subject without salt and inclusion proof',
  'of an inclusion proof: leafIndex and treeSize, where another pair leads the same way',
  'how many more rounds and renewals there were at the end',
  'of each round but the last, nothing: the next round signs all of it, host and port too',
  'of the last round: the port; of an ECDSA signature, whether it is (r, s) or (r, n - s)',
  'if that is of TLS 1.2, also of its ClientHello: all but random, the host name asked for and what the server chose',
  'of its ServerHello: session_id, its extensions, and of cipher_suite all but the kind of signature',
  'of its Certificate message: what is not on the certification path, and which of several certificates for one key is there',
  'of its CertificateStatus: the response',
  'of what was renewed, none of these: a renewal signs every byte before it',
]
