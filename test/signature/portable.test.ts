import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { type VerifySignature, verifySignature } from '../../src/signature/portable.ts'
import { testSignatureBackend } from '../support/harness/signature-backend.ts'
import { freshSignatures } from '../support/make/fresh-signatures.ts'

describe('the portable backend', () => testSignatureBackend(verifySignature))

test('the portable backend does the same when bundled for a browser', async () => {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const { outputFiles } = buildSync({
    entryPoints: [
      fileURLToPath(new URL(`../../src/signature/portable.${extension}`, import.meta.url)),
    ],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    write: false,
  })
  const text = outputFiles[0]?.text ?? ''
  assert(text.length < 250_000, `the bundle has ${text.length} characters: all of forge is in it?`)
  const module = `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`
  const bundled: { verifySignature: VerifySignature } = await import(module)
  for (const { scheme, by, spki, message, signature } of freshSignatures) {
    assert(bundled.verifySignature(scheme, spki, message, signature), `${scheme} by ${by}`)
    const other = signature.with(-1, (signature.at(-1) ?? 0) ^ 1)
    assert(!bundled.verifySignature(scheme, spki, message, other), `${scheme} by ${by}`)
  }
})
