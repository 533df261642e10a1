import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { verifySignature } from '../../src/signature/portable.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { readVectorFiles } from './wycheproof.ts'

const corpora = process.env.TLS_STAMP_CORPORA
const backends = { portable: verifySignature, native: verifySignatureNative }

describe('Wycheproof', () => {
  if (!corpora) {
    test('is not at hand', { skip: 'not in TLS_STAMP_CORPORA: the corpora' }, () => {})
    return
  }
  let files = 0
  for (const { name, vectors, leftOut } of readVectorFiles(join(corpora, 'wycheproof'))) {
    files++
    const skip = vectors.length === 0 && leftOut.length > 0 && leftOut.join('; ')
    for (const [backend, verify] of Object.entries(backends)) {
      test(`${name}: the ${backend} backend answers as expected`, { skip }, () => {
        assert(vectors.length > 0, 'no vectors')
        const wrong = vectors.filter(
          ({ scheme, spki, message, signature, valid }) =>
            verify(scheme, spki, message, signature) !== valid,
        )
        assert.deepEqual(
          wrong.map(
            ({ id, comment, valid }) => `${id} (${comment}) ${valid ? 'refused' : 'accepted'}`,
          ),
          [],
        )
      })
    }
  }
  test('has files', () => assert(files > 0))
})
