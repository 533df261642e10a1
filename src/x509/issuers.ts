// The certificates that a path may be built from, decoded one by one as their names are asked for (RFC 4158 §2.4).

import { equal, toHex } from '../encoding/index.ts'
import { decodeSpki } from '../signature/index.ts'
import { type Budget, signatureCost } from './budget.ts'
import { type Certificate, subjectOf } from './certificate.ts'
import { decodeOnce } from './decoded-cache.ts'
import { readConstraints, type Subtrees } from './name-constraints.ts'
import type { Fault } from './path-code.ts'
import { certificateFault } from './rules.ts'

/** A possible issuer, judged by itself. */
export interface Issuer extends Signer {
  readonly role: 'intermediate' | 'trust anchor'
  /** What is wrong with it, whatever the path. The other members are for those with nothing wrong. */
  readonly fault: Fault | undefined
  /** "unreadable": there are constraints, and they cannot be held against anything. */
  readonly subtrees: Subtrees | 'unreadable' | undefined
  /** Numbers the pair of name and key: a CA, which may have many certificates. */
  readonly entity: number
}

/** A certificate by whose key another one may be signed. */
export interface Signer {
  readonly certificate: Certificate
  /** Its key, as text to look up by. */
  readonly key: string
  /** id-RSASSA-PSS keys have scheme names of their own (RFC 8446 §4.2.3). */
  readonly isPssKey: boolean
  /** Of verifying one signature by its key, in the unit of the budget. */
  readonly signatureCost: number
}

export interface Candidates {
  /** Who may have issued a certificate, likely ones first; a Fault stands for one that does not decode. */
  readonly issuersOf: (child: Certificate) => readonly (Issuer | Fault)[]
  /** The number of a certificate's name and key. */
  readonly entityOf: (certificate: Certificate) => number
}

/** Gathers the candidates, and remembers what it has decoded and found. */
export function collectCandidates(
  input: {
    readonly intermediates: readonly Uint8Array[]
    readonly trustAnchors: readonly Uint8Array[]
    readonly time: Date
    readonly allowWeak?: boolean | undefined
  },
  budget: Budget,
): Candidates {
  const { spend } = budget
  spend('certificates', input.intermediates.length)
  const candidates: Candidate[] = []
  const add = (der: Uint8Array, role: Issuer['role']): void => {
    const subject = subjectOf(der)
    if (subject) candidates.push({ der, role, subject })
  }
  for (const der of input.trustAnchors) add(der, 'trust anchor')
  for (const der of input.intermediates) {
    spend('bytes', der.length)
    add(der, 'intermediate')
  }
  const entities = new Map<string, number>()
  const entityOf = ({ subject, spki }: Certificate): number => {
    const text = `${toHex(subject)} ${toHex(spki)}`
    const number = entities.get(text) ?? entities.size
    entities.set(text, number)
    return number
  }
  const found = new Map<Certificate, readonly (Issuer | Fault)[]>()
  const issuersOf = (child: Certificate): readonly (Issuer | Fault)[] => {
    const earlier = found.get(child)
    if (earlier) return earlier
    const issuers = candidates
      .filter(({ subject }) => equal(subject, child.issuer))
      .map((candidate) => {
        candidate.issuer ??= readIssuer(candidate, { moment: input, entityOf, budget })
        return candidate.issuer
      })
      .sort((a, b) => unlikeliness(a, child) - unlikeliness(b, child))
    found.set(child, issuers)
    return issuers
  }
  return { issuersOf, entityOf }
}

interface Candidate {
  readonly der: Uint8Array
  readonly role: Issuer['role']
  readonly subject: Uint8Array
  issuer?: Issuer | Fault
}

function readIssuer(
  { der, role }: Candidate,
  context: {
    readonly moment: Parameters<typeof certificateFault>[2]
    readonly entityOf: Candidates['entityOf']
    readonly budget: Budget
  },
): Issuer | Fault {
  const certificate = decodeOnce(der, context.budget)
  if (certificate === undefined) {
    const which = role === 'trust anchor' ? 'a trust anchor' : 'an intermediate certificate'
    return { code: 'malformed-certificate', message: `${which} is malformed` }
  }
  const fault = certificateFault(certificate, role, context.moment)
  const identity = { role, fault, entity: context.entityOf(certificate) }
  const { nameConstraints } = certificate.extensions
  if (fault) {
    const key = toHex(certificate.spki)
    return { ...identity, certificate, key, subtrees: undefined, isPssKey: false, signatureCost: 0 }
  }
  if (nameConstraints) {
    context.budget.spend(
      'comparisons',
      nameConstraints.permitted.length + nameConstraints.excluded.length,
    )
  }
  return {
    ...identity,
    ...signerOf(certificate),
    subtrees: nameConstraints && (readConstraints(nameConstraints) ?? 'unreadable'),
  }
}

/** Reads the key of a certificate that has passed its own rules. */
export function signerOf(certificate: Certificate): Signer {
  const publicKey = decodeSpki(certificate.spki)
  return {
    certificate,
    key: toHex(certificate.spki),
    isPssKey: publicKey.type === 'rsa' && publicKey.pss !== undefined,
    signatureCost: signatureCost(publicKey),
  }
}

/**
 * Trust anchors before intermediates, and by key identifiers, which are hints for the order of search and nothing
 * else (RFC 5280 §4.2.1.1, RFC 4158 §3.5.12).
 */
function unlikeliness(issuer: Issuer | Fault, child: Certificate): number {
  if ('code' in issuer) return 8
  const wanted = child.extensions.authorityKeyIdentifier
  const own = issuer.certificate.extensions.subjectKeyIdentifier
  const hint = wanted === undefined || own === undefined ? 1 : equal(wanted, own) ? 0 : 4
  return hint + (issuer.role === 'trust anchor' ? 0 : 2)
}
