// From a captured packet down to its TCP segment: link layer, IPv4 (RFC 791) or IPv6 (RFC 8200), TCP (RFC 9293).

/** A packet as it was captured. */
export interface Frame {
  /** LINKTYPE_ number of what `bytes` begin with. */
  readonly linkType: number
  /** What was captured: a view into the file. */
  readonly bytes: Uint8Array
  /** Milliseconds since 1970-01-01 UTC, with a fraction; undefined when the format holds no time. */
  readonly time: number | undefined
}

/** The longest packet that is read; libpcap captures no longer ones. */
export const MAX_FRAME: number = 2 ** 18

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** A TCP segment. Checksums are not looked at: network cards fill them in after the capture. */
export interface Segment {
  /** 4 or 16 bytes. */
  readonly source: Uint8Array
  readonly sourcePort: number
  readonly destination: Uint8Array
  readonly destinationPort: number
  readonly sequence: number
  /** Undefined without the ACK flag. */
  readonly acknowledgement: number | undefined
  readonly syn: boolean
  readonly fin: boolean
  readonly rst: boolean
  /** What was captured of the segment's bytes. */
  readonly payload: Uint8Array
  /** How many bytes it had on the wire: more when the capture cut packets off (snaplen). */
  readonly length: number
}

/** Why a packet holds no segment that is read here. */
export type SkipReason =
  | 'link-type' // a link layer that is not read here
  | 'encapsulation' // PPPoE, MPLS or a tunnel, which are not read here
  | 'not-ip' // neither IPv4 nor IPv6
  | 'not-tcp' // another protocol over IP
  | 'fragment' // an IP fragment: they are not put together
  | 'malformed' // headers that contradict themselves, or are cut off

/** The segment in a packet, or why there is none. */
export function decodeSegment({ linkType, bytes }: Frame): Segment | SkipReason {
  switch (linkType) {
    case LINKTYPE.ethernet:
      return decodeEtherType(bytes, 12)
    case LINKTYPE.linuxSll:
      return decodeEtherType(bytes, 14)
    case LINKTYPE.linuxSll2:
      return decodeEtherType(bytes, 0, 20)
    case LINKTYPE.null:
    case LINKTYPE.loop:
      return decodeLoopback(bytes)
    case LINKTYPE.raw:
    case LINKTYPE.ipv4:
    case LINKTYPE.ipv6:
    case LINKTYPE.rawOfOpenBsd:
    case LINKTYPE.rawOfOthers:
      return decodeIp(bytes)
    default:
      return 'link-type'
  }
}

/** The EtherType is at `at`, behind any number of VLAN tags (IEEE 802.1Q, 802.1ad); what it names is at `next`. */
function decodeEtherType(
  bytes: Uint8Array,
  at: number,
  next = at + 2,
  tags = 0,
): Segment | SkipReason {
  if (bytes.length < next) return 'malformed'
  const type = u16(bytes, at)
  if (type === ETHERTYPE.ipv4 || type === ETHERTYPE.ipv6) return decodeIp(bytes.subarray(next))
  if (ENCAPSULATING_TYPES.has(type)) return 'encapsulation'
  if (!VLAN_TAGS.has(type)) return 'not-ip'
  // struct { uint16 tag; uint16 ether_type; }
  return tags < MAX_TAGS ? decodeEtherType(bytes, next + 2, next + 4, tags + 1) : 'malformed'
}

/** An address family of the machine that captured, in its own byte order, then IP. */
function decodeLoopback(bytes: Uint8Array): Segment | SkipReason {
  if (bytes.length < 4) return 'malformed'
  const family = u16(bytes, 0) === 0 ? u16(bytes, 2) : (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8)
  return ADDRESS_FAMILIES.has(family) ? decodeIp(bytes.subarray(4)) : 'not-ip'
}

function decodeIp(bytes: Uint8Array): Segment | SkipReason {
  const [first] = bytes
  if (first === undefined) return 'malformed'
  if (first >> 4 === 4) return decodeIpv4(bytes)
  return first >> 4 === 6 ? decodeIpv6(bytes) : 'not-ip'
}

function decodeIpv4(bytes: Uint8Array): Segment | SkipReason {
  const headerLength = ((bytes[0] ?? 0) & 0x0f) * 4
  if (headerLength < 20 || bytes.length < headerLength) return 'malformed'
  // Zero where the kernel left the splitting to the network card.
  const length = u16(bytes, 2) || bytes.length
  if (length < headerLength) return 'malformed'
  // More fragments, or not the first
  if ((u16(bytes, 6) & 0x3fff) !== 0) return 'fragment'
  if (bytes[9] !== PROTOCOL.tcp) return otherProtocol(bytes[9])
  return decodeTcp(
    bytes.subarray(headerLength, length),
    length - headerLength,
    bytes.subarray(12, 16),
    bytes.subarray(16, 20),
  )
}

function decodeIpv6(bytes: Uint8Array): Segment | SkipReason {
  if (bytes.length < IPV6_HEADER) return 'malformed'
  // Zero in jumbograms, and where the kernel left the splitting to the network card.
  const length = (u16(bytes, 4) || bytes.length - IPV6_HEADER) + IPV6_HEADER
  let next = bytes[6] ?? 0
  let at = IPV6_HEADER
  while (next !== PROTOCOL.tcp) {
    if (at + 8 > Math.min(bytes.length, length)) {
      return PROTOCOL_WITH_NEXT.has(next) ? 'malformed' : otherProtocol(next)
    }
    if (next === PROTOCOL.fragment) {
      // An offset, or more to come; a fragment that is the whole packet may pass (RFC 6946)
      if ((u16(bytes, at + 2) & 0xfff9) !== 0) return 'fragment'
    } else if (!PROTOCOL_WITH_NEXT.has(next)) return otherProtocol(next)
    const size = extensionSize(next, bytes[at + 1] ?? 0)
    next = bytes[at] ?? 0
    at += size
  }
  if (at > length) return 'malformed'
  return decodeTcp(
    bytes.subarray(at, length),
    length - at,
    bytes.subarray(8, 24),
    bytes.subarray(24, 40),
  )
}

function otherProtocol(protocol: number | undefined): SkipReason {
  return protocol !== undefined && TUNNELS.has(protocol) ? 'encapsulation' : 'not-tcp'
}

/** Bytes of an extension header whose length field says `field` (RFC 8200 §4, RFC 4302 §2.2). */
function extensionSize(protocol: number, field: number): number {
  if (protocol === PROTOCOL.fragment) return 8
  return protocol === PROTOCOL.authentication ? (field + 2) * 4 : (field + 1) * 8
}

/** length: how many bytes there were on the wire. */
function decodeTcp(
  bytes: Uint8Array,
  length: number,
  source: Uint8Array,
  destination: Uint8Array,
): Segment | SkipReason {
  if (bytes.length < 20) return 'malformed'
  const headerLength = ((bytes[12] ?? 0) >> 4) * 4
  if (headerLength < 20 || headerLength > length) return 'malformed'
  const flags = bytes[13] ?? 0
  return {
    source,
    sourcePort: u16(bytes, 0),
    destination,
    destinationPort: u16(bytes, 2),
    sequence: u32(bytes, 4),
    acknowledgement: flags & FLAG.ack ? u32(bytes, 8) : undefined,
    syn: (flags & FLAG.syn) !== 0,
    fin: (flags & FLAG.fin) !== 0,
    rst: (flags & FLAG.rst) !== 0,
    payload: bytes.subarray(headerLength),
    length: length - headerLength,
  }
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}

function u32(bytes: Uint8Array, at: number): number {
  return u16(bytes, at) * 0x10000 + u16(bytes, at + 2)
}

/** By the registry of tcpdump.org; 12 and 14 are what some systems wrote for LINKTYPE_RAW. */
const LINKTYPE = {
  null: 0,
  ethernet: 1,
  rawOfOthers: 12,
  rawOfOpenBsd: 14,
  raw: 101,
  loop: 108,
  linuxSll: 113,
  ipv4: 228,
  ipv6: 229,
  linuxSll2: 276,
} as const

const ETHERTYPE = { ipv4: 0x0800, ipv6: 0x86dd } as const
const VLAN_TAGS: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100, 0x9200])
const MAX_TAGS = 8
/** MPLS, MPLS multicast, PPPoE session, MAC in MAC, MACsec. */
const ENCAPSULATING_TYPES: ReadonlySet<number> = new Set([0x8847, 0x8848, 0x8864, 0x88e7, 0x88e5])
/** IPv4, IPv6, GRE, ESP, EtherIP, L2TP, MPLS. */
const TUNNELS: ReadonlySet<number> = new Set([4, 41, 47, 50, 97, 115, 137])

/** AF_INET everywhere; AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, macOS. */
const ADDRESS_FAMILIES: ReadonlySet<number> = new Set([2, 10, 24, 28, 30])

const IPV6_HEADER = 40
const PROTOCOL = { tcp: 6, fragment: 44, authentication: 51 } as const

/** Hop-by-hop, routing, fragment, authentication, destination options, mobility, HIP, Shim6. */
const PROTOCOL_WITH_NEXT: ReadonlySet<number> = new Set([0, 43, 44, 51, 60, 135, 139, 140])

const FLAG = { fin: 0x01, syn: 0x02, rst: 0x04, ack: 0x10 } as const
