// Host names and IP addresses, and whether a certificate names one of them (RFC 9525, RFC 1123 §2.1, RFC 4291 §2.2).

import { equal, ipText } from '../encoding/index.ts'
import type { Certificate } from './certificate.ts'

/** A reference identifier; `name` is its one canonical spelling. */
export type Host =
  /** Lower-case, LDH labels (A-labels for international names), no trailing dot. */
  | { readonly type: 'dns'; readonly name: string }
  /** 4 or 16 bytes; the name is dotted decimal, or RFC 5952 without brackets. */
  | { readonly type: 'ip'; readonly name: string; readonly bytes: Uint8Array }

/**
 * Reads a host as users and files write it: a DNS name of A-labels (any case, one trailing dot allowed, the last
 * label not a number) or an IPv4 or IPv6 address without brackets or zone. Undefined when it is neither.
 */
export function parseHost(host: string): Host | undefined {
  const bytes = parseIpv4(host) ?? parseIpv6(host)
  if (bytes) return { type: 'ip', name: ipText(bytes), bytes }
  const name = host.endsWith('.') ? host.slice(0, -1) : host
  return isDnsName(name) ? { type: 'dns', name: name.toLowerCase() } : undefined
}

/** How a certificate names a host. */
export interface MatchedName {
  /** As the certificate has it, in canonical spelling: "*.example.org" where that is a wildcard. */
  readonly name: string
  readonly wildcard: boolean
}

/** Tells whether the subjectAltName of a certificate names this host, as matchedName does. */
export function matchesHost(certificate: Certificate, host: string): boolean {
  return matchedName(certificate, host) !== undefined
}

/**
 * Finds the name in the subjectAltName of a certificate that matches this host, a wildcard only where there is no other.
 * A DNS name is compared with dNSNames only and without regard to case, an address with iPAddresses only and by its
 * bytes; the common name never counts. A wildcard is a whole left-most label with at least two labels behind it and
 * stands for exactly one label. Presented identifiers that are not well-formed match nothing, and neither does a host
 * that parseHost refuses.
 */
export function matchedName(certificate: Certificate, host: string): MatchedName | undefined {
  const reference = parseHost(host)
  if (reference === undefined) return undefined
  const names = certificate.extensions.subjectAltName ?? []
  const { name } = reference
  if (reference.type === 'ip') {
    const { bytes } = reference
    const named = names.some((each) => each.type === 'ip' && equal(each.address, bytes))
    return named ? { name, wildcard: false } : undefined
  }
  const has = (wanted: string): boolean =>
    names.some((each) => each.type === 'dns' && isSameName(each.name, wanted))
  if (has(name)) return { name, wildcard: false }
  const parent = name.slice(name.indexOf('.') + 1)
  if (!parent.includes('.') || parent === name || !has(`*.${parent}`)) return undefined
  return { name: `*.${parent}`, wildcard: true }
}

/** Compares a presented name with a well-formed one in lower case: by length first, as a certificate may have thousands. */
function isSameName(presented: string, wanted: string): boolean {
  return presented.length === wanted.length && presented.toLowerCase() === wanted
}

/** LDH labels of 1 to 63 characters, 253 in all, the last not a number: nobody can take it for an address. */
function isDnsName(name: string): boolean {
  return name.length <= 253 && DNS_NAME.test(name) && !/(?:^|\.)\d+$/.test(name)
}

// IPv4address = dec-octet "." dec-octet "." dec-octet "." dec-octet (RFC 3986 §3.2.2): no leading zeros
function parseIpv4(text: string): Uint8Array | undefined {
  const match = IPV4.exec(text)
  if (!match) return undefined
  const octets = match.slice(1).map(Number)
  return octets.every((octet) => octet <= 255) ? Uint8Array.from(octets) : undefined
}

/** The three forms of RFC 4291 §2.2; "::" stands for at least one group. */
function parseIpv6(text: string): Uint8Array | undefined {
  if (text.length > 45 || !/^[0-9a-f:.]+$/i.test(text)) return undefined
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head = '', tail] = halves
  // Only the very last groups of the address may be dotted decimal.
  const front = parseGroups(head, tail === undefined)
  const back = tail === undefined ? [] : parseGroups(tail, true)
  if (!front || !back) return undefined
  const missing = 16 - front.length - back.length
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined
  return Uint8Array.from([...front, ...new Uint8Array(missing), ...back])
}

function parseGroups(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return []
  const octets: number[] = []
  const groups = text.split(':')
  for (const [i, group] of groups.entries()) {
    const embedded = isEnd && i === groups.length - 1 ? parseIpv4(group) : undefined
    if (embedded) octets.push(...embedded)
    else if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16)
      octets.push(value >> 8, value & 0xff)
    } else return undefined
  }
  return octets
}

const DNS_NAME =
  /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i
const IPV4 = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/
