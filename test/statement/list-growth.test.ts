// The work for lists of subjects, and for statements, grows with their length, whatever is in them.

import '../support/harness/counting.ts'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { utf8 } from '../../src/encoding/bytes.ts'
import { DecodeError } from '../../src/errors.ts'
import { decodeChecksumList } from '../../src/statement/checksum-list.ts'
import type { Subject } from '../../src/statement/commitment.ts'
import { decodeStatement } from '../../src/statement/decode.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import { decodeInToto, encodeInToto } from '../../src/statement/in-toto.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import { compareSubjects } from '../../src/verify/subjects.ts'
import { assertLinear } from '../support/harness/counting.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject } from '../support/make/statements.ts'
import { type EndEntity, endEntities } from '../support/servers/servers.ts'

const [endEntity] = endEntities(mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] }))
const one = makeStatement({ rounds: roundsAt(endEntity as EndEntity) })

function statementOf(scale: number): SignedStatement {
  const sha256 = new Uint8Array(32)
  const subjects = Array.from({ length: 500 * scale }, (_, i) => ({ name: `file ${i}`, sha256 }))
  return { ...one, subjects }
}

describe('the work grows with the length', () => {
  const HEX = 'ab'.repeat(32)
  const repeat = (line: string) => (scale: number) => utf8(line.repeat(300 * scale))

  test('of a checksum list', () => {
    assertLinear(decodeChecksumList, repeat(`${HEX}  a\n`))
  })

  test('of a checksum list with names full of closing brackets', () => {
    assertLinear(decodeChecksumList, repeat(`SHA256 (${')'.repeat(100)}) = ${HEX}\n`))
  })

  test('of a line that never gets to its digest', () => {
    assertLinear(
      (list: Uint8Array) => assert.throws(() => decodeChecksumList(list), DecodeError),
      (scale) => utf8(`SHA256 (${') = '.repeat(500 * scale)}`),
    )
  })

  test('of an in-toto Statement, written and read', () => {
    assertLinear(
      (statement: SignedStatement) => void decodeInToto(encodeInToto(statement)),
      statementOf,
    )
  })

  test('of a statement, written and read', () => {
    assertLinear(
      (statement: SignedStatement) => void decodeStatement(encodeStatement(statement)),
      statementOf,
    )
  })

  test('of a list of namesakes', () => {
    const [a, other] = [subject('a'), subject('other')]
    const compare = (namesakes: readonly Subject[]): void => {
      assert.equal(compareSubjects(namesakes, namesakes).check.code, 'all-compared')
      const copies = namesakes.map((one, i) => ({ ...one, name: `${i}` }))
      assert.equal(compareSubjects(namesakes, copies).check.code, 'all-compared')
      const altered = namesakes.map(() => ({ ...other, name: 'a' }))
      assert.equal(compareSubjects(namesakes, altered).check.code, 'altered')
      const missing = namesakes.map(() => ({ name: 'a', sha256: null }))
      assert.equal(compareSubjects(namesakes, missing).check.code, 'missing-file')
    }
    assertLinear(compare, (scale) => Array.from({ length: scale * 300 }, () => a))
  })
})
