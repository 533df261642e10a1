// Certification paths made to take long; the bar is a second each.

import { validatePath } from '../../src/index.ts'
import { type VerifySignature, verifySignature } from '../../src/signature/portable.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { systemTrustAnchors } from '../../src/system/trust.ts'
import { rsaSpki } from '../support/make/fresh-signatures.ts'
import { type Minted, mintCertificate, mintKey, mintTestPki } from '../support/make/mint.ts'
import { toBytes } from '../support/make/rsa-numbers.ts'
import { heading, milliseconds, row, time } from './table.ts'

const TIME = new Date('2026-06-01T00:00:00Z')

export async function benchWorstPaths(): Promise<void> {
  heading('validatePath: the worst cases, by node:crypto and by the portable backend')
  const usual = mintTestPki({ endEntityKeys: ['p256'] })
  const roots = [...systemTrustAnchors(), usual.root.der]
  await measure('an ordinary path', usual.endEntities[0], [usual.intermediate], roots)
  const key = mintKey('p256')
  const root = mintCertificate({ subject: 'Root', key, ca: true })
  const namesakes = hundred(() => 'CA')
  await measure('100 CAs of one name', leafOf(namesakes.at(-1)), namesakes, [root.der])
  const chain = hundred((i) => `CA ${i}`)
  await measure('a chain of 100 CAs', leafOf(chain.at(-1)), chain, [root.der])
  await measure('a certificate with 5000 names', manyNames(root), [], [root.der])
  const p521 = mintTestPki({ endEntityKeys: ['p521'], caKey: 'p521' })
  const [own] = p521.endEntities
  await measure('a path of P-521 keys', own, [p521.intermediate], [p521.root.der])
  await measureSlowestKey()
}

/** RSA with the longest modulus and the longest exponent that are taken. */
async function measureSlowestKey(): Promise<void> {
  const spki = rsaSpki(2n ** 8192n - 1n, 2n ** 32n - 1n)
  const signature = toBytes(2n ** 8192n / 3n, 1024)
  const verify = (by: VerifySignature): void =>
    void by('rsa_pkcs1_sha256', spki, new Uint8Array(0), signature)
  const native = await time(() => verify(verifySignatureNative))
  const portable = await time(() => verify(verifySignature))
  const what = 'one signature by the slowest RSA key'
  row(what, milliseconds(native), `portable ${milliseconds(portable)}`)
}

function hundred(name: (i: number) => string): Minted[] {
  const chain: Minted[] = []
  for (let i = 0; i < 100; i++) {
    const issuer = chain.at(-1)
    chain.push(mintCertificate({ subject: name(i), ca: true, issuer, keyIdentifiers: false }))
  }
  return chain
}

function leafOf(issuer: Minted | undefined): Minted {
  return mintCertificate({ subject: 'leaf', issuer })
}

function manyNames(issuer: Minted): Minted {
  const altNames = Array.from({ length: 5_000 }, (_, i) => ({ dns: `a${i}.test` }))
  return mintCertificate({ subject: 'leaf', issuer, altNames })
}

async function measure(
  what: string,
  leaf: Minted | undefined,
  intermediates: readonly Minted[],
  trustAnchors: Uint8Array[],
): Promise<void> {
  const input = {
    endEntity: leaf?.der ?? new Uint8Array(0),
    intermediates: intermediates.map(({ der }) => der),
    trustAnchors,
    time: TIME,
    maxDepth: 100,
  }
  const { outcome, ...rest } = validatePath({ ...input, verifySignature: verifySignatureNative })
  const native = await time(() =>
    validatePath({ ...input, verifySignature: verifySignatureNative }),
  )
  const portable = await time(() => validatePath(input))
  const note = `portable ${milliseconds(portable)}, ${'code' in rest ? rest.code : outcome}`
  row(what, milliseconds(native), note)
}
