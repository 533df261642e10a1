// Certificates decoded and described once for all that share a budget, however many rounds and paths they are met in.

import { type Budget, BudgetExceeded, openBudget } from './budget.ts'
import { type Certificate, tryDecodeCertificate } from './certificate.ts'
import { type CertificateDescription, describeCertificate } from './describe.ts'

/** The certificate, or undefined when it does not decode. Throws BudgetExceeded. */
export function decodeOnce(
  der: Uint8Array,
  { spend, certificates }: Budget,
): Certificate | undefined {
  if (!certificates.has(der)) {
    spend('decoded', der.length)
    certificates.set(der, tryDecodeCertificate(der))
  }
  return certificates.get(der)
}

/** Describes a path's certificates, those that decode within the budget. */
export function describePath(
  path: readonly Uint8Array[],
  budget: Budget = openBudget(),
): CertificateDescription[] {
  const described: CertificateDescription[] = []
  for (const der of path) {
    const certificate = decodeWithin(der, budget)
    if (certificate) described.push(describeOnce(certificate, budget))
  }
  return described
}

function describeOnce(certificate: Certificate, { descriptions }: Budget): CertificateDescription {
  const description = descriptions.get(certificate) ?? describeCertificate(certificate)
  descriptions.set(certificate, description)
  return description
}

function decodeWithin(der: Uint8Array, budget: Budget): Certificate | undefined {
  try {
    return decodeOnce(der, budget)
  } catch (error) {
    if (error instanceof BudgetExceeded) return undefined
    throw error
  }
}
