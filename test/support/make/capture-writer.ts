// Writes packet captures for tests: pcap and pcapng files, link layers, IP and TCP, right or wrong on purpose.

export interface SegmentSpec {
  /** IPv4 or IPv6 text without "::". Default 192.0.2.1 and 192.0.2.2. */
  readonly source?: string
  readonly destination?: string
  readonly sourcePort?: number
  readonly destinationPort?: number
  readonly sequence?: number
  readonly acknowledgement?: number
  /** Any of S, F, R; an acknowledgement sets ACK by itself. */
  readonly flags?: string
  readonly payload?: Uint8Array
  /** Bytes of TCP options and of IPv4 options, multiples of 4. */
  readonly tcpOptions?: number
  readonly ipOptions?: number
  /** IPv6 extension headers, whole, each with its protocol number. */
  readonly extensionHeaders?: readonly (readonly [protocol: number, header: Uint8Array])[]
  /** IPv4 flags and fragment offset, as encoded. */
  readonly fragment?: number
  readonly protocol?: number
}

/** One IP packet with one TCP segment. Checksums are zero. */
export function ipPacket(spec: SegmentSpec = {}): Uint8Array {
  const [source, destination] = [spec.source ?? '192.0.2.1', spec.destination ?? '192.0.2.2']
  const tcp = tcpSegment(spec)
  return source.includes(':')
    ? ipv6Packet(spec, ipv6Bytes(source), ipv6Bytes(destination), tcp)
    : ipv4Packet(spec, source.split('.').map(Number), destination.split('.').map(Number), tcp)
}

function tcpSegment(spec: SegmentSpec): Buffer {
  const { flags = '', tcpOptions = 0, payload = NONE, acknowledgement } = spec
  const header = Buffer.alloc(20 + tcpOptions, 1)
  header.writeUInt16BE(spec.sourcePort ?? 40000, 0)
  header.writeUInt16BE(spec.destinationPort ?? 443, 2)
  header.writeUInt32BE((spec.sequence ?? 0) >>> 0, 4)
  header.writeUInt32BE((acknowledgement ?? 0) >>> 0, 8)
  header[12] = ((20 + tcpOptions) / 4) << 4
  const bits: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4 }
  const set = [...flags].reduce((sum, flag) => sum | (bits[flag] ?? 0), 0)
  header[13] = set | (acknowledgement === undefined ? 0 : 0x10)
  return Buffer.concat([header, payload])
}

function ipv4Packet(
  { ipOptions = 0, fragment = 0x4000, protocol = 6 }: SegmentSpec,
  source: readonly number[],
  destination: readonly number[],
  tcp: Buffer,
): Uint8Array {
  const header = Buffer.alloc(20 + ipOptions, 1)
  header[0] = 0x40 | ((20 + ipOptions) / 4)
  header.writeUInt16BE(header.length + tcp.length, 2)
  header.writeUInt16BE(fragment, 6)
  header[9] = protocol
  header.set([...source, ...destination], 12)
  return Buffer.concat([header, tcp])
}

function ipv6Packet(
  { extensionHeaders = [], protocol = 6 }: SegmentSpec,
  source: Uint8Array,
  destination: Uint8Array,
  tcp: Buffer,
): Uint8Array {
  const protocols = [...extensionHeaders.map(([number]) => number), protocol]
  const extensions = extensionHeaders.map(([, header], i) => {
    const linked = Buffer.from(header)
    linked[0] = protocols[i + 1] ?? 0
    return linked
  })
  const header = Buffer.alloc(40)
  header[0] = 0x60
  header.writeUInt16BE(Buffer.concat(extensions).length + tcp.length, 4)
  header[6] = protocols[0] ?? 0
  header.set(source, 8)
  header.set(destination, 24)
  return Buffer.concat([header, ...extensions, tcp])
}

function ipv6Bytes(text: string): Uint8Array {
  return Uint8Array.from(
    text.split(':').flatMap((group) => {
      const value = Number.parseInt(group, 16)
      return [value >> 8, value & 0xff]
    }),
  )
}

function etherType(packet: Uint8Array): number[] {
  return (packet[0] ?? 0) >> 4 === 6 ? [0x86, 0xdd] : [0x08, 0x00]
}

/** Ethernet around an IP packet, padded to 60 bytes as on the wire; each tag is one of 802.1Q or 802.1ad. */
export function ethernet(packet: Uint8Array, tags: readonly number[] = []): Uint8Array {
  const stack = tags.flatMap((tag) => [tag >> 8, tag & 0xff, 0, 7])
  const frame = Buffer.concat([
    Buffer.alloc(12, 2),
    Uint8Array.from([...stack, ...etherType(packet)]),
    packet,
  ])
  return Buffer.concat([frame, Buffer.alloc(Math.max(0, 60 - frame.length), 0xee)])
}

export function linuxSll(packet: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.alloc(14), Uint8Array.from(etherType(packet)), packet])
}

export function linuxSll2(packet: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.from(etherType(packet)), Buffer.alloc(18), packet])
}

/** LINKTYPE_NULL or LINKTYPE_LOOP: the address family, in either byte order, then IP. */
export function loopback(packet: Uint8Array, order: 'big' | 'little', ipv6 = 30): Uint8Array {
  const family = Buffer.alloc(4)
  const number = (packet[0] ?? 0) >> 4 === 6 ? ipv6 : 2
  if (order === 'big') family.writeUInt32BE(number)
  else family.writeUInt32LE(number)
  return Buffer.concat([family, packet])
}

export interface Packet {
  readonly bytes: Uint8Array
  /** Milliseconds since 1970, whole ones. */
  readonly time?: number
  /** How many bytes were captured; default all. */
  readonly captured?: number
  /** pcapng: index of the interface; default 0. */
  readonly interface?: number
}

export interface PcapSpec {
  readonly order?: 'big' | 'little'
  readonly resolution?: 'micro' | 'nano'
  readonly linkType?: number
  readonly version?: readonly [number, number]
}

export function pcap(packets: readonly Packet[], spec: PcapSpec = {}): Uint8Array {
  const { order = 'little', resolution = 'micro', linkType = 1, version = [2, 4] } = spec
  const write = numbers(order)
  const parts = [
    write.u32(resolution === 'micro' ? 0xa1b2c3d4 : 0xa1b23c4d),
    write.u16(version[0]),
    write.u16(version[1]),
    ...[0, 0, 0x40000, linkType].map(write.u32),
  ]
  for (const { bytes, time = 0, captured = bytes.length } of packets) {
    const fraction = (time % 1000) * (resolution === 'micro' ? 1e3 : 1e6)
    parts.push(...[Math.floor(time / 1000), fraction, captured, bytes.length].map(write.u32))
    parts.push(Buffer.from(bytes.subarray(0, captured)))
  }
  return Buffer.concat(parts)
}

export interface InterfaceSpec {
  readonly linkType?: number
  readonly snaplen?: number
  /** if_tsresol, as encoded; default absent: microseconds. */
  readonly resolution?: number
  /** if_tsoffset, seconds. */
  readonly offset?: number
}

export interface SectionSpec {
  readonly order?: 'big' | 'little'
  readonly interfaces?: readonly InterfaceSpec[]
  readonly packets: readonly Packet[]
  readonly kind?: 'enhanced' | 'simple' | 'obsolete'
  readonly version?: readonly [number, number]
  /** Puts a block of this type, which nobody knows, before each packet. */
  readonly unknownBlock?: number
  /** A Decryption Secrets Block each, before the packets. */
  readonly secrets?: readonly SecretsSpec[]
}

export interface SecretsSpec {
  readonly content: string
  /** Default: a TLS key log. */
  readonly type?: number
  /** As it is said to be; default the content's. */
  readonly length?: number
}

export function pcapng(...sections: readonly SectionSpec[]): Uint8Array {
  return Buffer.concat(sections.map(section))
}

function section(spec: SectionSpec): Uint8Array {
  const { order = 'little', interfaces = [{}], kind = 'enhanced', version = [1, 0] } = spec
  const write = numbers(order)
  const block = (type: number, ...parts: readonly Uint8Array[]): Uint8Array => {
    const body = padded(Buffer.concat(parts))
    const length = write.u32(body.length + 12)
    return Buffer.concat([write.u32(type), length, body, length])
  }
  const option = (code: number, value: Uint8Array): Uint8Array =>
    Buffer.concat([write.u16(code), write.u16(value.length), padded(value)])
  const end = option(0, NONE)
  const comment = option(1, Buffer.from('made by a test'))
  const header = block(
    0x0a0d0d0a,
    write.u32(0x1a2b3c4d),
    write.u16(version[0]),
    write.u16(version[1]),
    Buffer.alloc(8, 0xff),
    comment,
    end,
  )
  const described = interfaces.map(({ linkType = 1, snaplen = 0, resolution, offset }) =>
    block(
      1,
      write.u16(linkType),
      write.u16(0),
      write.u32(snaplen),
      option(2, Buffer.from('eth0')),
      resolution === undefined ? NONE : option(9, Uint8Array.of(resolution)),
      offset === undefined ? NONE : option(14, write.i64(offset)),
      end,
    ),
  )
  const secrets = (spec.secrets ?? []).map(({ content, type = 0x544c534b, length }) => {
    const bytes = Buffer.from(content)
    return block(
      10,
      write.u32(type),
      write.u32(length ?? bytes.length),
      padded(bytes),
      comment,
      end,
    )
  })
  const packets = spec.packets.flatMap((packet) => {
    const { bytes, time = 0, captured = bytes.length, interface: index = 0 } = packet
    const { resolution = 6, offset = 0 } = interfaces[index] ?? {}
    const base = resolution & 0x80 ? 2 : 10
    const units = Math.round((time / 1000 - offset) * base ** (resolution & 0x7f))
    const stamp = [write.u32(Math.floor(units / 2 ** 32)), write.u32(units % 2 ** 32)]
    const lengths = [write.u32(captured), write.u32(bytes.length)]
    const content = bytes.subarray(0, captured)
    const unknown =
      spec.unknownBlock === undefined ? [] : [block(spec.unknownBlock, Buffer.alloc(8, 9))]
    const made = {
      enhanced: () =>
        block(6, write.u32(index), ...stamp, ...lengths, padded(content), comment, end),
      obsolete: () => block(2, write.u16(index), write.u16(0), ...stamp, ...lengths, content),
      simple: () => block(3, write.u32(bytes.length), content),
    }
    return [...unknown, made[kind]()]
  })
  return Buffer.concat([header, ...described, ...secrets, ...packets])
}

function padded(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
}

function numbers(order: 'big' | 'little'): {
  readonly u16: (value: number) => Buffer
  readonly u32: (value: number) => Buffer
  readonly i64: (value: number) => Buffer
} {
  const made = (size: number, put: (view: DataView) => void): Buffer => {
    const bytes = new Uint8Array(size)
    put(new DataView(bytes.buffer))
    return Buffer.from(bytes)
  }
  const little = order === 'little'
  return {
    u16: (value) => made(2, (view) => view.setUint16(0, value, little)),
    u32: (value) => made(4, (view) => view.setUint32(0, value, little)),
    i64: (value) => made(8, (view) => view.setBigInt64(0, BigInt(value), little)),
  }
}

const NONE = new Uint8Array(0)
