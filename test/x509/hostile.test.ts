// Certificates made to take long: the work to judge a path is in bounds, whatever they are.

import '../support/harness/counting.ts'
import assert from 'node:assert/strict'
import test from 'node:test'
import { type PathInput, type PathResult, validatePath } from '../../src/index.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { workOf } from '../support/harness/counting.ts'
import { bitString, integer, nullValue, oid, sequence } from '../support/make/asn1.ts'
import {
  type GeneralNameSpec,
  type Minted,
  mintCertificate,
  mintKey,
  mintTestPki,
} from '../support/make/mint.ts'

/** Steps of our own for any input: what takes longest, the signatures, is counted apart. */
const MOST_WORK = 5_000_000

const TIME = new Date('2026-06-01T00:00:00Z')
const key = mintKey('p256')
const root = mintCertificate({ subject: 'Root', key, ca: true })

interface Measured {
  readonly result: PathResult
  readonly verifications: number
}

/** Counts verifications, and holds all other work in bounds. */
function measure(
  input: Pick<PathInput, 'endEntity' | 'intermediates'> & Partial<PathInput>,
): Measured {
  let verifications = 0
  let result: PathResult | undefined
  const work = workOf(() => {
    result = validatePath({
      trustAnchors: [root.der],
      time: TIME,
      ...input,
      verifySignature: (...args) => {
        verifications++
        return verifySignatureNative(...args)
      },
    })
  })
  assert.ok(work < MOST_WORK, `${work} steps`)
  assert.ok(result)
  return { result, verifications }
}

function codeOf({ result }: Measured): string {
  return result.outcome === 'fail' ? result.code : 'pass'
}

/** 100 CAs above an end entity, none of which a root has signed. */
function pathological(
  names: 'one name' | 'many names',
  keys: 'one key' | 'many keys',
  maxDepth = 255,
): Measured {
  const chain: Minted[] = []
  for (let i = 0; i < 100; i++) {
    chain.push(
      mintCertificate({
        subject: names === 'one name' ? 'CA' : `CA ${i}`,
        key: keys === 'one key' ? key : mintKey('p256'),
        ca: true,
        issuer: chain.at(-1),
        keyIdentifiers: false,
      }),
    )
  }
  const leaf = mintCertificate({ subject: 'leaf', issuer: chain.at(-1), key })
  const intermediates = chain.map(({ der }) => der)
  return measure({ endEntity: leaf.der, intermediates, maxDepth })
}

test('a hundred CAs with one name and one key are one CA', () => {
  const measured = pathological('one name', 'one key')
  assert.equal(codeOf(measured), 'unknown-issuer')
  // And whether the last one is a root
  assert.equal(measured.verifications, 2)
})

test('a hundred CAs with one name and many keys exhaust the budget of signatures', () => {
  const measured = pathological('one name', 'many keys')
  assert.equal(codeOf(measured), 'budget-exceeded')
  assert.ok(measured.verifications <= 50)
})

test('a hundred CAs with many names are walked once, as far as maxDepth allows', () => {
  for (const keys of ['one key', 'many keys'] as const) {
    const measured = pathological('many names', keys, 40)
    assert.equal(codeOf(measured), 'path-too-long')
    assert.equal(measured.verifications, 40)
  }
})

test('the costlier the key, the fewer signatures are tried', () => {
  const p521 = Array.from({ length: 20 }, () => mintKey('p521').spki)
  const rsa = (bytes: number, exponent: number): Uint8Array[] =>
    Array.from({ length: 60 }, (_, i) => {
      const modulus = new Uint8Array(bytes).fill(0xff).with(9, i)
      const numbers = sequence(integer(modulus), integer(exponent))
      return sequence(sequence(oid('1.2.840.113549.1.1.1'), nullValue()), bitString(numbers))
    })
  const expected: [Uint8Array[], number][] = [
    [p521, 12],
    [rsa(256, 0x10001), 50],
    [rsa(1024, 0x10001), 12],
    [rsa(256, 0xffffff), 12],
    [rsa(1024, 0xffffffff), 3],
  ]
  const own = mintCertificate({ subject: 'CA', key, ca: true })
  const leaf = mintCertificate({ subject: 'leaf', issuer: own, keyIdentifiers: false })
  for (const [spkis, verifications] of expected) {
    const impostors = spkis.map((spki) =>
      mintCertificate({ subject: 'CA', key, ca: true, keyIdentifiers: false, raw: { spki } }),
    )
    const measured = measure({
      endEntity: leaf.der,
      intermediates: impostors.map(({ der }) => der),
    })
    assert.equal(codeOf(measured), 'budget-exceeded')
    assert.equal(measured.verifications, verifications)
  }
})

test('a mesh of cross-signed CAs has more paths than the budget has steps', () => {
  const layers = 6
  const width = 6
  const keys = Array.from({ length: layers }, () => mintKey('p256'))
  const intermediates: Uint8Array[] = []
  let above = Array.from({ length: width }, (_, i) =>
    mintCertificate({ subject: `top ${i}`, key, ca: true }),
  )
  for (const [layer, layerKey] of keys.entries()) {
    // Each CA of a layer, once for each issuer in the layer above
    const made = Array.from({ length: width }, (_, i) =>
      above.map((issuer) =>
        mintCertificate({
          subject: `${layer}.${i}`,
          issuer,
          key: layerKey,
          ca: true,
          keyIdentifiers: false,
        }),
      ),
    )
    intermediates.push(...made.flat().map(({ der }) => der))
    above = made.flatMap(([first]) => (first ? [first] : []))
  }
  const leaf = mintCertificate({ subject: 'leaf', issuer: above[0], key: mintKey('p256') })
  const measured = measure({ endEntity: leaf.der, intermediates })
  assert.notEqual(codeOf(measured), 'pass')
  assert.ok(measured.verifications <= 50)
})

test('thousands of names under thousands of constraints exhaust the budget of comparisons', () => {
  const list = (make: (i: number) => GeneralNameSpec): GeneralNameSpec[] =>
    Array.from({ length: 2048 }, (_, i) => make(i))
  const anchor = mintCertificate({
    subject: 'Root',
    key,
    ca: true,
    nameConstraints: {
      permitted: list((i) => ({ dns: `t${i}.test` })),
      excluded: list((i) => ({ dns: `x${i}.test` })),
    },
  })
  const leaf = mintCertificate({
    subject: 'leaf',
    issuer: anchor,
    key: mintKey('p256'),
    altNames: list((i) => ({ dns: `t${i}.test` })),
  })
  const measured = measure({
    endEntity: leaf.der,
    intermediates: [],
    trustAnchors: [anchor.der],
  })
  assert.equal(codeOf(measured), 'budget-exceeded')
  assert.equal(measured.verifications, 0)
})

test('a certificate with five thousand names is judged all the same', () => {
  const altNames = Array.from({ length: 5_000 }, (_, i) => ({ dns: `a${i}.test` }))
  const leaf = mintCertificate({ subject: 'leaf', issuer: root, key: mintKey('p256'), altNames })
  const measured = measure({ endEntity: leaf.der, intermediates: [], host: 'a4999.test' })
  assert.equal(codeOf(measured), 'pass')
})

test('a name that Unicode normalization would take minutes for is refused at once', () => {
  const anchor = mintCertificate({
    subject: 'Root',
    key,
    ca: true,
    nameConstraints: { excluded: [{ directory: 'x' }] },
  })
  const subject = `a${'\u0301\u0316'.repeat(90_000)}`
  const leaf = mintCertificate({ subject, issuer: anchor, key: mintKey('p256') })
  const measured = measure({
    endEntity: leaf.der,
    intermediates: [],
    trustAnchors: [anchor.der],
  })
  assert.equal(codeOf(measured), 'name-constraints')
})

test('more than 400 kB, and more than a thousand certificates, are too many', () => {
  const leaf = mintCertificate({ subject: 'leaf', issuer: root, key: mintKey('p256') })
  const huge = measure({ endEntity: new Uint8Array(400_001), intermediates: [] })
  assert.equal(codeOf(huge), 'budget-exceeded')
  const heavy = measure({ endEntity: leaf.der, intermediates: [new Uint8Array(400_000)] })
  assert.equal(codeOf(heavy), 'budget-exceeded')
  const intermediates = Array<Uint8Array>(1001).fill(Uint8Array.of(0x30, 0))
  assert.equal(codeOf(measure({ endEntity: leaf.der, intermediates })), 'budget-exceeded')
})

test('every one-byte change of a path has an outcome, and passes only where nobody signed', () => {
  const pki = mintTestPki({ endEntityKeys: ['p256'] })
  const parts = [pki.endEntities[0]?.der, pki.intermediate.der, pki.root.der]
  const [endEntity = root.der, intermediate = root.der, anchor = root.der] = parts
  const judge = (changed: Uint8Array, place: number): PathResult =>
    validatePath({
      endEntity: place === 0 ? changed : endEntity,
      intermediates: [place === 1 ? changed : intermediate],
      trustAnchors: [place === 2 ? changed : anchor],
      time: TIME,
      host: 'localhost',
      verifySignature: verifySignatureNative,
    })
  assert.equal(judge(endEntity, 0).outcome, 'pass')
  for (const [place, der] of [endEntity, intermediate, anchor].entries()) {
    for (let at = 0; at < der.length; at++) {
      const changed = Uint8Array.from(der)
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
      const result = judge(changed, place)
      if (place < 2) assert.equal(result.outcome, 'fail', `certificate ${place}, byte ${at}`)
      assert.ok(result.outcome === 'pass' || result.message.length > 0)
    }
  }
})

test('no message repeats what a certificate says, apart from names of issuers, made printable', () => {
  const evil = '\u001b[31mevil'
  const other = mintCertificate({ subject: evil, key, ca: true })
  const leaf = mintCertificate({ subject: evil, issuer: other, altNames: [{ dns: 'evil' }] })
  const intermediates = [other.der]
  const alone = measure({ endEntity: leaf.der, intermediates, host: 'x' }).result
  assert.ok(alone.outcome === 'fail')
  assert.match(alone.message, /CN=\\u\{1b\}\[31mevil/)
  assert.ok(!alone.message.includes('\u001b'))
  const trusted = { endEntity: leaf.der, intermediates, trustAnchors: [other.der] }
  const elsewhere = measure({ ...trusted, host: 'x' }).result
  assert.ok(elsewhere.outcome === 'fail' && !elsewhere.message.includes('evil'))
})
