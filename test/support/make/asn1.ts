// A DER writer for tests (ITU-T X.690): small enough to write wrong encodings on purpose too.

/** Tag, definite length, content. */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts)
  return Uint8Array.from(
    Buffer.concat([Uint8Array.of(tag, ...lengthOctets(content.length)), content]),
  )
}

export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return tlv(0x30, ...parts)
}

export function set(...parts: readonly Uint8Array[]): Uint8Array {
  return tlv(0x31, ...parts)
}

/** [n] with the constructed bit: EXPLICIT tags and IMPLICIT ones of constructed types. */
export function context(n: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return tlv(0xa0 | n, ...parts)
}

/** [n] primitive: IMPLICIT tags of primitive types. */
export function contextPrimitive(n: number, content: Uint8Array): Uint8Array {
  return tlv(0x80 | n, content)
}

/** INTEGER of a number, or of big-endian magnitude bytes (made positive and minimal). */
export function integer(value: number | bigint | Uint8Array): Uint8Array {
  return tlv(0x02, integerContent(value))
}

/** The content octets of `integer`. */
export function integerContent(value: number | bigint | Uint8Array): Uint8Array {
  const hex =
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : BigInt(value).toString(16)
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const magnitude = bytes.subarray(start)
  return Uint8Array.from((magnitude[0] ?? 0) >= 0x80 ? [0, ...magnitude] : magnitude)
}

export function boolean(value: boolean): Uint8Array {
  return tlv(0x01, Uint8Array.of(value ? 0xff : 0))
}

export function nullValue(): Uint8Array {
  return tlv(0x05)
}

export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const octets = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc % 128]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      groups.unshift(0x80 | (left % 128))
    }
    return groups
  })
  return tlv(0x06, Uint8Array.from(octets))
}

export function octetString(content: Uint8Array): Uint8Array {
  return tlv(0x04, content)
}

/** BIT STRING of whole octets. */
export function bitString(content: Uint8Array): Uint8Array {
  return tlv(0x03, Uint8Array.of(0), content)
}

/** BIT STRING of named bits, trailing zero bits removed. */
export function namedBits(bits: readonly number[]): Uint8Array {
  if (bits.length === 0) return tlv(0x03, Uint8Array.of(0))
  const highest = Math.max(...bits)
  const octets = new Uint8Array(Math.floor(highest / 8) + 1)
  for (const bit of bits) octets[bit >> 3] = (octets[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  return tlv(0x03, Uint8Array.of(7 - (highest & 7)), octets)
}

export function utf8String(text: string): Uint8Array {
  return tlv(0x0c, Buffer.from(text))
}

export function printableString(text: string): Uint8Array {
  return tlv(0x13, Buffer.from(text, 'latin1'))
}

export function ia5String(text: string): Uint8Array {
  return tlv(0x16, Buffer.from(text, 'latin1'))
}

/** UTCTime before 2050, GeneralizedTime from then on (RFC 5280 §4.1.2.5). */
export function time(instant: Date): Uint8Array {
  const digits = instant
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '')
  const year = instant.getUTCFullYear()
  return year >= 1950 && year < 2050
    ? tlv(0x17, Buffer.from(digits.slice(2)))
    : tlv(0x18, Buffer.from(digits))
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length]
  const octets: number[] = []
  for (let left = length; left > 0; left = Math.floor(left / 256)) octets.unshift(left % 256)
  return [0x80 | octets.length, ...octets]
}
