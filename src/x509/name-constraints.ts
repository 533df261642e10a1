// Name constraints: whether the names of a certificate lie where the CAs above it may issue (RFC 5280 §4.2.1.10).

import type { Spend } from './budget.ts'
import type { Certificate } from './certificate.ts'
import type { NameConstraints } from './extensions.ts'
import type { GeneralName } from './names.ts'
import { emailAddressesOf, isEmptyName, normalizeName } from './names.ts'

/** One name of a certificate; not readable when it is not well-formed enough to be held against constraints. */
export interface ConstrainedName {
  readonly type: GeneralName['type']
  readonly readable: Readable | undefined
}

/** All names of one certificate that constraints apply to: the subject and every subjectAltName. */
export function constrainedNames(certificate: Certificate): ConstrainedName[] {
  const { subject } = certificate
  const { subjectAltName } = certificate.extensions
  const names = [...(subjectAltName ?? [])]
  if (!isEmptyName(subject)) names.push({ type: 'directory', name: subject })
  if (subjectAltName === undefined) {
    // RFC 5280 §4.2.1.10: without subjectAltName, rfc822Name constraints apply to the subject's addresses
    names.push(...emailAddressesOf(subject).map((address) => ({ type: 'email', address }) as const))
  }
  return names.map((name) => ({ type: name.type, readable: readName(name) }))
}

/** Constraints made ready for many comparisons, by the form of name that they are for. */
export type Subtrees = ReadonlyMap<GeneralName['type'], SubtreesOfForm>

interface SubtreesOfForm {
  readonly permitted: Subtree[]
  readonly excluded: Subtree[]
}

interface Subtree {
  readonly covers: (name: Readable) => boolean
  /** Covers some name that a wildcard can stand for. */
  readonly touches: (name: Readable) => boolean
  /** What one comparison costs. */
  readonly cost: number
}

type Readable =
  | { readonly type: 'dns'; readonly name: string; readonly isWildcard: boolean }
  | { readonly type: 'ip'; readonly address: Uint8Array }
  | { readonly type: 'email'; readonly local: string; readonly host: string }
  | { readonly type: 'uri'; readonly host: string }
  | { readonly type: 'directory'; readonly rdns: readonly string[] }

/** Reads the constraints; undefined when one of them is itself not well-formed, so that nothing can be held against it. */
export function readConstraints({ permitted, excluded }: NameConstraints): Subtrees | undefined {
  const forms = new Map<GeneralName['type'], SubtreesOfForm>()
  for (const base of [...permitted, ...excluded]) {
    forms.set(base.type, { permitted: [], excluded: [] })
  }
  for (const [kind, bases] of [
    ['permitted', permitted],
    ['excluded', excluded],
  ] as const) {
    for (const base of bases) {
      const subtree = readSubtree(base)
      if (subtree === undefined) return undefined
      forms.get(base.type)?.[kind].push(subtree)
    }
  }
  return forms
}

/**
 * What is wrong with these names under these constraints; undefined when nothing is. Excluded goes before permitted;
 * a wildcard is excluded when any name it can stand for is; a name that cannot be read is refused when its form is
 * constrained at all.
 */
export function constraintViolation(
  subtrees: Subtrees,
  names: readonly ConstrainedName[],
  spend: Spend,
): string | undefined {
  spend('comparisons', names.length)
  for (const { type, readable } of names) {
    const form = subtrees.get(type)
    if (form === undefined) continue
    if (readable === undefined) return `a name of type ${type} is not well-formed`
    const isIn = (subtree: Subtree, test: 'covers' | 'touches'): boolean => {
      spend('comparisons', subtree.cost)
      return subtree[test](readable)
    }
    if (form.excluded.some((subtree) => isIn(subtree, 'touches'))) {
      return `a name of type ${type} is excluded`
    }
    if (form.permitted.length > 0 && !form.permitted.some((subtree) => isIn(subtree, 'covers'))) {
      return `a name of type ${type} is not permitted`
    }
  }
  return undefined
}

function readSubtree(base: GeneralName): Subtree | undefined {
  switch (base.type) {
    case 'dns':
      return readDnsSubtree(base.name.toLowerCase())
    case 'ip':
      return readIpSubtree(base.address)
    case 'email':
      return readEmailSubtree(base.address)
    case 'uri':
      return readHostSubtree(base.uri.toLowerCase())
    case 'directory':
      return readDirectorySubtree(base.name)
    case 'other':
      // Never compared: no name of these forms is readable.
      return subtree(() => false)
  }
}

/** The host and everything below it; "" is every name. RFC 5280 gives a leading dot no meaning here. */
function readDnsSubtree(base: string): Subtree | undefined {
  if (base !== '' && !isHostLike(base)) return undefined
  const covers = (name: Readable): boolean =>
    name.type === 'dns' && (base === '' || name.name === base || name.name.endsWith(`.${base}`))
  const parent = base.slice(base.indexOf('.') + 1)
  return {
    ...subtree(covers),
    touches: (name) =>
      covers(name) || (name.type === 'dns' && name.isWildcard && name.name === `*.${parent}`),
  }
}

/** Address and mask (RFC 4632: leading ones, then zeros). */
function readIpSubtree(base: Uint8Array): Subtree | undefined {
  const size = base.length / 2
  if (size !== 4 && size !== 16) return undefined
  const mask = base.subarray(size)
  const bits = Array.from(mask, (octet) => octet.toString(2).padStart(8, '0')).join('')
  if (!/^1*0*$/.test(bits)) return undefined
  return subtree(
    (name) =>
      name.type === 'ip' &&
      name.address.length === size &&
      name.address.every((octet, i) => ((octet ^ (base[i] ?? 0)) & (mask[i] ?? 0)) === 0),
  )
}

/** A mailbox, all mailboxes of a host, or with a leading dot of all hosts below a domain. */
function readEmailSubtree(base: string): Subtree | undefined {
  if (base.includes('@')) {
    const mailbox = readMailbox(base)
    if (!mailbox) return undefined
    return subtree(
      (name) => name.type === 'email' && name.local === mailbox.local && name.host === mailbox.host,
    )
  }
  return readHostSubtree(base.toLowerCase())
}

/** Exactly one host, or with a leading dot all hosts below a domain. */
function readHostSubtree(base: string): Subtree | undefined {
  const isDomain = base.startsWith('.')
  if (!isHostLike(isDomain ? base.slice(1) : base)) return undefined
  return subtree(
    (name) =>
      (name.type === 'email' || name.type === 'uri') &&
      (isDomain ? name.host.endsWith(base) : name.host === base),
  )
}

/** All names that begin with these relative distinguished names. */
function readDirectorySubtree(base: Uint8Array): Subtree | undefined {
  const rdns = normalizeName(base)
  if (rdns === undefined) return undefined
  const length = rdns.reduce((sum, rdn) => sum + rdn.length, 0)
  return {
    ...subtree((name) => name.type === 'directory' && rdns.every((rdn, i) => name.rdns[i] === rdn)),
    cost: 1 + rdns.length + (length >> 6),
  }
}

function subtree(covers: (name: Readable) => boolean): Subtree {
  return { covers, touches: covers, cost: 1 }
}

function readName(presented: GeneralName): Readable | undefined {
  switch (presented.type) {
    case 'dns': {
      const name = presented.name.toLowerCase()
      const isWildcard = name.startsWith('*.')
      return isHostLike(isWildcard ? name.slice(2) : name)
        ? { type: 'dns', name, isWildcard }
        : undefined
    }
    case 'ip': {
      const { length } = presented.address
      return length === 4 || length === 16 ? presented : undefined
    }
    case 'email':
      return readMailbox(presented.address)
    case 'uri': {
      // RFC 5280: a URI without an authority, or with an address for a host, is refused
      const host = URI_HOST.exec(presented.uri)?.[1]?.toLowerCase()
      return host && isHostLike(host) && !/(?:^|\.)\d+$/.test(host)
        ? { type: 'uri', host }
        : undefined
    }
    case 'directory': {
      const rdns = normalizeName(presented.name)
      return rdns && { type: 'directory', rdns }
    }
    case 'other':
      return undefined
  }
}

function readMailbox(address: string): Extract<Readable, { type: 'email' }> | undefined {
  const at = address.lastIndexOf('@')
  const host = address.slice(at + 1).toLowerCase()
  return at > 0 && isHostLike(host)
    ? { type: 'email', local: address.slice(0, at), host }
    : undefined
}

/** Non-empty labels of letters, digits, hyphens and underscores: what comparison label by label needs, and no more. */
function isHostLike(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i.test(name)
}

const URI_HOST = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:@[\]]+)(?::\d*)?(?:[/?#]|$)/i
