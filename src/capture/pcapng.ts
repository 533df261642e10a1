// The next generation capture format: blocks in sections, each section in its own byte order (draft-ietf-opsawg-pcapng).

import { DecodeError, type DecodeErrorCode } from '../errors.ts'
import { type Frame, MAX_FRAME, viewOf } from './packet.ts'

/** Whether these bytes begin with a Section Header Block. */
export function looksLikePcapng(bytes: Uint8Array): boolean {
  if (bytes.length < 12) return false
  const view = viewOf(bytes)
  return view.getUint32(0) === SECTION_HEADER && byteOrder(view, 8) !== undefined
}

// struct {
//   uint32 type; uint32 length; opaque body[length - 12]; uint32 length_again;
// } Block;
/**
 * The packets, in order; key logs among them are added to `keyLogs`.
 * @throws DecodeError at the first thing that is wrong, after the packets before it
 */
export function* readPcapng(bytes: Uint8Array, keyLogs: Uint8Array[] = []): Generator<Frame> {
  if (bytes.length === 0) fail('truncated', 'Block', 0, 'expected a Section Header Block')
  const view = viewOf(bytes)
  let section: Section = { little: false, interfaces: [] }
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < 12) fail('truncated', 'Block', at, 'expected a whole block')
    const isHeader = view.getUint32(at) === SECTION_HEADER
    if (isHeader) section = openSection(view, at)
    else if (at === 0) fail('invalid-value', 'Block', at, 'expected a Section Header Block')
    const block = readBlock(view, at, section)
    if (isHeader) checkVersion(block)
    else if (block.type === INTERFACE_DESCRIPTION) section.interfaces.push(readInterface(block))
    else if (block.type === DECRYPTION_SECRETS) keyLogs.push(...readSecrets(block))
    const frame = isHeader ? undefined : PACKET_BLOCKS.get(block.type)?.(block)
    if (frame) yield frame
    at = block.end
  }
}

interface Section {
  readonly little: boolean
  readonly interfaces: Interface[]
}

interface Interface {
  readonly linkType: number
  /** Zero: no limit. */
  readonly snaplen: number
  /** Milliseconds per unit of a packet's time. */
  readonly unit: number
  /** Milliseconds to add. */
  readonly offset: number
}

interface Block {
  readonly view: DataView
  readonly section: Section
  readonly type: number
  readonly at: number
  /** Where the body starts and where it ends. */
  readonly body: number
  readonly bodyEnd: number
  readonly end: number
}

function byteOrder(view: DataView, at: number): { readonly little: boolean } | undefined {
  if (view.getUint32(at) === BYTE_ORDER_MAGIC) return { little: false }
  return view.getUint32(at, true) === BYTE_ORDER_MAGIC ? { little: true } : undefined
}

function openSection(view: DataView, at: number): Section {
  const order = byteOrder(view, at + 8)
  if (!order) fail('invalid-value', 'SectionHeaderBlock', at + 8, 'expected the byte-order magic')
  return { ...order, interfaces: [] }
}

function readBlock(view: DataView, at: number, section: Section): Block {
  const { little } = section
  const length = view.getUint32(at + 4, little)
  if (length < 12 || length % 4 !== 0) {
    fail('invalid-length', 'Block', at + 4, `expected a multiple of 4 from 12 up, got ${length}`)
  }
  const left = view.byteLength - at
  if (length > left)
    fail('truncated', 'Block', at, `expected ${length} bytes of block, got ${left}`)
  const end = at + length
  if (view.getUint32(end - 4, little) !== length) {
    fail('invalid-length', 'Block', end - 4, `expected the block's length ${length} again`)
  }
  const type = view.getUint32(at, little)
  return { view, section, type, at, body: at + 8, bodyEnd: end - 4, end }
}

// struct { uint32 magic; uint16 major; uint16 minor; int64 section_length; Option options<>; } SectionHeaderBlock;
function checkVersion(block: Block): void {
  need(block, 16, 'SectionHeaderBlock')
  const { view, body, section } = block
  const major = view.getUint16(body + 4, section.little)
  const minor = view.getUint16(body + 6, section.little)
  // 1.2 was written by mistake and means the same.
  if (major !== 1 || (minor !== 0 && minor !== 2)) {
    const got = `${major}.${minor}`
    fail('invalid-value', 'SectionHeaderBlock', body + 4, `expected version 1.0, got ${got}`)
  }
}

// struct { uint16 link_type; uint16 reserved; uint32 snaplen; Option options<>; } InterfaceDescriptionBlock;
function readInterface(block: Block): Interface {
  need(block, 8, 'InterfaceDescriptionBlock')
  const { view, body, section } = block
  const linkType = view.getUint16(body, section.little)
  const snaplen = view.getUint32(body + 4, section.little)
  return { linkType, snaplen, ...readClock(block) }
}

// struct { uint16 code; uint16 length; opaque value[length]; /* padded to 4 bytes */ } Option;
/** if_tsresol and if_tsoffset; all the other options are passed over. */
function readClock({ view, body, bodyEnd, section }: Block): Pick<Interface, 'unit' | 'offset'> {
  let unit = 1e-3
  let offset = 0
  for (let at = body + 8; at + 4 <= bodyEnd; ) {
    const code = view.getUint16(at, section.little)
    const length = view.getUint16(at + 2, section.little)
    const value = at + 4
    if (code === OPTION_END) break
    if (value + length > bodyEnd) {
      fail('truncated', 'InterfaceDescriptionBlock', at, `option ${code} is longer than its block`)
    }
    if (code === OPTION_TSRESOL && length === 1) unit = unitOf(view.getUint8(value))
    if (code === OPTION_TSOFFSET && length === 8) {
      offset = Number(view.getBigInt64(value, section.little)) * 1000
    }
    at = value + Math.ceil(length / 4) * 4
  }
  return { unit, offset }
}

/** The high bit chooses between powers of two and of ten. */
function unitOf(resolution: number): number {
  return 1000 * (resolution & 0x80 ? 2 : 10) ** -(resolution & 0x7f)
}

// struct {
//   uint32 interface; uint32 time_high; uint32 time_low; uint32 captured; uint32 length;
//   opaque packet[captured]; /* padded to 4 bytes */ Option options<>;
// } EnhancedPacketBlock;
function readEnhanced(block: Block): Frame {
  need(block, 20, 'EnhancedPacketBlock')
  const { view, body, section } = block
  return readTimed(block, 'EnhancedPacketBlock', view.getUint32(body, section.little))
}

/** As above, but for uint16 interface; uint16 drops; */
function readObsolete(block: Block): Frame {
  need(block, 20, 'PacketBlock')
  const { view, body, section } = block
  return readTimed(block, 'PacketBlock', view.getUint16(body, section.little))
}

function readTimed(block: Block, struct: string, index: number): Frame {
  const { view, body } = block
  const { little } = block.section
  const from = interfaceOf(block, struct, index)
  const units = view.getUint32(body + 4, little) * 2 ** 32 + view.getUint32(body + 8, little)
  const captured = view.getUint32(body + 12, little)
  const bytes = packetOf(block, struct, body + 20, captured)
  return { linkType: from.linkType, bytes, time: units * from.unit + from.offset }
}

// struct { uint32 length; opaque packet[min(length, snaplen)]; /* padded to 4 bytes */ } SimplePacketBlock;
function readSimple(block: Block): Frame {
  need(block, 4, 'SimplePacketBlock')
  const { view, body, section } = block
  const { linkType, snaplen } = interfaceOf(block, 'SimplePacketBlock', 0)
  const length = view.getUint32(body, section.little)
  const captured = snaplen === 0 ? length : Math.min(length, snaplen)
  const bytes = packetOf(block, 'SimplePacketBlock', body + 4, captured)
  return { linkType, bytes, time: undefined }
}

// struct { uint32 secrets_type; uint32 secrets_length; opaque secrets[secrets_length]; Option options<>; } DecryptionSecretsBlock;
/** None when they are of another kind. */
function readSecrets(block: Block): Uint8Array[] {
  need(block, 8, 'DecryptionSecretsBlock')
  const { view, at, body, bodyEnd, section } = block
  if (view.getUint32(body, section.little) !== TLS_KEY_LOG) return []
  const length = view.getUint32(body + 4, section.little)
  const room = bodyEnd - body - 8
  if (length > room) {
    fail('truncated', 'DecryptionSecretsBlock', at, `expected ${length} bytes, got ${room}`)
  }
  return [new Uint8Array(view.buffer, view.byteOffset + body + 8, length)]
}

function interfaceOf({ section, body }: Block, struct: string, index: number): Interface {
  const found = section.interfaces[index]
  if (!found) fail('invalid-value', struct, body, `expected a described interface, got ${index}`)
  return found
}

function packetOf(block: Block, struct: string, start: number, captured: number): Uint8Array {
  const { view, bodyEnd } = block
  if (captured > MAX_FRAME) {
    fail('too-large', struct, block.at, `expected at most ${MAX_FRAME} bytes, got ${captured}`)
  }
  if (captured > bodyEnd - start) {
    const room = bodyEnd - start
    fail('truncated', struct, block.at, `expected ${captured} bytes of packet, got ${room}`)
  }
  return new Uint8Array(view.buffer, view.byteOffset + start, captured)
}

function need({ at, body, bodyEnd }: Block, length: number, struct: string): void {
  const got = bodyEnd - body
  if (got < length) fail('truncated', struct, at, `expected at least ${length} bytes, got ${got}`)
}

function fail(code: DecodeErrorCode, struct: string, offset: number, message: string): never {
  throw new DecodeError(code, struct, offset, message)
}

/** Reads the same in both byte orders. */
const SECTION_HEADER = 0x0a0d0d0a
const BYTE_ORDER_MAGIC = 0x1a2b3c4d
const INTERFACE_DESCRIPTION = 1
const DECRYPTION_SECRETS = 10
/** "TLSK". */
const TLS_KEY_LOG = 0x544c534b
const OPTION_END = 0
const OPTION_TSRESOL = 9
const OPTION_TSOFFSET = 14

/** Blocks of any other type are passed over. */
const PACKET_BLOCKS: ReadonlyMap<number, (block: Block) => Frame> = new Map([
  [2, readObsolete],
  [3, readSimple],
  [6, readEnhanced],
])
