// tls-stamp renew: another chain of rounds over a statement as it is, while its certificates are still good (SPEC.md §12).

import { lstat } from 'node:fs/promises'
import { counted, equal, toHex } from '../../encoding/index.ts'
import { RefusalError } from '../../errors.ts'
import { type Created, renewStatement } from '../../sign/index.ts'
import {
  encodeStatement,
  isTls13Round,
  type Renewal,
  type SignedStatement,
} from '../../statement/index.ts'
import { hashIntoNative, verifySignatureNative } from '../../system/index.ts'
import {
  endsOf,
  fewestIndependent,
  newestChain,
  type Report,
  readRounds,
  verdictOf,
  verifyStatement,
  worstOf,
} from '../../verify/index.ts'
import { serverWord } from '../address.ts'
import { type Command, defineCommand, type Values } from '../command.ts'
import { CallError, UsageError } from '../errors.ts'
import { summarize } from '../github.ts'
import { requireInputOnce, shownPath } from '../input.ts'
import { optionsTyped } from '../misuse.ts'
import { force, LENGTH, output } from '../options.ts'
import { isSecret, requireWritable, writeFileOrStream } from '../output.ts'
import { shellPath } from '../shell-word.ts'
import {
  describeDropped,
  type FirstWitness,
  loneOperatorHints,
  mostWitnesses,
  noteDropped,
  SIGNING,
  type Signing,
  signingOptions,
} from '../signing.ts'
import { readStatementBytes } from '../statement-file.ts'
import { printHints, printReport } from '../terminal.ts'
import { briefRenewed } from '../text/brief.ts'
import { renderRenewed } from '../text/report.ts'

const OPTIONS = {
  ...SIGNING,
  output: output({
    describe: 'where to write the renewed statement; - is standard output',
    without: 'STATEMENT itself',
  }),
  force,
  ...LENGTH,
}

export const renew: Command = defineCommand({
  calls: ['STATEMENT', 'STATEMENT HOST PORT'],
  about: [
    'Has servers sign a statement as it is, and adds their signatures to it. What the statement proves can then be verified after its own certificates expire or its keys leak, for as long as the newest renewal is valid.',
    'A statement must be renewed before its certificates expire; tls-stamp status shows when that is.',
  ],
  operands: [
    [
      'STATEMENT',
      'a file that sign or renew wrote; the renewed statement contains all of it, and replaces it unless -o is given; - is standard input',
    ],
    [
      'HOST',
      'the witness, preferably a different one than before; if HOST and PORT are omitted, one server of each operator on the built-in list is asked, beginning with those that have not signed',
    ],
    ['PORT', 'usually 443'],
  ],
  example: 'signed_statement',
  options: OPTIONS,
  run: async (operands, values, argv) => {
    try {
      return await renewOperands(operands, values)
    } catch (error) {
      const [path = '-', ...others] = operands
      if (path === '-' || others.length === 0) throw error
      const absent = await lstat(path).catch((failure: unknown) => failure)
      const { misplacedError } = await import('../misplaced.ts')
      throw (await misplacedError('renew', absent, operands, optionsTyped(argv, OPTIONS))) ?? error
    }
  },
})

async function renewOperands(
  operands: readonly string[],
  values: Values<typeof OPTIONS>,
): Promise<number> {
  const [path, host, port, ...others] = operands
  const witness: FirstWitness =
    host === undefined ? undefined : port === undefined ? serverWord(host) : [host, port]
  if (path === undefined || (host !== undefined && !witness) || others.length > 0) {
    const call = `tls-stamp renew ${[path, host, '443'].map((word) => shellPath(word ?? '')).join(' ')}`
    throw new CallError(
      'expected STATEMENT, or STATEMENT, HOST and PORT',
      port === undefined && host !== undefined ? [`with the usual port: ${call}`] : [],
    )
  }
  requireInputOnce([path, values.ca])
  const { output = path } = values
  const inPlace = values.output === undefined
  if (inPlace && path === '-') {
    throw new UsageError('expected -o with a statement from standard input', [
      'for standard output: -o -',
    ])
  }
  const replace = values.force || inPlace
  const signing = await signingOptions(witness, values)
  if (inPlace) await requireRegular(path)
  await requireWritable(output, { force: replace, json: values.json })
  const { bytes: before, statement } = await readStatementBytes(path)
  if (inPlace) requireGuards(statement, path, signing)
  const { created, report } = await renewed(
    statement,
    shownPath(path),
    signing,
    values.quorum === undefined,
  )
  const bytes = encodeStatement(created.statement)
  if (inPlace) await requireUnchanged(path, before)
  // In place it stays as open as its owner has made it
  const secret = !inPlace && isSecret(statement)
  await writeFileOrStream({ path: output, content: bytes, secret }, { replace })
  const dropped = describeDropped(created.dropped)
  const written = { statement: shownPath(path), output, size: bytes.length, ca: values.ca }
  printReport(
    values,
    { output, report, dropped },
    {
      brief: (width) => briefRenewed(report, written, width),
      whole: () => renderRenewed(report, written),
    },
  )
  noteDropped(created.dropped)
  printHints([
    ...hintsFor(statement, created),
    ...guardHints(report),
    ...(witness ? [] : loneOperatorHints(newestChain(report), created.dropped)),
  ])
  summarize('renew', output === '-' ? 'standard output' : output, report)
  return 0
}

/**
 * The statement renewed, and the report on the whole of it. Throws RefusalError when it was not good, or would not be, and
 * UsageError when `asMany` witnesses as it has are to renew it and fewer are asked.
 */
async function renewed(
  statement: SignedStatement,
  path: string,
  signing: Signing,
  asMany: boolean,
): Promise<{ readonly created: Created; readonly report: Report }> {
  const { trustAnchors } = signing
  const before = judge(statement, trustAnchors)
  requireRenewable(before, path)
  // Without a quorum as many have to sign, each with a key of its own
  if (asMany) requireAsMany(before, mostWitnesses(signing), path)
  const created = await renewStatement(statement, signing).catch((error: unknown) => {
    // The arguments are in bounds by here, so it is the statement that has no room left
    throw error instanceof RangeError ? new UsageError(error.message) : error
  })
  const report = judge(created.statement, trustAnchors)
  requireGood(report, `${path} would not verify when renewed`)
  return { created, report }
}

/** Throws UsageError when fewer independent witnesses are asked to renew a statement than it has. */
function requireAsMany(report: Report, asked: number, path: string): void {
  const fewest = fewestIndependent(report)
  if (asked >= fewest) return
  throw new UsageError(
    `${path} has ${fewest} independent witnesses: expected at least as many to renew it`,
    ['ask further ones with --witness, or set --quorum if fewer are enough'],
  )
}

/** Throws UsageError when a statement with guards would be replaced by one that verifies with fewer. */
function requireGuards(statement: SignedStatement, path: string, signing: Signing): void {
  const { rounds, renewals = [] } = statement
  const hosts = [rounds, ...renewals.map((renewal) => renewal.rounds)].map((chain) => {
    const clocks = chain.some((round) => !isTls13Round(round))
    return new Set(chain.filter((round) => clocks && isTls13Round(round)).map(({ host }) => host))
  })
  const fewest = Math.min(...hosts.map(({ size }) => size))
  if ((signing.guards?.length ?? 0) >= fewest) return
  throw new UsageError(
    `${path} has ${counted(fewest, 'guard')}: expected at least as many to renew it in place`,
    ['add guards with --guard, or use -o to write a statement with fewer guards elsewhere'],
  )
}

/** Whom to accept is for those who verify: here every witness is, and one that holds is enough. */
function judge(statement: SignedStatement, trustAnchors: readonly Uint8Array[]): Report {
  const { rounds, renewals = [] } = statement
  const all = [rounds, ...renewals.map((renewal) => renewal.rounds)].flat()
  return verifyStatement(statement, {
    trustAnchors,
    witnesses: [...new Set(all.map(({ host }) => host))],
    quorum: 1,
    window: true,
    statementOnly: true,
    now: new Date(),
    verifySignature: verifySignatureNative,
    hash: hashIntoNative,
  })
}

/** No option overrides it: a late renewal would make a statement that still verifies one that does not. */
function requireRenewable(report: Report, path: string): void {
  requireGood(report, `${path} does not verify`)
  const ends = endsOf(newestChain(report))
  const last = ends.at(-1)
  if (last === undefined || last.end.getTime() > Date.now()) return
  const when = last.end.toISOString().slice(0, 10)
  throw new RefusalError(
    'ended',
    `the certificates in ${path} expired on ${when}, so it is too late to renew it`,
  )
}

/** Throws RefusalError unless every check passes, apart from that of files, which are not compared. */
function requireGood({ checks }: Report, what: string): void {
  const own = checks.filter(({ id }) => id !== 'subjects')
  if (verdictOf(own) === 'passed') return
  const { code, message } = worstOf(own)
  throw new RefusalError(code, `${what}: ${message}`)
}

async function requireRegular(path: string): Promise<void> {
  const entry = await lstat(path)
  if (entry.isFile() || entry.isDirectory()) return
  throw new UsageError(`${path} is not a regular file`, ['say where to write with -o'])
}

/** Somebody else's renewal must not get lost. */
async function requireUnchanged(path: string, before: Uint8Array): Promise<void> {
  const { bytes } = await readStatementBytes(path)
  if (!equal(bytes, before)) throw new UsageError(`${path} has changed in the meantime`)
}

function hintsFor(before: SignedStatement, { statement }: Created): string[] {
  const { renewals = [] } = statement
  const own = keysOf([renewals.at(-1) as Renewal])
  const earlier = keysOf([before, ...(before.renewals ?? [])])
  return [...own].every((key) => earlier.has(key))
    ? [
        'this key already signed the statement; if it leaks, both signatures can be forged, so ask a different witness',
      ]
    : []
}

/** A number of guards that is asked for is asked of each chain. */
function guardHints(report: Report): string[] {
  const earlier = [report, ...report.renewals].slice(0, -1).map(({ guards }) => guards)
  const fewest = Math.min(...earlier)
  return newestChain(report).guards < fewest
    ? [`verify --guards ${fewest} requires as many guards in each renewal: add them with --guard`]
    : []
}

/** Of the end entities, hex. */
function keysOf(chains: readonly Renewal[]): ReadonlySet<string> {
  const keys = new Set<string>()
  for (const read of chains.flatMap(({ rounds }) => readRounds(rounds))) {
    if ('handshake' in read && read.endEntity) keys.add(toHex(read.endEntity.spki))
  }
  return keys
}
