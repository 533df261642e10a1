// A statement from its witnesses: the chain of rounds over the network, judged before anybody gets it (SPEC.md §4, §7).

import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { NetworkError, type TlsStampError } from '../errors.ts'
import {
  commitmentOf,
  encodedPieces,
  isName,
  MAX_ALL_ROUNDS,
  MAX_RENEWALS,
  type Renewal,
  type SignedStatement,
  type Subject,
} from '../statement/index.ts'
import { hashIntoNative, systemTrustAnchors, verifySignatureNative } from '../system/index.ts'
import { fewestIndependent, type Report, verifyStatement } from '../verify/index.ts'
import { version } from '../version.ts'
import { explainVersion, ofGuard } from './faults.ts'
import { DEFAULT_SKEW, planOf, type SigningOptions, turnsOf } from './plan.ts'
import { type PlannedWitness, runChain } from './rounds.ts'
import { checkOwnStatement, type OwnJudgement } from './self-check.ts'

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

/** A witness that was left out, and why. */
export interface DroppedWitness {
  readonly host: string
  readonly port: number
  readonly error: TlsStampError
}

/**
 * Has witnesses sign the subjects and gives the statement once it has passed the verifier, with the report on it and
 * the witnesses that were left out. Nothing is written.
 * Throws NetworkError, HandshakeError, RefusalError (what came would not verify: its code is the check's), and
 * RangeError for options out of bounds.
 */
export async function createStatement(options: CreateOptions): Promise<Created> {
  const { subjects } = options
  requireSubjects(subjects)
  const commitment = commitmentOf(subjects, hashIntoNative)
  if (commitment === undefined)
    throw new RangeError('expected subjects without a broken inclusion proof')
  const { chain, ...rest } = await sign(options, subjects, commitment)
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
  const { witnesses, count } = planOf(options)
  if (options.quorum === undefined) requireAsMany(statement, witnesses.length, options)
  const all = [rounds, ...renewals.map((renewal) => renewal.rounds)].flat().length + count
  if (renewals.length === MAX_RENEWALS || all > MAX_ALL_ROUNDS) {
    const most = `${MAX_RENEWALS} renewals and ${MAX_ALL_ROUNDS} rounds`
    throw new RangeError(
      `expected a statement of at most ${most} in all: sign it as a file instead`,
    )
  }
  const hash = createHash('sha256')
  for (const piece of encodedPieces(statement)) hash.update(piece)
  const commitment = Uint8Array.from(hash.digest())
  const subject = { name: 'signed_statement', sha256: commitment }
  const { chain, ...rest } = await sign(options, [subject], commitment)
  return { ...rest, statement: { ...statement, renewals: [...renewals, chain] } }
}

function requireAsMany(
  statement: SignedStatement,
  asked: number,
  { trustAnchors, verifySignature }: SigningOptions,
): void {
  const { rounds, renewals = [] } = statement
  const all = [rounds, ...renewals.map((renewal) => renewal.rounds)].flat()
  const report = verifyStatement(statement, {
    trustAnchors: trustAnchors ?? systemTrustAnchors(),
    witnesses: [...new Set(all.map(({ host }) => host))],
    quorum: 1,
    window: true,
    statementOnly: true,
    verifySignature: verifySignature ?? verifySignatureNative,
    hash: hashIntoNative,
  })
  const fewest = fewestIndependent(report)
  if (asked >= fewest) return
  throw new RangeError(
    `expected a quorum, or as many independent witnesses as signed: ${fewest}, got ${asked}`,
  )
}

/** Runs and judges chains until there is a good one, or no hope of one. */
async function sign(
  options: SigningOptions,
  subjects: readonly Subject[],
  commitment: Uint8Array,
): Promise<Omit<Created, 'statement'> & { readonly chain: Renewal }> {
  const plan = planOf(options)
  const { guards, quorum, retries } = plan
  const trustAnchors = options.trustAnchors ?? systemTrustAnchors()
  const verifySignature = options.verifySignature ?? verifySignatureNative
  const failures = new Map<PlannedWitness, number>()
  const dropped: DroppedWitness[] = []
  let { witnesses } = plan
  const drop = (witness: PlannedWitness, error: TlsStampError): void => {
    if (guards.includes(witness)) throw ofGuard(witness, error)
    if (witnesses.length <= quorum) throw error
    witnesses = witnesses.filter((other) => other !== witness)
    dropped.push({ host: witness.address.host, port: witness.address.port, error })
  }
  for (;;) {
    const localTime = new Date()
    const outcome = await runChain({ commitment, turns: turnsOf(plan, witnesses) })
    if ('error' in outcome) {
      const { witness, error } = outcome
      const failed = failures.get(witness) ?? 0
      failures.set(witness, failed + 1)
      // A pause within the chain would look like a clock that jumps, so the chain starts over
      if (error instanceof NetworkError && failed < retries) await setTimeout(BACKOFF * 2 ** failed)
      else drop(witness, await explainVersion(witness, error))
      continue
    }
    const chain = { rounds: outcome.rounds, unsigned: { localTime, tool: `tls-stamp ${version}` } }
    const own: OwnJudgement = checkOwnStatement(
      { subjects, ...chain },
      {
        commitment,
        trustAnchors,
        verifySignature,
        ...(plan.witnesses.length > 1 && { quorum }),
        ...(guards.length > 0 && { guards: guards.length }),
        window: options.window === true,
        maxSkew: options.maxSkew ?? DEFAULT_SKEW,
        noClock: options.noClock === true,
        allowWeak: options.version !== undefined && options.version !== '1.2',
      },
    )
    if (own.faults.length === 0) {
      const unsigned = { ...chain.unsigned, trustAnchors: own.anchors }
      return { chain: { ...chain, unsigned }, report: own.report, dropped }
    }
    for (const { host, error } of own.faults) {
      const witness = [...witnesses, ...guards].find(({ address }) => address.host === host)
      if (witness === undefined) throw error
      drop(witness, error)
    }
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
