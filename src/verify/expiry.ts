// When a chain of rounds has to be renewed: before the certificates end that its witnesses' paths are made of.

import type { CertificateDescription } from '../x509/index.ts'
import type { ChainReport, Report, WitnessReport } from './report.ts'

export interface WitnessEnd {
  readonly witness: WitnessReport
  /** The certificate of its path that ends first. */
  readonly certificate: CertificateDescription
  readonly end: Date
}

/** The chain that a further renewal would renew. */
export function newestChain(report: Report): ChainReport {
  return report.renewals.at(-1) ?? report
}

/** Of each witness that counts, the one that ends first before the others. */
export function endsOf({ witnesses }: Pick<ChainReport, 'witnesses'>): readonly WitnessEnd[] {
  return witnesses
    .filter(({ counts }) => counts)
    .flatMap((witness) => {
      const [first, ...rest] = witness.path
      if (first === undefined) return []
      const certificate = rest.reduce((a, b) => (b.notAfter < a.notAfter ? b : a), first)
      return [{ witness, certificate, end: certificate.notAfter }]
    })
    .sort((a, b) => a.end.getTime() - b.end.getTime())
}
