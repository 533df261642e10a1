// Finds and validates a certification path from an end entity up to a trust anchor (RFC 5280 §6.1, RFC 4158).

import { sha256 } from '@noble/hashes/sha2.js'
import { equal, toHex } from '../encoding/index.ts'
import type { VerifySignature } from '../signature/index.ts'
import { type Budget, BudgetExceeded, openBudget } from './budget.ts'
import { type Certificate, isSelfIssued, malformationOf } from './certificate.ts'
import { decodeOnce } from './decoded-cache.ts'
import { matchesHost } from './identity.ts'
import { collectCandidates, type Issuer, type Signer, signerOf } from './issuers.ts'
import { type ConstrainedName, constrainedNames, constraintViolation } from './name-constraints.ts'
import type { Fault, PathCode } from './path-code.ts'
import { certificateFault, certificateNoun } from './rules.ts'
import { unknownIssuer } from './unknown-issuer.ts'

export interface PathInput {
  /** DER certificates, all of them. */
  readonly endEntity: Uint8Array
  /** In any order, with whatever the peer sent beside them; those that do not decode are passed over. */
  readonly intermediates: readonly Uint8Array[]
  readonly trustAnchors: readonly Uint8Array[]
  /** When every certificate of the path must be valid. */
  readonly time: Date
  /** DNS name or IP address that the end entity must name; without it names are not looked at. */
  readonly host?: string | undefined
  /** How many intermediates that are not self-issued a path may have; default 8. */
  readonly maxDepth?: number | undefined
  readonly verifySignature: VerifySignature
  /** Let RSA keys below 2048 bits and signatures over SHA-1 and SHA-224 pass; default false. */
  readonly allowWeak?: boolean | undefined
  /** The trust anchors come from outside too, so they count as work; default false. */
  readonly foreignAnchors?: boolean | undefined
}

export type PathResult =
  /** End entity first, trust anchor last: one certificate when they are the same. */
  | { readonly outcome: 'pass'; readonly path: Uint8Array[] }
  /** Of all paths tried, why the one that got furthest failed. Names from certificates in the message are made printable. */
  | { readonly outcome: 'fail'; readonly code: PathCode; readonly message: string }

/**
 * Looks for a path on which every rule of RFC 5280 §6.1 holds at `time`, for use by a TLS server. The certificates
 * may hold anything: what is wrong with them is a failure, and so is more work than the budget allows. Searches that
 * serve one purpose share a budget.
 * @throws TypeError, RangeError on arguments of the wrong type only
 */
export function validatePath(input: PathInput, budget: Budget = openBudget()): PathResult {
  checkArguments(input)
  try {
    const found = findPath(input, budget)
    return 'code' in found
      ? { outcome: 'fail', code: found.code, message: found.message }
      : { outcome: 'pass', path: found.map(({ der }) => der) }
  } catch (error) {
    if (!(error instanceof BudgetExceeded)) throw error
    return { outcome: 'fail', code: 'budget-exceeded', message: error.message }
  }
}

/** Says why an end entity certificate that does not decode is none. */
export function malformedEndEntity(der: Uint8Array): Fault {
  const message = `the end entity certificate is malformed: ${malformationOf(der)}`
  return { code: 'malformed-certificate', message }
}

function findPath(input: PathInput, budget: Budget): Certificate[] | Fault {
  const { host } = input
  budget.spend('bytes', input.endEntity.length)
  if (input.foreignAnchors) {
    for (const { length } of input.trustAnchors) budget.spend('bytes', length)
  }
  const endEntity = decodeOnce(input.endEntity, budget)
  if (endEntity === undefined) return malformedEndEntity(input.endEntity)
  const fault = certificateFault(endEntity, 'end entity', input)
  if (fault) return fault
  const issuers = searchIssuers(endEntity, input, budget)
  if ('code' in issuers) return issuers
  if (host !== undefined && !matchesHost(endEntity, host)) {
    return { code: 'host-mismatch', message: 'the end entity certificate does not name the host' }
  }
  const [first] = issuers
  const isAnchor = issuers.length === 1 && first && equal(first.der, endEntity.der)
  return isAnchor ? issuers : [endEntity, ...issuers]
}

/** A path in the making, from the end entity up. */
interface PartialPath {
  readonly certificates: readonly [Certificate, ...Certificate[]]
  readonly last: Certificate
  readonly entities: readonly number[]
  /** Its intermediates that are not self-issued. */
  readonly depth: number
}

/** Depth first, with backtracking: the issuers behind the end entity, or why the attempt that got furthest failed. */
function searchIssuers(
  endEntity: Certificate,
  input: PathInput,
  budget: Budget,
): Certificate[] | Fault {
  const { maxDepth = DEFAULT_MAX_DEPTH } = input
  const { spend } = budget
  const { issuersOf, entityOf } = collectCandidates(input, budget)
  const isSigned = rememberSignatures(input.verifySignature, budget)
  const namesOf = rememberNames()
  let furthest: { height: number; rank: number; fault: Fault } | undefined
  let deadEnd: PartialPath | undefined

  function note(height: number, rank: number, fault: Fault): void {
    const { height: best, rank: bestRank } = furthest ?? { height: 0, rank: 0 }
    if (height < best || (height === best && rank <= bestRank)) return
    furthest = { height, rank, fault }
  }

  function extend(path: PartialPath): Certificate[] | undefined {
    const height = path.certificates.length
    let isDeadEnd = true
    for (const issuer of issuersOf(path.last)) {
      spend('steps', 1)
      if (!('code' in issuer) && isBelow(issuer, path)) continue
      isDeadEnd = false
      if ('code' in issuer) {
        note(height, 1, issuer)
        continue
      }
      const { certificate, role, entity } = issuer
      const fault = issuer.fault ?? linkFault(issuer, path)
      if (fault || !isSigned(path.last, issuer)) {
        note(height, fault ? 3 : 2, fault ?? badSignature(height, issuer))
        continue
      }
      if (role === 'trust anchor') return [certificate]
      const rest = extend({
        certificates: [...path.certificates, certificate],
        last: certificate,
        entities: [...path.entities, entity],
        depth: depthWith(issuer, path),
      })
      if (rest) return [certificate, ...rest]
    }
    if (isDeadEnd && height > (deadEnd?.certificates.length ?? 0)) deadEnd = path
    return undefined
  }

  /** What is wrong with this issuer above this path, apart from the signature. */
  function linkFault(issuer: Issuer, path: PartialPath): Fault | undefined {
    const { subtrees, certificate } = issuer
    const limit = certificate.extensions.basicConstraints?.pathLength ?? path.depth
    if (depthWith(issuer, path) > maxDepth || path.depth > limit) {
      return {
        code: 'path-too-long',
        message: 'the path has more intermediate certificates than are allowed',
      }
    }
    if (subtrees === undefined) return undefined
    if (subtrees === 'unreadable') {
      return {
        code: 'name-constraints',
        message: `${nounOf(issuer)} has malformed name constraints`,
      }
    }
    for (const [i, subject] of path.certificates.entries()) {
      // RFC 5280 §6.1.3 (b): self-issued certificates are exempt, the last of the path is not
      if (i > 0 && isSelfIssued(subject)) continue
      const problem = constraintViolation(subtrees, namesOf(subject), spend)
      if (problem) {
        const whose = `certificate ${i} of the path violates the name constraints of ${nounOf(issuer)}`
        return { code: 'name-constraints', message: `${whose}: ${problem}` }
      }
    }
    return undefined
  }

  const start: PartialPath = {
    certificates: [endEntity],
    last: endEntity,
    depth: 0,
    entities: [entityOf(endEntity)],
  }
  const found = extend(start) ?? furthest?.fault
  if (found) return found
  const { certificates, last } = deadEnd ?? start
  return unknownIssuer({
    certificates,
    isSelfSigned: isSelfIssued(last) && within(() => isSigned(last, signerOf(last))),
    hasIssuers: issuersOf(last).length > 0,
  })
}

/** The answer as far as the budget allows: what only words depend on must not change what the search has found. */
function within(answer: () => boolean): boolean {
  try {
    return answer()
  } catch (error) {
    if (error instanceof BudgetExceeded) return false
    throw error
  }
}

/** Tells whether a CA is in the path already: then it leads no further up. */
function isBelow({ role, entity }: Issuer, path: PartialPath): boolean {
  return role === 'intermediate' && path.entities.includes(entity)
}

function badSignature(height: number, issuer: Issuer): Fault {
  const message = `the signature on certificate ${height - 1} of the path does not verify with the key of ${nounOf(issuer)}`
  return { code: 'bad-signature', message }
}

function nounOf({ certificate, role }: Issuer): string {
  return certificateNoun(certificate, role)
}

/** RFC 5280 §4.2.1.9: self-issued certificates and the two ends of a path do not count. */
function depthWith({ role, certificate }: Issuer, path: PartialPath): number {
  return path.depth + (role === 'trust anchor' || isSelfIssued(certificate) ? 0 : 1)
}

/** Asks each question of child and issuer's key once: cross-signed CAs ask the same ones again and again. */
function rememberSignatures(
  verify: VerifySignature,
  { spend, answers }: Budget,
): (child: Certificate, signer: Signer) => boolean {
  const names = new Map<Certificate, string>()
  return (child, { certificate, key, isPssKey, signatureCost }) => {
    const name = names.get(child) ?? toHex(sha256(child.der))
    names.set(child, name)
    const question = `${name} ${key}`
    const earlier = answers.get(question)
    if (earlier !== undefined) return earlier
    spend('signatures', signatureCost)
    spend('bytes', child.tbs.length)
    const scheme = child.signatureAlgorithm.scheme ?? ''
    const ownScheme = isPssKey ? scheme.replace('_rsae_', '_pss_') : scheme
    const answer = verify(ownScheme, certificate.spki, child.tbs, child.signature)
    answers.set(question, answer)
    return answer
  }
}

function rememberNames(): (certificate: Certificate) => readonly ConstrainedName[] {
  const known = new Map<Certificate, readonly ConstrainedName[]>()
  return (certificate) => {
    const names = known.get(certificate) ?? constrainedNames(certificate)
    known.set(certificate, names)
    return names
  }
}

function checkArguments(input: PathInput): void {
  const { endEntity, intermediates, trustAnchors, time, host } = input
  const { maxDepth = DEFAULT_MAX_DEPTH } = input
  for (const der of [endEntity, ...intermediates, ...trustAnchors]) {
    if (!(der instanceof Uint8Array)) throw new TypeError('expected certificates as Uint8Array')
  }
  if (!(time instanceof Date)) throw new TypeError('expected time as Date')
  if (Number.isNaN(time.getTime())) throw new RangeError('expected a valid time, got Invalid Date')
  if (host !== undefined && typeof host !== 'string') throw new TypeError('expected host as string')
  if (!Number.isInteger(maxDepth) || maxDepth < 0) {
    throw new RangeError(`expected maxDepth of 0 or more, got ${maxDepth}`)
  }
}

const DEFAULT_MAX_DEPTH = 8
