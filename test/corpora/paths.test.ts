import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { type PathInput, type PathResult, validatePath } from '../../src/index.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { fromPem } from '../support/make/mint.ts'

const corpora = process.env.TLS_STAMP_CORPORA
const skip = corpora ? false : 'not in TLS_STAMP_CORPORA: the corpora'

interface PathCase {
  readonly id: string
  readonly trusted_certs: readonly string[]
  readonly untrusted_intermediates: readonly string[]
  readonly peer_certificate: string
  readonly validation_time: string | null
  readonly expected_result: 'SUCCESS' | 'FAILURE'
  readonly expected_peer_name: { readonly kind: string; readonly value: string } | null
  readonly max_chain_depth: number | null
}

/**
 * Where a case and this library disagree, and why. All are rules of the profile for CAs that RFC 5280 §6 does not have
 * relying parties check, rules of the CA/Browser Forum, which private CAs do not follow, or the one rule that TLS adds.
 */
const DISAGREEMENTS: ReadonlyMap<string, string> = new Map([
  [
    'rfc5280::aki::leaf-missing-aki',
    'the key identifier is a hint for path building; common tools leave it out of certificates',
  ],
  [
    'rfc5280::ca-as-leaf',
    'its keyUsage lacks digitalSignature, without which a TLS server signs nothing (RFC 5246 §7.4.2)',
  ],
  ['rfc5280::serial::zero', 'RFC 5280 §4.1.2.2 asks users to handle serial numbers of zero'],
  ['webpki::aki::root-with-aki-ski-mismatch', 'CA/Browser Forum rule for roots; a hint, as above'],
  ['webpki::cn::case-mismatch', 'the common name is never read'],
  ['webpki::cn::punycode-not-in-san', 'the common name is never read'],
  ['webpki::cn::utf8-vs-punycode-mismatch', 'the common name is never read'],
  ['webpki::eku::ee-anyeku', 'CA/Browser Forum rule; serverAuth is there beside it'],
  ['webpki::eku::root-has-eku', 'CA/Browser Forum rule for roots; serverAuth is in it'],
  [
    'webpki::san::public-suffix-multi-label-wildcard-san',
    'needs the Public Suffix List, which changes by the day',
  ],
  [
    'webpki::san::public-suffix-private-namespace-wildcard-san',
    'needs the Public Suffix List, which changes by the day',
  ],
  [
    'webpki::san::san-critical-with-nonempty-subject',
    'CA/Browser Forum rule; RFC 5280 §4.2.1.6 says SHOULD',
  ],
])

function readCases(file: string): PathCase[] {
  const text = readFileSync(join(corpora ?? '', file), 'utf8')
  return (JSON.parse(text) as { testcases: PathCase[] }).testcases
}

function inputOf(pathCase: PathCase): PathInput {
  const [endEntity = new Uint8Array()] = fromPem(pathCase.peer_certificate)
  return {
    endEntity,
    intermediates: pathCase.untrusted_intermediates.flatMap(fromPem),
    trustAnchors: pathCase.trusted_certs.flatMap(fromPem),
    time: pathCase.validation_time === null ? new Date() : new Date(pathCase.validation_time),
    host: pathCase.expected_peer_name?.value,
    maxDepth: pathCase.max_chain_depth ?? undefined,
  }
}

function agrees({ expected_result: expected }: PathCase, { outcome }: PathResult): boolean {
  return (outcome === 'pass') === (expected === 'SUCCESS')
}

function disagreements(
  cases: readonly PathCase[],
  judge: (input: PathInput) => PathResult,
): string[] {
  return cases
    .filter((pathCase) => !agrees(pathCase, judge(inputOf(pathCase))))
    .map(({ id }) => id)
    .sort()
}

const native = (input: PathInput): PathResult =>
  validatePath({ ...input, verifySignature: verifySignatureNative })

for (const [name, judge] of [
  ['native', native],
  ['portable', validatePath],
] as const) {
  test(`x509-limbo agrees but for the listed cases (${name} backend)`, { skip }, () => {
    const cases = readCases('limbo.json')
    assert.ok(cases.length > 0)
    const ids = new Set(cases.map(({ id }) => id))
    const listed = [...DISAGREEMENTS.keys()].filter((id) => ids.has(id)).sort()
    assert.deepEqual(disagreements(cases, judge), listed)
  })
}

test('BetterTLS agrees in every case', { skip }, () => {
  const cases = readCases('bettertls.json')
  assert.ok(cases.length > 0)
  assert.deepEqual(disagreements(cases, native), [])
})

test('both backends give the same result for every case', { skip }, () => {
  for (const pathCase of [...readCases('limbo.json'), ...readCases('bettertls.json')]) {
    const input = inputOf(pathCase)
    assert.deepEqual(validatePath(input), native(input), pathCase.id)
  }
})
