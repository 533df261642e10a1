// Statements of any content: decoding and encoding are inverse, and nothing but DecodeError comes out of bytes of any kind.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { utf8 } from '../../src/encoding/bytes.ts'
import { DecodeError } from '../../src/errors.ts'
import { verifyStatement } from '../../src/index.ts'
import type { Subject } from '../../src/statement/commitment.ts'
import { decodeStatement } from '../../src/statement/decode.ts'
import { encodeStatement, renewalCommitments } from '../../src/statement/encode.ts'
import type { Tls12Round } from '../../src/statement/round.ts'
import type { Renewal, SignedStatement } from '../../src/statement/statement.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { CHECKS } from '../../src/verify/report.ts'
import { casesOf } from '../support/harness/sweep-step.ts'
import { endEntities } from '../support/make/end-entity.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, tls12Rounds } from '../support/make/statements.ts'

/** Objects as JSON.parse makes them. */
const PLAIN = { noNullPrototype: true } as const

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 })
const message = fc.uint8Array({ maxLength: 60 })
const name = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 40 })
  .filter((text) => !text.includes('\0'))
const host = fc.oneof(
  fc.domain({ size: 'small' }).map((text) => text.toLowerCase()),
  fc.ipV4(),
  fc.constantFrom('localhost', '2001:db8::7', '::', '::1', 'xn--bcher-kva.example'),
)
const cutOut = fc.integer({ min: 2, max: 2 ** 32 }).chain((treeSize) =>
  fc.record(
    {
      leafIndex: fc.integer({ min: 0, max: treeSize - 1 }),
      treeSize: fc.constant(treeSize),
      hashes: fc.array(digest, { minLength: 1, maxLength: 32 }),
    },
    PLAIN,
  ),
)
const open = fc.record({ name, sha256: digest }, PLAIN)
const blind = fc.record({ name, sha256: digest, salt: digest }, PLAIN)
const subjects = fc.oneof(
  fc.array(open, { minLength: 1, maxLength: 6 }),
  fc.array(blind, { minLength: 1, maxLength: 6 }),
  fc
    .record(
      { name, sha256: digest, salt: digest, inclusionProof: cutOut },
      { ...PLAIN, requiredKeys: ['name', 'sha256', 'inclusionProof'] },
    )
    .map((one) => [one]),
) as fc.Arbitrary<Subject[]>
const round: fc.Arbitrary<Tls12Round> = fc
  .record(
    {
      host,
      port: fc.integer({ min: 1, max: 65535 }),
      clientHello: message,
      serverHello: message,
      // Few of them, so that rounds refer to each other
      certificate: fc.oneof(message, fc.constantFrom(Uint8Array.of(1), Uint8Array.of(2))),
      certificateStatus: message,
      serverKeyExchange: message,
    },
    {
      ...PLAIN,
      requiredKeys: [
        'host',
        'port',
        'clientHello',
        'serverHello',
        'certificate',
        'serverKeyExchange',
      ],
    },
  )
  .map((made) => made as Tls12Round)
const chain = {
  rounds: fc.array(round, { minLength: 1, maxLength: 6 }),
  unsigned: fc.record(
    {
      localTime: fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }),
      tool: fc.string({ unit: 'binary', maxLength: 60 }),
      trustAnchors: fc.array(message, { minLength: 1, maxLength: 3 }),
    },
    { ...PLAIN, requiredKeys: ['localTime', 'tool'] },
  ),
}
const statement = fc.record(
  {
    subjects,
    ...chain,
    renewals: fc.array(fc.record(chain, PLAIN), { minLength: 1, maxLength: 4 }),
  },
  { ...PLAIN, requiredKeys: ['subjects', 'rounds', 'unsigned'] },
) as fc.Arbitrary<SignedStatement>

/** The document of SPEC.md §2, member by member, for JSON.stringify to write. */
function documentOf({ subjects, renewals, ...own }: SignedStatement): object {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
  const chainOf = ({ unsigned, ...chain }: Renewal): object => ({
    rounds: tls12Rounds({ unsigned, ...chain }).map((one, i) => {
      const same = chain.rounds.findIndex(
        ({ certificate }) => !Buffer.compare(certificate, one.certificate),
      )
      return {
        host: one.host,
        port: one.port,
        clientHello: base64(one.clientHello),
        serverHello: base64(one.serverHello),
        certificate: same < i ? same : base64(one.certificate),
        certificateStatus: one.certificateStatus && base64(one.certificateStatus),
        serverKeyExchange: base64(one.serverKeyExchange),
      }
    }),
    unsigned: {
      localTime: unsigned.localTime.toISOString(),
      tool: unsigned.tool,
      trustAnchors: unsigned.trustAnchors?.map(base64),
    },
  })
  const proof = subjects[0]?.inclusionProof
  return {
    format: 'tls-stamp/1',
    subjects: subjects.map((one) => {
      const escaped = JSON.stringify(one.name).match(/\\\\|\\n|\\r/)
      const name = one.name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
      return `${escaped ? '\\' : ''}${hex(one.sha256)}  ${name}`
    }),
    salts: subjects[0]?.salt && subjects.map(({ salt }) => salt && hex(salt)),
    inclusionProof: proof && {
      leafIndex: proof.leafIndex,
      treeSize: proof.treeSize,
      hashes: proof.hashes.map(hex),
    },
    ...chainOf(own),
    renewals: renewals?.map(chainOf),
  }
}

describe('any statement', () => {
  test('comes back as it was, and as the same bytes', () => {
    fc.assert(
      fc.property(statement, (made) => {
        const bytes = encodeStatement(made)
        const decoded = decodeStatement(bytes)
        assert.deepEqual(decoded, made)
        assert.deepEqual(encodeStatement(decoded), bytes)
      }),
      { numRuns: casesOf(300) },
    )
  })

  test('is written as JSON.stringify writes it with two spaces, and a line feed', () => {
    fc.assert(
      fc.property(statement, (made) => {
        const text = new TextDecoder().decode(encodeStatement(made))
        assert.equal(text, `${JSON.stringify(documentOf(made), null, 2)}\n`)
      }),
      { numRuns: casesOf(300) },
    )
  })

  test('is committed to by each renewal as the file that it was before', () => {
    fc.assert(
      fc.property(statement, (made) => {
        const { renewals = [], ...bare } = made
        const before = renewals.map((_, i) => {
          const file = encodeStatement(i === 0 ? bare : { ...bare, renewals: renewals.slice(0, i) })
          return Uint8Array.from(createHash('sha256').update(file).digest())
        })
        assert.deepEqual(renewalCommitments(made), before)
      }),
      { numRuns: casesOf(200) },
    )
  })

  test('is verified without an exception, and does not pass', () => {
    const trustAnchors = [Uint8Array.of(0x30, 0)]
    fc.assert(
      fc.property(statement, (made) => {
        assert.notEqual(verifyStatement(made, { trustAnchors }).verdict, 'passed')
      }),
      { numRuns: casesOf(200) },
    )
  })
})

describe('decoding ends in a statement or a DecodeError', () => {
  const decodes = (bytes: Uint8Array): void => {
    try {
      assert.deepEqual(encodeStatement(decodeStatement(bytes)), bytes)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
    }
  }

  test('for any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), decodes), { numRuns: casesOf(500) })
  })

  test('for any JSON', () => {
    const json = fc.json({ maxDepth: 6 }).map(utf8)
    fc.assert(fc.property(json, decodes), { numRuns: casesOf(300) })
    const near = fc
      .jsonValue({ maxDepth: 4 })
      .map((value) =>
        utf8(`${JSON.stringify({ format: 'tls-stamp/1', subjects: value }, null, 2)}\n`),
      )
    fc.assert(fc.property(near, decodes), { numRuns: casesOf(200) })
  })

  test('for a statement with any JSON anywhere in it', () => {
    const mutation = fc.tuple(
      statement,
      fc.nat(),
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom('', 'name', 'x'),
    )
    fc.assert(
      fc.property(mutation, ([made, place, value, member]) => {
        const document = JSON.parse(new TextDecoder().decode(encodeStatement(made))) as unknown
        const changed = replaceAt(document, place % countOf(document), value, member)
        decodes(utf8(`${JSON.stringify(changed, null, 2)}\n`))
      }),
      { numRuns: casesOf(500) },
    )
  })

  test('for a statement with any part of its text replaced', () => {
    const splice = fc.tuple(
      statement,
      fc.nat(),
      fc.nat({ max: 30 }),
      fc.uint8Array({ maxLength: 12 }),
    )
    fc.assert(
      fc.property(splice, ([made, at, length, part]) => {
        const bytes = encodeStatement(made)
        const start = at % bytes.length
        decodes(Uint8Array.of(...bytes.slice(0, start), ...part, ...bytes.slice(start + length)))
      }),
      { numRuns: casesOf(300) },
    )
  })
})

describe('a statement that passes', () => {
  const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
  const [witness] = endEntities(pki)
  assert(witness)
  const passing = makeStatement({ rounds: roundsAt(witness) })
  const options = {
    trustAnchors: [pki.root.der],
    witnesses: [HOST],
    statementOnly: true,
    verifySignature: verifySignatureNative,
  }

  test('is verified without an exception with any part of any message replaced', () => {
    assert.equal(verifyStatement(passing, options).verdict, 'passed')
    const splice = fc.tuple(
      fc.nat({ max: 2 }),
      fc.constantFrom(...MESSAGES),
      fc.nat(),
      fc.nat({ max: 40 }),
      fc.uint8Array({ maxLength: 40 }),
    )
    fc.assert(
      fc.property(splice, ([index, member, at, length, part]) => {
        const rounds = tls12Rounds(passing).map((one, i) => {
          if (i !== index) return one
          const bytes = one[member]
          const start = at % bytes.length
          const spliced = Uint8Array.of(
            ...bytes.slice(0, start),
            ...part,
            ...bytes.slice(start + length),
          )
          return { ...one, [member]: spliced }
        })
        const { verdict, checks } = verifyStatement({ ...passing, rounds }, options)
        assert.equal(checks.length, Object.keys(CHECKS).length)
        if (member === 'serverKeyExchange' && String(rounds) !== String(passing.rounds)) {
          assert.equal(verdict, 'failed')
        }
      }),
      { numRuns: casesOf(600) },
    )
  })
})

/** Number of values in a JSON document. */
function countOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce((sum: number, item) => sum + countOf(item), 1)
}

/** The document with its value number `place` replaced, or with a member put in when that is an object and one is named. */
function replaceAt(document: unknown, place: number, value: unknown, member: string): unknown {
  let left = place
  const visit = (item: unknown): unknown => {
    if (left-- === 0) {
      const isObject = typeof item === 'object' && item !== null && !Array.isArray(item)
      return isObject && member !== '' ? { ...item, [member]: value } : value
    }
    if (Array.isArray(item)) return item.map(visit)
    if (typeof item !== 'object' || item === null) return item
    return Object.fromEntries(Object.entries(item).map(([key, part]) => [key, visit(part)]))
  }
  return visit(document)
}

const MESSAGES = ['clientHello', 'serverHello', 'certificate', 'serverKeyExchange'] as const
