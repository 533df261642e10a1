// Several witnesses: what the report says of each, and the weighing against every subset tried by hand (SPEC.md §11).

import '../support/harness/counting.ts'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type VerifyOptions, verifyStatement } from '../../src/index.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { compareWitnesses } from '../../src/verify/quorum.ts'
import { type Check, type CheckId, check, type Report } from '../../src/verify/report.ts'
import type { JudgedWitness } from '../../src/verify/witness.ts'
import { workOf } from '../support/harness/counting.ts'
import { casesOf } from '../support/harness/sweep-step.ts'
import { type EndEntity, endEntities } from '../support/make/end-entity.ts'
import { mintCertificate, mintTestPki } from '../support/make/mint.ts'
import {
  inTurn,
  makeStatement,
  type RoundPlan,
  roundsAt,
  TIME,
} from '../support/make/statements.ts'

const HOSTS = ['a.test', 'b.test', 'c.test']
const pki = mintTestPki({ endEntityKeys: ['p256', 'p256', 'p256'], dnsNames: HOSTS })
const keys = endEntities(pki) as [EndEntity, EndEntity, EndEntity]
const HOUR = 3600

/** Rounds of hosts a, b, c in turn, each with its clock off by so many seconds; one key each, or all the same. */
function judge(
  offs: readonly number[],
  options: Partial<VerifyOptions> = {},
  keyOf: (i: number) => EndEntity = (i) => keys[i] as EndEntity,
): Report {
  const plans = offs.map((off, i): RoundPlan[] =>
    roundsAt(keyOf(i), [TIME + off, TIME + off + 2, TIME + off + 3], { host: HOSTS[i] as string }),
  )
  return verifyStatement(makeStatement({ rounds: inTurn(...plans) }), {
    trustAnchors: [pki.root.der],
    witnesses: HOSTS,
    statementOnly: true,
    verifySignature: verifySignatureNative,
    ...options,
  })
}

const find = ({ checks }: Report, id: CheckId): Check =>
  checks.find((one) => one.id === id) as Check
const seconds = (date: Date | null): number => (date?.getTime() ?? Number.NaN) / 1000 - TIME

describe('the report on several witnesses', () => {
  test('has the interval from the earliest to a second after the latest of their first rounds', () => {
    const { verdict, time } = judge([0, 5, 3])
    assert.equal(verdict, 'passed')
    assert.deepEqual([time.claimed, time.notBefore, time.notAfter].map(seconds), [5, 0, 6])
  })

  test('takes no time from a witness that does not count', () => {
    const { verdict, time, witnesses } = judge([0, 4 * HOUR, 3], { quorum: 2 })
    assert.equal(verdict, 'passed')
    assert.deepEqual([time.claimed, time.notBefore, time.notAfter].map(seconds), [3, 0, 4])
    assert.deepEqual(
      witnesses.map(({ counts }) => counts),
      [true, false, true],
    )
  })

  test('says who disagrees with the rest, and by which rounds', () => {
    const report = judge([0, 4 * HOUR, 1])
    const [, liar] = report.witnesses
    const fault = liar?.faults.find(({ id }) => id === 'agreement')
    assert.equal(fault?.code, 'contradicts')
    assert.equal(
      find(report, 'agreement').message,
      "a witness's clock contradicts those of the others: b.test disagrees with the rest, since b.test shows " +
        '2026-01-31 16:00:02 UTC in round 4, but a.test shows 2026-01-31 12:00:03 UTC in round 6',
    )
    assert.deepEqual(report.witnesses[0]?.faults, [])
  })

  test('says of two that one of them lies, and accuses neither', () => {
    const report = judge([0, -4 * HOUR])
    assert.equal(report.verdict, 'failed')
    assert.match(
      find(report, 'agreement').message,
      /one of them is wrong: a\.test, b\.test; a\.test shows/,
    )
    for (const { counts, faults } of report.witnesses) {
      assert.equal(counts, false)
      assert.deepEqual(
        faults.map(({ code }) => code),
        ['one-lies'],
      )
    }
  })

  test('says how many of how many there are, and that a key is shared', () => {
    const twoKeys = judge([0, 1, 2], { quorum: 3 }, (i) => keys[i % 2] as EndEntity)
    assert.equal(twoKeys.verdict, 'indeterminate')
    assert.match(
      find(twoKeys, 'quorum').message,
      /: 2 of 3 requested; the others share a key or an operator$/,
    )
    assert.match(find(judge([0, 1], { quorum: 2 }), 'quorum').message, /: 2 of 2 requested$/)
    assert.equal(
      find(judge([0, 1], { witnesses: ['a.test'] }), 'quorum').message,
      'no quorum requested: every accepted witness must be valid',
    )
  })

  test('has the faults of each, also of one that nobody asked for', () => {
    const report = judge([0, 1], { witnesses: ['b.test'] })
    assert.equal(report.verdict, 'passed')
    const [a, b] = report.witnesses
    assert.deepEqual([a?.counts, b?.counts], [false, true])
    assert.deepEqual(
      a?.faults.map(({ id, code }) => `${id} ${code}`),
      ['witness not-accepted'],
    )
    assert.equal(seconds(report.time.claimed), 1)
  })

  test('leaves it to the clock how the rounds of one host may follow each other', () => {
    const times = Array.from({ length: 14 }, (_, i) => TIME + 14 - i)
    const [a, b] = HOSTS as [string, string]
    const rounds = [
      ...roundsAt(keys[0], times, { host: a }),
      ...roundsAt(keys[1], [TIME + 10, TIME + 11, TIME + 11], { host: b }),
    ]
    const report = verifyStatement(makeStatement({ rounds }), {
      trustAnchors: [pki.root.der],
      witnesses: HOSTS,
      statementOnly: true,
      verifySignature: verifySignatureNative,
    })
    assert.equal(report.verdict, 'passed')
    assert.equal(find(report, 'agreement').code, 'agree')
  })

  test('has a share of the work that paths may take for each witness', () => {
    const names = Array.from({ length: 4000 }, (_, i) => `${i}.padding.test`)
    const large = mintCertificate({ subject: 'Beside', dnsNames: names }).der
    assert(3 * 2 * large.length > 400_000)
    const bringing = (i: number): EndEntity => {
      const own = keys[i] as EndEntity
      return { ...own, certificates: [...own.certificates, large] }
    }
    assert.equal(judge([0, 1, 2], {}, bringing).verdict, 'passed')
    const alone = makeStatement({
      rounds: roundsAt(bringing(0), [TIME, TIME + 1, TIME + 1], { host: HOSTS[0] as string }),
    })
    const options = { trustAnchors: [pki.root.der], witnesses: HOSTS, statementOnly: true }
    assert.equal(verifyStatement(alone, options).verdict, 'passed')
  })

  test('is refused for a quorum that nothing could meet', () => {
    for (const quorum of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '2' as never]) {
      assert.throws(() => judge([0], { quorum }), RangeError)
    }
    assert.equal(judge([0], { quorum: 2 ** 40 }).verdict, 'indeterminate')
  })
})

/** A witness whose own checks all pass, or do not. */
interface Plan {
  readonly host: string
  readonly hasVoice: boolean
  readonly rounds: readonly {
    readonly key: number
    readonly index: number
    readonly time: number
  }[]
}

function judged({ host, hasVoice, rounds }: Plan): JudgedWitness {
  const own = hasVoice
    ? check('clock', 'pass', 'corroborated')
    : check('clock', 'unknown', 'implausible')
  return {
    report: { host },
    checks: { clock: own },
    windows: rounds.map(({ time }) => {
      return { notBefore: new Date(time * 1000), notAfter: new Date(time * 1000) }
    }),
    rounds: rounds.map(({ key, index, time }) => ({
      index,
      serverTime: time,
      round: { host },
      endEntity: { spki: Uint8Array.of(key) },
    })),
  } as unknown as JudgedWitness
}

/** Witnesses in a random order of rounds: few keys, and times that contradict each other now and then. */
const plans = fc
  .array(
    fc.record({
      hasVoice: fc.integer({ max: 9 }).map((dice) => dice !== 0),
      keys: fc.array(fc.nat({ max: 5 }), { minLength: 2, maxLength: 3 }),
      off: fc.constantFrom(0, 0, 0, 5, 10, 11, 40),
      drift: fc.constantFrom(0, 0, 0, -12, 12),
      places: fc.array(fc.nat(), { minLength: 3, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((made): Plan[] => {
    const all = made.flatMap(({ keys: own, places }, witness) =>
      own.map((key, i) => ({ witness, key, place: places[i] as number })),
    )
    const order = [...all].sort((a, b) => a.place - b.place)
    return made.map(({ hasVoice, off, drift }, witness) => {
      const own = order.flatMap(({ witness: owner, key }, index) =>
        owner === witness ? [{ key, index }] : [],
      )
      const time = (index: number, i: number): number => 1000 + index + off + i * drift
      const rounds = own.map(({ key, index }, i) => ({ key, index, time: time(index, i) }))
      return { host: `h${witness}`, hasVoice, rounds }
    })
  })

describe('witnesses held against each other', () => {
  test('stand as trying every subset says', () => {
    fc.assert(
      fc.property(plans, (made) => {
        const { agreement, counts, independent } = compareWitnesses(made.map(judged))
        const expected = weighByHand(made)
        assert.deepEqual(
          agreement.map(({ code }) => code),
          expected.codes,
        )
        assert.deepEqual(counts, expected.counts)
        assert.equal(independent, expected.independent)
      }),
      { numRuns: casesOf(2000) },
    )
  })

  test('stand the same in whatever order they are listed', () => {
    const shuffled = plans.chain((made) =>
      fc.tuple(fc.constant(made), fc.shuffledSubarray(made, { minLength: made.length })),
    )
    fc.assert(
      fc.property(shuffled, ([made, other]) => {
        const [one, two] = [made, other].map((list) => {
          const { agreement, counts, independent } = compareWitnesses(list.map(judged))
          const standing = list.map(({ host }, i) => `${host} ${agreement[i]?.code} ${counts[i]}`)
          return { standing: standing.sort(), independent }
        })
        assert.deepEqual(one, two)
      }),
      { numRuns: casesOf(500) },
    )
  })

  test('stand no worse for one more that is honest, while the honest are more than those caught', () => {
    const scene = fc.record({
      honest: fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 6 }),
      liars: fc.array(fc.constantFrom(-4 * HOUR, 4 * HOUR, 60, -60), { maxLength: 5 }),
      more: fc.integer({ min: -5, max: 5 }),
    })
    fc.assert(
      fc.property(scene, ({ honest, liars, more }) => {
        fc.pre(liars.length < honest.length)
        const before = compareWitnesses(takingTurns([...honest, ...liars]))
        const after = compareWitnesses(takingTurns([...honest, ...liars, more]))
        assert(before.independent >= honest.length)
        assert(after.independent >= before.independent)
        for (const [i] of honest.entries()) assert(before.counts[i] && after.counts[i])
        for (const i of liars.keys()) assert(!after.counts[honest.length + i])
      }),
      { numRuns: casesOf(300) },
    )
  })

  test('take little work, as many as a chain can have', () => {
    for (const offs of [
      Array.from({ length: 16 }, (_, i) => 100 * i),
      Array.from({ length: 16 }, (_, i) => 100 * (i % 2)),
      Array.from({ length: 16 }, (_, i) => 100 * (i >> 1)),
      Array.from({ length: 16 }, (_, i) => 100 * (i % 5)),
    ]) {
      const witnesses = takingTurns(offs)
      const work = workOf(() => {
        assert.equal(compareWitnesses(witnesses).agreement.length, 16)
      })
      assert(work < 50_000, `${work} steps`)
    }
  })
})

/** Each with two rounds in turn, a key of its own, and a clock that is off by so much. */
function takingTurns(offs: readonly number[]): JudgedWitness[] {
  return offs.map((off, i) =>
    judged({
      host: `h${i}`,
      hasVoice: true,
      rounds: [i, i + offs.length].map((index) => ({ key: i, index, time: 1e6 + off })),
    }),
  )
}

/** The rules of SPEC.md §11, without thought for time. */
function weighByHand(made: readonly Plan[]): {
  readonly codes: string[]
  readonly counts: boolean[]
  readonly independent: number
} {
  // Groups by key: repeat until no two groups share one
  const label = made.map((_, i) => i)
  for (const _ of made) {
    for (const [i, one] of made.entries()) {
      for (const [j, other] of made.entries()) {
        const shares = one.rounds.some(({ key }) => other.rounds.some((each) => each.key === key))
        if (shares) label[i] = label[j] = Math.min(label[i] as number, label[j] as number)
      }
    }
  }
  const voices = made.flatMap(({ hasVoice }, i) => (hasVoice ? [i] : []))
  const groups = [...new Set(voices.map((i) => label[i] as number))]
  const rounds = voices.flatMap((i) =>
    (made[i] as Plan).rounds.map((round) => ({ ...round, host: i, group: label[i] as number })),
  )
  const clash = (a: number, b: number): boolean =>
    rounds.some((early) =>
      rounds.some(
        (late) =>
          early.group === a &&
          late.group === b &&
          early.host !== late.host &&
          late.index > early.index &&
          late.time < early.time - 10,
      ),
    )
  const conflict = (a: number, b: number): boolean => clash(a, b) || clash(b, a)
  const subsets = Array.from({ length: 2 ** groups.length }, (_, bits) =>
    groups.filter((_group, i) => bits & (1 << i)),
  ).filter((set) => set.every((a) => set.every((b) => !conflict(a, b))))
  const most = Math.max(...subsets.map(({ length }) => length))
  const largest = subsets.filter(({ length }) => length === most)
  const majority = 2 * most > groups.length
  const anyConflict = groups.some((a) => groups.some((b) => conflict(a, b)))
  const codes = made.map(({ hasVoice }, i) => {
    const group = label[i] as number
    if (!hasVoice || (groups.length < 2 && !anyConflict)) return 'nothing-to-contradict'
    if (!groups.some((other) => conflict(group, other))) return 'agree'
    if (majority && largest.every((set) => set.includes(group))) return 'agree'
    return majority && !largest.some((set) => set.includes(group)) ? 'contradicts' : 'one-lies'
  })
  const good = ['agree', 'nothing-to-contradict']
  const counts = made.map(({ hasVoice }, i) => hasVoice && good.includes(codes[i] as string))
  const counting = made.flatMap((_, i) => (counts[i] ? [label[i]] : []))
  return { codes, counts, independent: new Set(counting).size }
}
