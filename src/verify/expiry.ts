// When a chain of rounds has to be renewed: before any certificate expires that its witnesses' rounds rely on.

import type { CertificateDescription } from '../x509/index.ts'
import type { ChainReport, Report, WitnessReport } from './report.ts'

export interface WitnessEnd {
  readonly witness: WitnessReport
  /** The certificate that expires first of those that its rounds rely on. */
  readonly certificate: CertificateDescription
  readonly end: Date
}

/** Finds the chain that a further renewal would renew. */
export function newestChain(report: Report): ChainReport {
  return report.renewals.at(-1) ?? report
}

/** Tells when each witness that counts has to be renewed, and each accepted guard, whose path has to hold as well; the earliest first. */
export function endsOf({ witnesses }: Pick<ChainReport, 'witnesses'>): readonly WitnessEnd[] {
  return witnesses
    .filter(({ counts, clock, faults }) => {
      return counts || (clock === 'none' && !faults.some(({ id }) => id === 'witness'))
    })
    .flatMap((witness) => {
      const { expiresFirst: certificate } = witness
      return certificate ? [{ witness, certificate, end: certificate.notAfter }] : []
    })
    .sort((a, b) => a.end.getTime() - b.end.getTime())
}
