// A statement from its witnesses: the chain of rounds over the network, judged before anybody gets it (SPEC.md §4, §7).

import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { NetworkError } from '../errors.ts'
import {
  commitmentOf,
  encodedPieces,
  isName,
  MAX_ALL_ROUNDS,
  MAX_RENEWALS,
  type Renewal,
  type Round,
  type SignedStatement,
  type Subject,
} from '../statement/index.ts'
import { hashIntoNative, systemTrustAnchors, verifySignatureNative } from '../system/index.ts'
import { fewestIndependent, operatorOf, type Report, verifyStatement } from '../verify/index.ts'
import { version } from '../version.ts'
import { explainVersion } from './faults.ts'
import { type Ask, type Panel, seatPanel } from './panel.ts'
import {
  DEFAULT_SKEW,
  type Earlier,
  type Plan,
  planOf,
  type SigningOptions,
  turnsOf,
} from './plan.ts'
import { type DroppedWitness, Roster } from './roster.ts'
import { type Manners, type PlannedWitness, runChain } from './rounds.ts'
import { checkOwnStatement, faultOfFirst, type SelfCheckOptions } from './self-check.ts'

/** Who signs what. */
export interface CreateOptions extends SigningOptions {
  /** What to sign; at least one. */
  readonly subjects: readonly Subject[]
}

/** A statement that was signed or renewed. */
export interface Created {
  readonly statement: SignedStatement
  /** The report on what the witnesses signed; of a renewal, on its own chain. */
  readonly report: Report
  /** Witnesses that the quorum could do without, and why it had to. */
  readonly dropped: readonly DroppedWitness[]
}

/**
 * Has witnesses sign the subjects and gives the statement once it has passed the verifier, with the report on it and
 * the witnesses that were left out. Nothing is written.
 * Throws NetworkError, HandshakeError, RefusalError (what came would not verify: its code is the check's),
 * RangeError for options out of bounds, and the signal's reason.
 */
export async function createStatement(options: CreateOptions): Promise<Created> {
  const { subjects } = options
  requireSubjects(subjects)
  const commitment = commitmentOf(subjects, hashIntoNative)
  if (commitment === undefined) throw new RangeError('expected a valid inclusion proof')
  const { chain, ...rest } = await sign(options, planOf(options), subjects, commitment)
  return { ...rest, statement: { subjects, ...chain } }
}

/**
 * Has witnesses sign the statement as it is, and gives it with that renewal at its end, with the report on the
 * renewal's own chain. Whether the renewal came in time is for the verifier to say. Throws as createStatement does, and
 * RangeError when there are as many renewals as there may be, or when fewer witnesses are asked than the statement has
 * independent ones and no quorum says that they are enough: anyone who verifies with a quorum asks it of each chain.
 */
export async function renewStatement(
  statement: SignedStatement,
  options: SigningOptions,
): Promise<Created> {
  const { rounds, renewals = [] } = statement
  planOf(options)
  const earlier = earlierOf(statement, options)
  const plan = planOf(options, earlier)
  if (options.quorum === undefined) requireAsMany(earlier, plan)
  const all = [rounds, ...renewals.map((renewal) => renewal.rounds)].flat().length + plan.count
  if (renewals.length === MAX_RENEWALS || all > MAX_ALL_ROUNDS) {
    const most = `${MAX_RENEWALS} renewals and ${MAX_ALL_ROUNDS} rounds`
    throw new RangeError(`expected at most ${most} in a statement: sign it as a file instead`)
  }
  const hash = createHash('sha256')
  for (const piece of encodedPieces(statement)) hash.update(piece)
  const commitment = Uint8Array.from(hash.digest())
  const subject = { name: 'signed_statement', sha256: commitment }
  const { chain, ...rest } = await sign(options, plan, [subject], commitment)
  return { ...rest, statement: { ...statement, renewals: [...renewals, chain] } }
}

/** Judges who has signed a statement and its renewals, whoever that is. */
function earlierOf(
  statement: SignedStatement,
  { trustAnchors, verifySignature }: SigningOptions,
): Earlier {
  const { rounds, renewals = [] } = statement
  const hosts = [rounds, ...renewals.map((renewal) => renewal.rounds)]
    .flat()
    .map(({ host }) => host)
  const report = verifyStatement(statement, {
    trustAnchors: trustAnchors ?? systemTrustAnchors(),
    witnesses: [...new Set(hosts)],
    quorum: 1,
    window: true,
    statementOnly: true,
    verifySignature: verifySignature ?? verifySignatureNative,
    hash: hashIntoNative,
  })
  const operators = new Set(hosts.flatMap((host) => operatorOf(host) ?? []))
  return { operators, independent: fewestIndependent(report) }
}

function requireAsMany({ independent }: Earlier, { operators, witnesses }: Plan): void {
  const asked = operators.length + witnesses.length
  if (asked >= independent) return
  throw new RangeError(
    `expected a quorum, or at least the ${independent} independent witnesses that signed before, got ${asked}`,
  )
}

/** Has the operators, if any, begin, and goes on with those who can sign. */
async function sign(
  options: SigningOptions,
  plan: Plan,
  subjects: readonly Subject[],
  commitment: Uint8Array,
): Promise<Signed> {
  const { signal } = options
  signal?.throwIfAborted()
  const checking = checkingOf(options, plan, commitment)
  const manners = new Map<string, Manners>()
  const localTime = new Date()
  const ask: Ask = async (host, patience) => {
    const own = new Map<string, Manners>()
    const either = signal ? AbortSignal.any([signal, patience]) : patience
    const witness = { ...host, address: { ...host.address, signal: either } }
    const outcome = await runChain({ commitment, turns: [witness], manners: own })
    if ('error' in outcome) return explainVersion(witness, outcome.error)
    for (const [name, learned] of own) manners.set(name, learned)
    const [round] = outcome.rounds as [Round]
    return faultOfFirst(round, localTime, checking) ?? round
  }
  let panel: Panel | undefined
  try {
    panel = await seatPanel(plan.operators, ask)
    const roster = new Roster(plan, panel, ask)
    const signing = { plan, panel, roster, subjects, checking, manners, localTime, signal }
    return await signChains(signing)
  } catch (error) {
    // Whatever went wrong once the caller had given up went wrong because of that
    signal?.throwIfAborted()
    throw error
  } finally {
    panel?.ahead?.connection.close()
  }
}

type Signed = Omit<Created, 'statement'> & { readonly chain: Renewal }

interface Signing {
  readonly plan: Plan
  readonly panel: Panel
  readonly roster: Roster
  readonly subjects: readonly Subject[]
  readonly checking: SelfCheckOptions
  /** What the panel has learned of how hosts want to be asked. */
  readonly manners: ReadonlyMap<string, Manners>
  /** When the panel was asked. */
  readonly localTime: Date
  readonly signal: AbortSignal | undefined
}

/** Runs and judges chains until there is a good one, or no hope of one. */
async function signChains(signing: Signing): Promise<Signed> {
  const { plan, roster, subjects, checking, signal } = signing
  const { commitment } = checking
  const failures = new Map<PlannedWitness, number>()
  let { begun, ahead } = signing.panel
  for (;;) {
    signal?.throwIfAborted()
    const localTime = begun.length > 0 ? signing.localTime : new Date()
    const turns = turnsOf(plan, roster.witnesses)
    const manners = structuredClone(signing.manners) as Map<string, Manners>
    const outcome = await runChain({ commitment, turns, begun, ahead, manners })
    begun = []
    ahead = undefined
    if ('error' in outcome) {
      const { witness, error } = outcome
      const failed = failures.get(witness) ?? 0
      failures.set(witness, failed + 1)
      const again = error instanceof NetworkError && failed < plan.retries
      // A pause within the chain would look like a clock that jumps, so the chain starts over
      if (again && !roster.isOfPanel(witness)) {
        await setTimeout(BACKOFF * 2 ** failed, undefined, { signal })
      } else await roster.leaveOut(witness, await explainVersion(witness, error))
      continue
    }
    const chain = { rounds: outcome.rounds, unsigned: { localTime, tool: `tls-stamp ${version}` } }
    const own = checkOwnStatement({ subjects, ...chain }, checking)
    if (own.faults.length === 0) {
      const unsigned = { ...chain.unsigned, trustAnchors: own.anchors }
      return { chain: { ...chain, unsigned }, report: own.report, dropped: roster.dropped }
    }
    for (const { host, error } of own.faults) {
      const witness = turns.find(({ address }) => address.host === host)
      if (witness === undefined) throw error
      await roster.leaveOut(witness, error)
    }
  }
}

function checkingOf(
  options: SigningOptions,
  { operators, witnesses, guards, quorum }: Plan,
  commitment: Uint8Array,
): SelfCheckOptions {
  return {
    commitment,
    trustAnchors: options.trustAnchors ?? systemTrustAnchors(),
    verifySignature: options.verifySignature ?? verifySignatureNative,
    ...(operators.length + witnesses.length > 1 && { quorum }),
    ...(guards.length > 0 && { guards: guards.length }),
    window: options.window === true,
    maxSkew: options.maxSkew ?? DEFAULT_SKEW,
    noClock: options.noClock === true,
    allowWeak: options.version !== undefined && options.version !== '1.2',
  }
}

/** Refuses subjects that a statement can't hold. */
function requireSubjects(subjects: readonly Subject[]): void {
  const isBlind = subjects[0]?.salt !== undefined
  for (const { name, sha256: digest, salt, inclusionProof } of subjects) {
    if (!isName(name)) {
      const shown = JSON.stringify(name.slice(0, 64))
      throw new RangeError(`expected a name of 1 to 4096 bytes of UTF-8 without NUL, got ${shown}`)
    }
    if (digest.length !== 32) {
      throw new RangeError(`expected a digest of 32 bytes for ${name}, got ${digest.length}`)
    }
    if (salt && salt.length !== 32) {
      throw new RangeError(`expected a salt of 32 bytes for ${name}, got ${salt.length}`)
    }
    if ((salt !== undefined) !== isBlind) {
      throw new RangeError('expected a salt for each subject, or for none')
    }
    if (inclusionProof && subjects.length > 1) {
      throw new RangeError('expected a subject with an inclusion proof to be the only one')
    }
  }
}

/** Milliseconds before a witness is tried again, for the first time; then twice as long. */
const BACKOFF = 500
