// One witness: who it is, what it signed with, what its clock is worth, and its certification path.

import {
  type CertificateDescription,
  type ChainReport,
  type WitnessReport,
  wording,
} from '../../index.ts'
import { type Child, digits, element, rowsOf } from './element.ts'

/** Shows a witness under a heading and, among several, whether it counts. */
export function renderWitness(
  witness: WitnessReport,
  chain: Pick<ChainReport, 'witnesses'>,
): HTMLElement {
  const isOneOfSeveral = chain.witnesses.length > 1
  const isGuard = wording.roleOf(witness, chain) === 'guard'
  const { rounds, path, missingAnchor, matchedNames } = witness
  const certificates = path.map((certificate, i) => {
    const role = i === 0 ? 'end entity' : i === path.length - 1 ? 'last' : 'issuer'
    return renderCertificate(certificate, role)
  })
  return element(
    'div',
    { class: 'witness-card' },
    element('h3', {}, wording.address(witness), isGuard && ' (guard)'),
    rowsOf([
      ['signed', wording.methodsOf(witness)],
      ['clock', wording.clockSentence(witness)],
      ['certified as', matchedNames.map(certifiedAs).join(', ') || 'no name that covers the host'],
      [witness.clock === 'none' ? 'window' : 'times', timesOf(rounds)],
      ...(isOneOfSeveral || !witness.counts
        ? [['counts', wording.standingOf(witness)] as const]
        : []),
      ...(missingAnchor
        ? [['missing anchor', wording.certificateLine(missingAnchor)] as const]
        : []),
    ]),
    element('h4', {}, 'Certification path'),
    certificates.length > 0
      ? element('ol', { class: 'path' }, ...certificates)
      : element('p', {}, 'No certificate can be read.'),
  )
}

function certifiedAs({ name, wildcard }: WitnessReport['matchedNames'][number]): string {
  return wildcard
    ? `${name}, a wildcard: any server that holds its key can speak for the host`
    : name
}

/** Lists each instant once, with how many rounds have it. */
function timesOf(rounds: WitnessReport['rounds']): Child {
  const counts = new Map<string, number>()
  for (const round of rounds) {
    const shown = wording.roundTime(round)
    counts.set(shown, (counts.get(shown) ?? 0) + 1)
  }
  return [...counts]
    .map(([shown, count]) => (count > 1 ? `${shown} (${count} rounds)` : shown))
    .join(', ')
}

function renderCertificate(certificate: CertificateDescription, role: string): HTMLElement {
  const { issuer, serialNumber, signatureScheme, dnsNames, fingerprint } = certificate
  const names = dnsNames.slice(0, MAX_NAMES).join(', ')
  const rest = dnsNames.length - MAX_NAMES
  return element(
    'li',
    { class: role === 'end entity' ? 'end-entity' : '' },
    element(
      'details',
      {},
      element('summary', {}, wording.certificateLine(certificate)),
      rowsOf([
        ['issuer', wording.printable(issuer) || '(no name)'],
        ...(dnsNames.length > 0
          ? [['names', `${names}${rest > 0 ? ` and ${rest} more` : ''}`] as const]
          : []),
        ['signed with', signatureScheme],
        ['serial number', digits(serialNumber)],
        ['sha256', digits(fingerprint)],
      ]),
    ),
  )
}

const MAX_NAMES = 16
