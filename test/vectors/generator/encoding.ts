// Bytes that are no signed statement: a second spelling of each kind, and values out of bounds (SPEC.md §2).

import { utf8 } from '../../../src/encoding/bytes.ts'
import { proveInclusion } from '../../../src/statement/commitment.ts'
import { encodeStatement } from '../../../src/statement/encode.ts'
import { makeStatement, roundsAt, subject, TIME } from '../../support/make/statements.ts'
import { witness } from './authority.ts'
import type { Undecodable } from './scenario.ts'

type Edit = readonly [name: string, description: string, edit: (text: string) => string]

const statement = makeStatement({ rounds: roundsAt(witness, [TIME, TIME, TIME]) })
const original = new TextDecoder().decode(encodeStatement(statement))
const digest = /"([0-9a-f]{64}) {2}document/.exec(original)?.[1] ?? ''

const list = ['a.txt', 'b.txt', 'c.txt'].map((name) => subject(name))
const cutOut = makeStatement({
  subjects: list.slice(0, 1).map((one) => ({ ...one, inclusionProof: proveInclusion(list, 0) })),
  rounds: roundsAt(witness, [TIME, TIME, TIME]),
})
const originalProof = new TextDecoder().decode(encodeStatement(cutOut))

const ofThree = new TextDecoder().decode(
  encodeStatement(makeStatement({ rounds: roundsAt(witness) })),
)
const REFERENCES: readonly Edit[] = [
  [
    'reference-to-reference',
    'The third round refers to the second, which itself refers to the first.',
    (text) => text.replace(/"certificate": 0(?![\s\S]*"certificate": 0)/, '"certificate": 1'),
  ],
]

/** Another line than the subject's, without its quotation marks. */
const line = (text: string) => edited(`"${digest}  document.txt"`, `"${text}"`)
/** Another name in the line. */
const named = (name: string) => line(`${digest}  ${name}`)
const edited =
  (from: string, to: string): ((text: string) => string) =>
  (text) =>
    text.replace(from, () => to)
const field = (name: string, value: string): ((text: string) => string) => {
  const pattern = new RegExp(`("${name}": )("[^"]*"|[0-9]+|null)`)
  return (text) => text.replace(pattern, (_, head: string) => `${head}${value}`)
}

/** A second spelling of the very same statement. */
const SPELLINGS: readonly Edit[] = [
  ['no-final-newline', 'The final newline is missing.', (text) => text.slice(0, -1)],
  ['two-final-newlines', 'A second newline at the end.', (text) => `${text}\n`],
  ['trailing-space', 'A space after the final newline.', (text) => `${text} `],
  ['leading-space', 'A space before the object.', (text) => ` ${text}`],
  ['crlf', 'Lines end in CR LF.', (text) => text.replaceAll('\n', '\r\n')],
  ['minified', 'No white space at all.', (text) => `${JSON.stringify(JSON.parse(text))}\n`],
  [
    'indented-by-tab',
    'Tabs instead of two spaces.',
    (text) => `${JSON.stringify(JSON.parse(text), null, '\t')}\n`,
  ],
  [
    'member-order',
    'Two members in the other order.',
    (text) => text.replace(/( +"host": "[^"]*"),\n( +"port": 443)/, '$2,\n$1'),
  ],
  [
    'member-twice',
    'One member twice with the same value.',
    (text) => text.replace(/( +"port": 443,\n)/, '$1$1'),
  ],
  [
    'member-twice-first-forged',
    'One member twice; readers that keep the first see another digest.',
    edited(
      '  "subjects": [',
      `  "subjects": [\n    "${'00'.repeat(32)}  document.txt"\n  ],\n  "subjects": [`,
    ),
  ],
  ['escaped-letter', 'A letter of the name as \\u0064.', named('\\u0064ocument.txt')],
  ['escaped-slash', 'A slash as \\/.', (text) => text.replace('tls-stamp/1', 'tls-stamp\\/1')],
  [
    'escaped-member-name',
    "A letter of a member's name as an escape.",
    (text) => text.replace('"port"', '"\\u0070ort"'),
  ],
  ['upper-case-escape', 'A control character as \\u001F instead of \\u001f.', named('\\u001F')],
  ['long-control-escape', 'A tab as \\u0009 instead of \\t.', named('\\u0009')],
  [
    'escaped-pair',
    'A character outside the Basic Multilingual Plane as two escapes.',
    named('\\ud83d\\udd12'),
  ],
  ['port-exponent', 'The port as 4.43e2.', field('port', '4.43e2')],
  ['port-fraction', 'The port as 443.0.', field('port', '443.0')],
  [
    'reference-negative-zero',
    'The reference as -0.',
    (text) => text.replace('"certificate": 0', '"certificate": -0'),
  ],
  [
    'certificate-twice',
    'The second round repeats the certificate instead of referring to the first.',
    (text) => {
      const message = /"certificate": ("[^"]*")/.exec(text)?.[1] ?? ''
      return text.replace('"certificate": 0', `"certificate": ${message}`)
    },
  ],
]

/** A value that the format does not allow. */
const VALUES: readonly Edit[] = [
  ['empty', 'No bytes at all.', () => ''],
  ['not-json', 'Not JSON.', () => 'tls-stamp/1\n'],
  ['truncated', 'The last brace is missing.', (text) => text.slice(0, -2)],
  ['bom', 'A byte order mark before the object.', (text) => `\ufeff${text}`],
  ['list', 'A list around the object.', (text) => `[${text.trimEnd()}]\n`],
  ['null', 'null.', () => 'null\n'],
  ['comment', 'A comment, which JSON has not.', (text) => text.replace('{\n', '{ // a comment\n')],
  ['raw-control', 'A raw tab within a string.', named('\t')],
  ['other-format', 'Another version of the format.', field('format', '"tls-stamp/2"')],
  ['no-format', 'The format is missing.', (text) => text.replace(/ +"format".*\n/, '')],
  [
    'unknown-member',
    'A member that the format does not know.',
    (text) => text.replace('{\n', '{\n  "comment": "",\n'),
  ],
  [
    'unknown-member-in-round',
    'The same within a round.',
    (text) => text.replace(/( +)"host"/, '$1"certificateRequest": "",\n$1"host"'),
  ],
  [
    'proto-member',
    'A member named __proto__.',
    (text) => text.replace('{\n', '{\n  "__proto__": {},\n'),
  ],
  [
    'missing-member',
    'A round without its serverHello.',
    (text) => text.replace(/ +"serverHello".*\n/, ''),
  ],
  [
    'no-subjects',
    'An empty list of subjects.',
    (text) => text.replace(/"subjects": \[[^\]]*\]/, '"subjects": []'),
  ],
  [
    'no-rounds',
    'An empty list of rounds.',
    (text) => text.replace(/"rounds": \[[^\]]*\]/, '"rounds": []'),
  ],
  ['nul-in-name', 'NUL in a name.', named('a\\u0000')],
  ['lone-surrogate', 'Half a surrogate pair in a name: it has no UTF-8.', named('\\ud800')],
  ['long-name', 'A name of 4097 bytes in 2049 characters.', named(`a${'ü'.repeat(2048)}`)],
  ['lone-surrogate-in-tool', "The same in the tool's name.", field('tool', '"\\udc00"')],
  ['upper-case-hex', 'The digest in upper case.', line(`${digest.toUpperCase()}  document.txt`)],
  ['short-digest', 'A digest of 31 bytes.', line(`${digest.slice(2)}  document.txt`)],
  ['long-digest', 'A digest of 33 bytes.', line(`${digest}00  document.txt`)],
  ['one-space', 'One space between digest and name.', line(`${digest} document.txt`)],
  ['tab-before-name', 'A tab for the two spaces.', line(`${digest}\\tdocument.txt`)],
  ['binary-mark', "sha256sum's mark for binary mode.", line(`${digest} *document.txt`)],
  ['tagged-line', 'The form of sha256sum --tag.', line(`SHA256 (document.txt) = ${digest}`)],
  ['space-before-line', 'A space before the digest.', line(` ${digest}  document.txt`)],
  ['line-feed-in-line', 'The line with its line feed.', named('document.txt\\n')],
  [
    'needless-escape',
    'A backslash at the beginning, and nothing to escape.',
    line(`\\\\${digest}  document.txt`),
  ],
  ['escape-missing', 'A line feed in a name as itself.', named('a\\nb')],
  ['carriage-return-in-name', 'A carriage return in a name as itself.', named('a\\rb')],
  ['backslash-in-name', 'A backslash in a name as itself.', named('a\\\\b')],
  [
    'escape-not-announced',
    'A backslash in a name as two, without the one at the beginning.',
    named('a\\\\\\\\b'),
  ],
  [
    'escape-beside-line-feed',
    'A backslash is escaped and a line feed is not.',
    line(`\\\\${digest}  a\\\\\\\\b\\nc`),
  ],
  ['unknown-escape', 'A tab as \\t in the line.', line(`\\\\${digest}  a\\\\tb`)],
  ['escape-cut-off', 'A backslash at the end of the line.', line(`\\\\${digest}  a\\\\`)],
  [
    'subject-object',
    'A subject that is no line.',
    (text) =>
      text.replace(
        / {4}"[0-9a-f]{64} .*"/,
        `    {\n      "name": "a",\n      "sha256": "${digest}"\n    }`,
      ),
  ],
  ['upper-case-host', 'A host in upper case.', field('host', '"EXAMPLE.test"')],
  ['trailing-dot-host', 'A host with a dot at its end.', field('host', '"example.test."')],
  ['u-label-host', 'A host that is not an A-label.', field('host', '"exämple.test"')],
  [
    'long-ipv6-host',
    'An IPv6 address that is not in its canonical text.',
    field('host', '"2001:db8:0:0:0:0:0:7"'),
  ],
  ['bracketed-host', 'An IPv6 address in brackets.', field('host', '"[2001:db8::7]"')],
  ['port-zero', 'Port 0.', field('port', '0')],
  ['port-too-high', 'Port 65536.', field('port', '65536')],
  ['port-string', 'The port as a string.', field('port', '"443"')],
  [
    'base64-unused-bits',
    'Base64 whose unused bits are not zero.',
    (text) => text.replace(/"serverHello": "[^"]*"/, '"serverHello": "AB=="'),
  ],
  ['base64-no-padding', 'Base64 without its padding.', field('serverHello', '"AA"')],
  [
    'base64-line-break',
    'Base64 with a line break.',
    (text) => text.replace(/("clientHello": "[^"]{64})/, '$1\\n'),
  ],
  ['base64-url', 'The URL-safe alphabet.', field('serverHello', '"-_-_"')],
  ['base64-padding-inside', 'Padding in the middle.', field('serverHello', '"AA==AAAA"')],
  ['message-null', 'null for a message.', field('serverKeyExchange', 'null')],
  [
    'reference-to-itself',
    'A round refers to itself.',
    (text) => text.replace('"certificate": 0', '"certificate": 1'),
  ],
  ['reference-to-later', 'The first round refers to the second.', field('certificate', '1')],
  [
    'reference-negative',
    'A reference below 0.',
    (text) => text.replace('"certificate": 0', '"certificate": -1'),
  ],
  [
    'reference-fraction',
    'A reference between two rounds.',
    (text) => text.replace('"certificate": 0', '"certificate": 0.5'),
  ],
  [
    'date-with-space',
    'A date with a space for its T.',
    field('localTime', '"2026-01-31 12:00:00.250Z"'),
  ],
  ['date-lower-case', 'A date in lower case.', field('localTime', '"2026-01-31t12:00:00.250z"')],
  ['date-impossible', 'The 31st of February.', field('localTime', '"2026-02-31T12:00:00.250Z"')],
  ['date-leap-second', 'A leap second.', field('localTime', '"2026-01-31T12:00:60.250Z"')],
  [
    'too-many-rounds',
    'One round more than the format allows.',
    (text) => {
      const empty =
        '    {\n      "host": "h.test",\n      "port": 1,\n      "clientHello": "",\n' +
        '      "serverHello": "",\n      "certificate": @,\n      "serverKeyExchange": ""\n    }'
      const rounds = Array.from({ length: 33 }, (_, i) => empty.replace('@', i === 0 ? '""' : '0'))
      return text.replace(/"rounds": \[[^\]]*\]/, `"rounds": [\n${rounds.join(',\n')}\n  ]`)
    },
  ],
]

/** A text longer than its bounds. */
const LENGTHS: readonly Edit[] = [
  ['empty-name', 'An empty name.', named('')],
  [
    'date-without-milliseconds',
    'A date in another form of ISO 8601.',
    (text) => text.replace('.250Z', 'Z'),
  ],
  ['long-host', 'A host of 254 characters.', field('host', `"${'a.'.repeat(126)}aa"`)],
  ['long-tool', 'A tool of 257 bytes.', field('tool', `"${'t'.repeat(257)}"`)],
  ['short-date', 'A year of two digits.', field('localTime', '"26-01-31T12:00:00.250Z"')],
]

const PROOFS: readonly Edit[] = [
  ['proof-index-beyond-size', 'A leafIndex of treeSize.', field('leafIndex', '3')],
  ['proof-negative-index', 'A leafIndex below 0.', field('leafIndex', '-1')],
  ['proof-of-one', 'A tree of one leaf needs no proof.', field('treeSize', '1')],
  ['proof-too-large', 'A treeSize beyond 2^32.', field('treeSize', '4294967297')],
  [
    'proof-without-hashes',
    'No hashes.',
    (text) => text.replace(/"hashes": \[[^\]]*\]/, '"hashes": []'),
  ],
  [
    'proof-in-list',
    'A subject with an inclusion proof beside another subject.',
    edited('"subjects": [\n', `"subjects": [\n    "${digest}  b",\n`),
  ],
]

const encoded = (
  edits: readonly Edit[],
  from: string,
  error: Undecodable['error'],
): Undecodable[] =>
  edits.map(([name, description, edit]) => {
    const text = edit(from)
    if (text === from) throw new Error(`expected ${name} to change the statement`)
    return { name: `undecodable-${name}`, description, bytes: utf8(text), error }
  })

const name = original.indexOf('document')
const invalidUtf8 = (byte: number): Uint8Array => utf8(original).with(name, byte)

export const encoding: readonly Undecodable[] = [
  ...encoded(SPELLINGS, original, 'not-canonical'),
  ...encoded(REFERENCES, ofThree, 'not-canonical'),
  ...encoded(VALUES, original, 'invalid-value'),
  ...encoded(LENGTHS, original, 'invalid-length'),
  ...encoded(PROOFS, originalProof, 'invalid-value'),
  {
    name: 'undecodable-latin1',
    description: 'A name in ISO 8859-1.',
    bytes: invalidUtf8(0xe4),
    error: 'invalid-value',
  },
  {
    name: 'undecodable-utf16',
    description: 'The whole file in UTF-16.',
    bytes: Uint8Array.from(Buffer.from(original, 'utf16le')),
    error: 'invalid-value',
  },
  {
    name: 'undecodable-overlong-utf8',
    description: 'A letter of a name in two bytes where one is due.',
    bytes: Uint8Array.from([
      ...utf8(original.slice(0, name)),
      0xc1,
      0xa4,
      ...utf8(original.slice(name + 1)),
    ]),
    error: 'invalid-value',
  },
]
