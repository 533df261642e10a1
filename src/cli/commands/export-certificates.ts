// Every certification path of a statement as PEM (RFC 7468), each certificate once, with what it is in words before it.

import { address, counted, instant, printable, toBase64 } from '../../encoding/index.ts'
import type { Renewal, SignedStatement } from '../../statement/index.ts'
import { readTrustAnchors, systemTrustAnchors, verifySignatureNative } from '../../system/index.ts'
import { type ReadRound, readRound } from '../../verify/index.ts'
import {
  describeCertificate,
  fingerprintOf,
  openBudget,
  tryDecodeCertificate,
  validatePath,
} from '../../x509/index.ts'
import { UsageError } from '../errors.ts'

export interface CertificatesPem {
  readonly pem: string
  readonly hints: readonly string[]
}

/** Throws UsageError when the statement at `path` holds no certificate, and the system's errors for `ca`. */
export async function certificatesAsPem(
  statement: SignedStatement,
  path: string,
  ca: string | undefined,
): Promise<CertificatesPem> {
  const anchors = ca === undefined ? systemTrustAnchors() : await readTrustAnchors(ca)
  const certificates = listCertificates(statement, anchors)
  if (certificates.length === 0) throw new UsageError(`no round of ${path} holds a certificate`)
  const trusted = new Set(anchors.map(fingerprintOf))
  const stored = certificates.filter(
    ({ der, places }) =>
      places.some((place) => place.endsWith(ANCHOR)) && !trusted.has(fingerprintOf(der)),
  )
  return {
    pem: certificates.map(renderCertificate).join('\n'),
    hints:
      stored.length === 0
        ? []
        : [
            `${counted(stored.length, 'trust anchor')} in it ${stored.length === 1 ? 'is' : 'are'} the signer's own: compare the SHA-256 with a source that you trust`,
          ],
  }
}

/** A certificate, and where it stands in the statement. */
interface PlacedCertificate {
  readonly der: Uint8Array
  readonly places: string[]
}

/** By witness: the end entity first, the trust anchor last. */
function listCertificates(
  statement: SignedStatement,
  anchors: readonly Uint8Array[],
): PlacedCertificate[] {
  const { renewals = [] } = statement
  const budget = openBudget(MAX_SHARES)
  const listed = new Map<string, PlacedCertificate>()
  for (const [i, chain] of [statement, ...renewals].entries()) {
    const trustAnchors = [...anchors, ...(chain.unsigned.trustAnchors ?? [])]
    for (const round of presentations(chain)) {
      const { handshake, serverTime } = round
      const [endEntity, ...intermediates] = handshake.certificates
      const result = validatePath(
        {
          ...{ endEntity, intermediates, trustAnchors, allowWeak: true },
          ...{ time: new Date(serverTime * 1000), verifySignature: verifySignatureNative },
        },
        budget,
      )
      const found = result.outcome === 'pass'
      const path = found ? result.path : handshake.certificates
      const whose = `${i === 0 ? '' : `renewal ${i - 1}, `}witness ${address(round.round)}`
      for (const [height, der] of path.entries()) {
        const role = found ? roleAt(height, path.length) : `as sent, number ${height}`
        const place = `${whose}, ${role}`
        const id = fingerprintOf(der)
        const known = listed.get(id)
        if (known === undefined) listed.set(id, { der, places: [place] })
        else if (!known.places.includes(place)) known.places.push(place)
      }
    }
  }
  return [...listed.values()]
}

/** The first round of each host with each Certificate message. */
function presentations({ rounds }: Renewal): readonly ReadRound[] {
  const seen = new Set<string>()
  return rounds.map(readRound).filter((read): read is ReadRound => {
    if ('outcome' in read) return false
    const id = `${read.round.host} ${fingerprintOf(read.round.certificate)}`
    const isFirst = !seen.has(id)
    seen.add(id)
    return isFirst
  })
}

function roleAt(height: number, length: number): string {
  if (height === length - 1) return ANCHOR
  return height === 0 ? 'end entity' : 'intermediate'
}

function renderCertificate({ der, places }: PlacedCertificate): string {
  return `${[...places, ...describe(der)].map(comment).join('\n')}\n${toPem(der)}`
}

function describe(der: Uint8Array): readonly string[] {
  const certificate = tryDecodeCertificate(der)
  const sha256 = `SHA-256 ${fingerprintOf(der)}`
  if (certificate === undefined) return ['does not parse', sha256]
  const { subject, issuer, notBefore, notAfter } = describeCertificate(certificate)
  return [
    `subject ${subject}`,
    `issuer ${issuer}`,
    `valid from ${instant(notBefore)} to ${instant(notAfter)}`,
    sha256,
  ]
}

/** Text before a block (RFC 7468 §2), which no name in a certificate can make look like a block of its own. */
function comment(text: string): string {
  return `# ${printable(text).replaceAll('-----', '\\u{2d}----')}`
}

function toPem(der: Uint8Array): string {
  const lines = toBase64(der).match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

const ANCHOR = 'trust anchor'

/** Of the work that one path may cause. */
const MAX_SHARES = 8
