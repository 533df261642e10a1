// Bytes that are no signed statement since a value is out of its bounds: hosts that are no host names, and messages, trust
// anchors and proofs that are too long (SPEC.md §2).

import { utf8 } from '../../../src/encoding/bytes.ts'
import { proveInclusion } from '../../../src/statement/commitment.ts'
import { encodeStatement } from '../../../src/statement/encode.ts'
import { makeStatement, roundsAt, subject } from '../../support/make/statements.ts'
import { root, witness } from './authority.ts'
import type { Undecodable } from './scenario.ts'

const list = ['a.txt', 'b.txt', 'c.txt'].map((name) => subject(name))
const original = new TextDecoder().decode(
  encodeStatement(
    makeStatement({
      subjects: list
        .slice(0, 1)
        .map((one) => ({ ...one, inclusionProof: proveInclusion(list, 0) })),
      rounds: roundsAt(witness),
      trustAnchors: [root.der],
    }),
  ),
)

const HOSTS: readonly (readonly [name: string, description: string, host: string])[] = [
  ['underscore', 'A host with an underscore.', 'a_b.test'],
  ['number-at-end', 'A host whose last label is a number.', 'example.123'],
  ['number-alone', 'A host that is a number.', '3221225985'],
  ['hyphen-first', 'A host with a hyphen at the beginning of a label.', '-a.test'],
  ['hyphen-last', 'A host with a hyphen at the end of a label.', 'a-.test'],
  ['long-label', 'A host with a label of 64 characters.', `${'a'.repeat(64)}.test`],
  ['empty-label', 'A host with an empty label.', 'a..test'],
  ['wildcard', 'A wildcard for a host.', '*.example.test'],
  ['address-with-zero', 'An IPv4 address with a leading zero.', '192.0.2.07'],
  ['address-out-of-range', 'An IPv4 address with 256.', '192.0.2.256'],
  ['address-mapped', 'An IPv4-mapped address in hex.', '::ffff:c000:0207'],
]

const zeros = (length: number): string => Buffer.alloc(length).toString('base64')
const hashes = (count: number): string =>
  Array.from({ length: count }, () => `      "${'00'.repeat(32)}"`).join(',\n')

function edited(name: string, description: string, error: Undecodable['error'], text: string) {
  if (text === original) throw new Error(`expected ${name} to change the statement`)
  return { name: `undecodable-${name}`, description, bytes: utf8(text), error }
}

export const encodingBounds: readonly Undecodable[] = [
  ...HOSTS.map(([name, description, host]) =>
    edited(
      `host-${name}`,
      description,
      'invalid-value',
      original.replace('"host": "example.test"', `"host": "${host}"`),
    ),
  ),
  edited(
    'empty-host',
    'An empty host.',
    'invalid-length',
    original.replace('"host": "example.test"', '"host": ""'),
  ),
  edited(
    'long-message',
    'A message with a byte more than 2^17 after its header.',
    'too-large',
    original.replace(/"serverHello": "[^"]*"/, `"serverHello": "${zeros(2 ** 17 + 5)}"`),
  ),
  edited(
    'long-anchor',
    'A stored trust anchor with a byte more than 2^17.',
    'too-large',
    original.replace(/("trustAnchors": \[\n +)"[^"]*"/, `$1"${zeros(2 ** 17 + 1)}"`),
  ),
  edited(
    'proof-too-many-hashes',
    'An inclusion proof with 33 hashes.',
    'invalid-value',
    original.replace(/("hashes": \[\n)[^\]]*(\n {4}\])/, `$1${hashes(33)}$2`),
  ),
]
