// The classic capture format of libpcap, in both byte orders and both resolutions (draft-ietf-opsawg-pcap).

import { DecodeError, type DecodeErrorCode } from '../errors.ts'
import { type Frame, MAX_FRAME, viewOf } from './packet.ts'

/** Whether these bytes begin with one of the four magic numbers. */
export function looksLikePcap(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && MAGIC.has(viewOf(bytes).getUint32(0))
}

// struct {
//   uint32 magic; uint16 major; uint16 minor; int32 zone; uint32 sigfigs; uint32 snaplen; uint32 linkType;
// } FileHeader;
/** The packets, in order. @throws DecodeError at the first thing that is wrong, after the packets before it */
export function* readPcap(bytes: Uint8Array): Generator<Frame> {
  if (bytes.length < FILE_HEADER) {
    fail('truncated', 'FileHeader', 0, `expected ${FILE_HEADER} bytes, got ${bytes.length}`)
  }
  const view = viewOf(bytes)
  const order = MAGIC.get(view.getUint32(0))
  if (!order) fail('invalid-value', 'FileHeader', 0, 'expected the magic number of a pcap file')
  const { little, fraction } = order
  const [major, minor] = [view.getUint16(4, little), view.getUint16(6, little)]
  if (major !== 2 || minor !== 4) {
    fail('invalid-value', 'FileHeader', 4, `expected version 2.4, got ${major}.${minor}`)
  }
  // The upper bits tell of a frame check sequence, which is after the IP packet and does no harm.
  const linkType = view.getUint32(20, little) & 0xffff
  // struct { uint32 seconds; uint32 fraction; uint32 captured; uint32 length; opaque packet[captured]; } PacketRecord;
  for (let at = FILE_HEADER; at < bytes.length; ) {
    const left = bytes.length - at - RECORD_HEADER
    if (left < 0) fail('truncated', 'PacketRecord', at, 'expected a whole packet header')
    const captured = view.getUint32(at + 8, little)
    if (captured > MAX_FRAME) {
      fail('too-large', 'PacketRecord', at, `expected at most ${MAX_FRAME} bytes, got ${captured}`)
    }
    if (captured > left) {
      fail('truncated', 'PacketRecord', at, `expected ${captured} bytes of packet, got ${left}`)
    }
    const time = view.getUint32(at, little) * 1000 + view.getUint32(at + 4, little) / fraction
    const start = at + RECORD_HEADER
    at = start + captured
    yield { linkType, bytes: bytes.subarray(start, at), time }
  }
}

function fail(code: DecodeErrorCode, struct: string, offset: number, message: string): never {
  throw new DecodeError(code, struct, offset, message)
}

const FILE_HEADER = 24
const RECORD_HEADER = 16

/** By the first four bytes read as big-endian; `fraction` is how many units of its field make a millisecond. */
const MAGIC: ReadonlyMap<number, { readonly little: boolean; readonly fraction: number }> = new Map(
  [
    [0xa1b2c3d4, { little: false, fraction: 1e3 }],
    [0xd4c3b2a1, { little: true, fraction: 1e3 }],
    [0xa1b23c4d, { little: false, fraction: 1e6 }],
    [0x4d3cb2a1, { little: true, fraction: 1e6 }],
  ],
)
