// Several witnesses held against each other (SPEC.md §11): whose rounds contradict whose, and how many count.

import { keyIdentity } from '../signature/index.ts'
import { operatorOf } from './known-witnesses.ts'
import { type Check, check, type Report } from './report.ts'
import type { ReadRound } from './round.ts'
import { contradict, describeContradiction, type WindowedRound, windowedRounds } from './windows.ts'
import type { JudgedWitness } from './witness.ts'

export interface WitnessComparison {
  /** The check of agreement for each witness. */
  readonly agreement: readonly Check[]
  /** Whether each witness is accepted and its word holds in all. */
  readonly counts: readonly boolean[]
  /** How many of those that count are of operators, or have keys, of their own. */
  readonly independent: number
}

/** Holds the witnesses against each other; only those whose own checks all pass have a voice. */
export function compareWitnesses(witnesses: readonly JudgedWitness[]): WitnessComparison {
  const voices = witnesses.filter(({ checks }) =>
    Object.values(checks).every(({ outcome }) => outcome === 'pass'),
  )
  // By all keys, as also a witness without a voice shows that two others are one
  const groups = groupByParty(witnesses)
    .map((members) => members.filter((witness) => voices.includes(witness)))
    .filter((members) => members.length > 0)
  const conflicts = conflictsBetween(groups)
  const kept = largestAgreements(groups.length, conflicts)
  const agreement = witnesses.map((witness) => {
    const group = groups.findIndex((members) => members.includes(witness))
    return group < 0 ? NOTHING_TO_CONTRADICT : checkAgreement(group, groups, conflicts, kept)
  })
  const counts = witnesses.map(
    (witness, i) => voices.includes(witness) && agreement[i]?.outcome === 'pass',
  )
  const counting = witnesses.filter((_, i) => counts[i])
  const heard = groups.filter((members) => members.some((witness) => counting.includes(witness)))
  return { agreement, counts, independent: heard.length }
}

/**
 * Tells the largest quorum that a statement and all its renewals meet: each chain has to meet it, so that the one with the
 * fewest independent witnesses decides.
 */
export function fewestIndependent(report: Report): number {
  return Math.min(...[report, ...report.renewals].map(({ independent }) => independent))
}

/**
 * Groups the guards that share neither key nor operator with a clock witness that is heard, directly or through others: those of
 * a group are one, and the rest say nothing new.
 */
export function groupGuards(
  guards: readonly JudgedWitness[],
  witnesses: readonly JudgedWitness[],
  heard: readonly JudgedWitness[],
): readonly (readonly JudgedWitness[])[] {
  return groupByParty([...guards, ...witnesses])
    .filter((members) => !members.some((each) => heard.includes(each)))
    .map((members) => members.filter((each) => guards.includes(each)))
}

/**
 * Groups witnesses by keys and known operators: those that share one, directly or through others, are one, whatever their hosts
 * are called.
 */
function groupByParty(witnesses: readonly JudgedWitness[]): readonly (readonly JudgedWitness[])[] {
  let groups: { readonly keys: ReadonlySet<string>; readonly members: JudgedWitness[] }[] = []
  for (const witness of witnesses) {
    const operator = operatorOf(witness.report.host)
    const keys = new Set([...witness.rounds.map(keyOf), ...(operator ? [`of ${operator}`] : [])])
    const same = groups.filter((group) => [...keys].some((key) => group.keys.has(key)))
    const others = groups.filter((group) => !same.includes(group))
    const merged = {
      keys: new Set([...same.flatMap((group) => [...group.keys]), ...keys]),
      members: [...same.flatMap(({ members }) => members), witness],
    }
    groups = [...others, merged]
  }
  return groups.map(({ members }) => members)
}

function keyOf({ endEntity }: ReadRound): string {
  return endEntity ? keyIdentity(endEntity.spki) : ''
}

/** Two rounds that contradict each other, by the pair of their groups, which may be the same. */
type Conflicts = ReadonlyMap<string, readonly [earlier: WindowedRound, later: WindowedRound]>

/** Finds the clocks that contradict each other; windows without a clock are windows.ts's. */
function conflictsBetween(groups: readonly (readonly JudgedWitness[])[]): Conflicts {
  const conflicts = new Map<string, readonly [WindowedRound, WindowedRound]>()
  const rounds = groups
    .flatMap((members, group) =>
      members.flatMap(windowedRounds).map((windowed) => ({ windowed, group })),
    )
    .filter(({ windowed }) => windowed.read.serverTime !== undefined)
    .sort((a, b) => a.windowed.read.index - b.windowed.read.index)
  for (const [at, later] of rounds.entries()) {
    for (const earlier of rounds.slice(0, at)) {
      if (!contradict(earlier.windowed, later.windowed)) continue
      conflicts.set(pair(earlier.group, later.group), [earlier.windowed, later.windowed])
    }
  }
  return conflicts
}

function pair(a: number, b: number): string {
  return `${Math.min(a, b)} ${Math.max(a, b)}`
}

/** Finds every largest set of groups that do not contradict each other. */
function largestAgreements(count: number, conflicts: Conflicts): readonly (readonly number[])[] {
  let largest: number[][] = [[]]
  const extend = (chosen: number[], next: number): void => {
    if (chosen.length + (count - next) < (largest[0] as number[]).length) return
    if (next === count) {
      if (chosen.length > (largest[0] as number[]).length) largest = []
      largest.push(chosen)
      return
    }
    if ([...chosen, next].every((other) => !conflicts.has(pair(other, next)))) {
      extend([...chosen, next], next + 1)
    }
    extend(chosen, next + 1)
  }
  // A contradiction is what makes more than one set possible
  if (conflicts.size === 0) return [[...Array(count).keys()]]
  extend([], 0)
  return largest
}

/** A majority convicts those that it leaves out; without one, nobody can tell who lies. */
function checkAgreement(
  group: number,
  groups: readonly (readonly JudgedWitness[])[],
  conflicts: Conflicts,
  kept: readonly (readonly number[])[],
): Check {
  if (groups.length < 2 && conflicts.size === 0) return NOTHING_TO_CONTRADICT
  const against = [...groups.keys()].filter((other) => conflicts.has(pair(group, other)))
  const majority = 2 * (kept[0]?.length ?? 0) > groups.length
  if (against.length === 0 || (majority && kept.every((set) => set.includes(group)))) {
    return check('agreement', 'pass', 'agree')
  }
  const [earlier, later] = conflicts.get(pair(group, against[0] as number)) as [
    WindowedRound,
    WindowedRound,
  ]
  const rounds = describeContradiction(earlier, later)
  const hosts = (members: readonly JudgedWitness[]): string[] =>
    members.map(({ report }) => report.host)
  if (majority && !kept.some((set) => set.includes(group))) {
    const liar = hosts(groups[group] ?? []).join(' and ')
    return check(
      'agreement',
      'fail',
      'contradicts',
      `${liar} disagrees with the rest, since ${rounds}`,
    )
  }
  const suspects = new Set([group, ...against].flatMap((each) => hosts(groups[each] ?? [])))
  return check('agreement', 'fail', 'one-lies', `${[...suspects].join(', ')}; ${rounds}`)
}

const NOTHING_TO_CONTRADICT = check('agreement', 'pass', 'nothing-to-contradict')
