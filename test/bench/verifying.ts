// Verifying one statement: P-256, three rounds, two certificates, and all the roots of Node.js to search.

import { verifyStatement } from '../../src/index.ts'
import { commitmentOf } from '../../src/statement/commitment.ts'
import { decodeStatement } from '../../src/statement/decode.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { systemTrustAnchors } from '../../src/system/trust.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject, TIME } from '../support/make/statements.ts'
import { type EndEntity, endEntities } from '../support/servers/servers.ts'
import { heading, interleaved, median, milliseconds, row, time } from './table.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
const [endEntity] = endEntities(pki) as [EndEntity]
const trustAnchors = [...systemTrustAnchors(), pki.root.der]

export async function benchVerifying(): Promise<void> {
  heading(`verifying: P-256, 3 rounds, 2 certificates, ${trustAnchors.length} trust anchors`)
  const same = roundsAt(endEntity)
  const stepping = roundsAt(endEntity, [TIME, TIME + 1, TIME + 2])
  for (const [what, rounds] of [
    ['one server time', same],
    ['three server times', stepping],
  ] as const) {
    const bytes = encodeStatement(makeStatement({ rounds }))
    const options = { trustAnchors, witnesses: [HOST], now: new Date() }
    const native = (): string =>
      verifyStatement(decodeStatement(bytes), {
        ...options,
        verifySignature: verifySignatureNative,
      }).verdict
    const portable = (): string => verifyStatement(decodeStatement(bytes), options).verdict
    const first = await time(native)
    if (native() !== 'passed' || portable() !== 'passed') throw new Error('expected to pass')
    const warm = await interleaved({ native }, 400)
    const slow = await interleaved({ portable }, 30)
    row(`${what}, node:crypto, the first`, milliseconds(first))
    row(`${what}, node:crypto`, milliseconds(warm.native), 'bar 3 ms')
    row(`${what}, portable`, milliseconds(slow.portable), 'bar 40 ms')
  }
}

export async function benchManySubjects(): Promise<void> {
  heading('statements over many subjects')
  for (const count of [1_000, 10_000, 100_000]) {
    const subjects = Array.from({ length: count }, (_, i) => subject(`folder/file-${i}.txt`))
    const bytes = encodeStatement(makeStatement({ subjects, rounds: roundsAt(endEntity) }))
    const digests = subjects
    const options = { trustAnchors, witnesses: [HOST], digests }
    const decode: number[] = []
    const verify: number[] = []
    for (let i = 0; i < 3; i++) {
      decode.push(await time(() => decodeStatement(bytes)))
      const statement = decodeStatement(bytes)
      verify.push(
        await time(() =>
          verifyStatement(statement, { ...options, verifySignature: verifySignatureNative }),
        ),
      )
    }
    const each = (values: readonly number[]): string =>
      `${((median(values) / count) * 1000).toFixed(1)} us a subject`
    const size = `${(bytes.length / 1e6).toFixed(1)} MB`
    row(`decode ${count} subjects, ${size}`, milliseconds(median(decode)), each(decode))
    row(`verify ${count} subjects`, milliseconds(median(verify)), each(verify))
    row(`commitment to ${count} subjects`, milliseconds(await time(() => commitmentOf(subjects))))
  }
}
