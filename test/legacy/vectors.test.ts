// The vectors of old statements (test/vectors/README.md), each through both signature backends.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyOldStatement } from '../../src/legacy/verify.ts'
import { verifySignature } from '../../src/signature/portable.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { decodeOldVector, readOldVectors, verifyOptions } from '../support/harness/vector.ts'

for (const vector of readOldVectors()) {
  test(vector.name, () => {
    for (const backend of [verifySignature, verifySignatureNative]) {
      const options = { ...verifyOptions(vector), verifySignature: backend }
      const { verdict, time, checks } = verifyOldStatement(decodeOldVector(vector), options)
      const entries = checks.map(({ id, outcome, code }) => [id, `${outcome} ${code}`])
      const claimed = time.claimed?.toISOString() ?? null
      assert.deepEqual(
        { verdict, claimed, checks: Object.fromEntries(entries) },
        vector.expected,
        backend.name,
      )
    }
  })
}
