// The worker's knowledge of the statement: read once, judged as often as the files or the policy change.

import {
  DecodeError,
  decodeTimmy,
  decodeToytls,
  describeOldStatement,
  inspectRemains,
  inspectStatement,
  looksLikeTimmy,
  MAX_STATEMENT,
  type OldStatement,
  openStatement,
  type Report,
  type SignedStatement,
  type StatementReport,
  type SubjectReport,
  type ToytlsFiles,
  toHex,
  type VerifyOptions,
  verifyOldStatement,
  verifySignature,
  verifyStatement,
  wording,
} from '../../index.ts'
import type {
  Judged,
  Judging,
  Opened,
  OpenedOldStatement,
  OpenedStatement,
  ReportRequest,
  StatementFiles,
  SubjectList,
} from '../tasks.ts'
import { type Selection, selectDigests, stateFiles } from './comparison.ts'
import { hashBytes } from './hashing.ts'

/** What a file turned out to hold. */
export type Held =
  | { readonly kind: 'statement'; readonly statement: SignedStatement }
  | { readonly kind: 'old'; readonly old: OldStatement }
  | { readonly kind: 'damaged'; readonly fault: string; readonly remains?: StatementReport }

/** Reads what should be a statement, once; anything else is "damaged", with what is left of it. */
export async function openFiles({
  name,
  files,
}: StatementFiles): Promise<{ held: Held; opened: Opened }> {
  const most = files.length === 1 ? MAX_SIZE : MAX_PART
  const large = files.find(({ size }) => size > most)
  if (large) {
    const fault = `expected at most ${most} bytes, got ${large.size}`
    return { held: { kind: 'damaged', fault }, opened: { name, kind: 'damaged', fault, rounds: 0 } }
  }
  const contents = await Promise.all(
    files.map(async (file) => new Uint8Array(await file.arrayBuffer())),
  )
  const [bytes = new Uint8Array(0), signature, certificate] = contents
  const held =
    signature && certificate ? decodeParts({ bytes, signature, certificate }) : decodeBytes(bytes)
  if (held.kind === 'damaged') {
    const { fault, remains } = held
    return { held, opened: { name, kind: 'damaged', fault, rounds: remains?.rounds.length ?? 0 } }
  }
  const known = []
  for (const [i, file] of files.entries()) {
    const fingerprint = toHex(await hashBytes(contents[i] ?? bytes))
    known.push({ name: file.name, size: file.size, fingerprint })
  }
  return { held, opened: { name, files: known, ...describe(held, bytes) } }
}

function decodeParts(parts: ToytlsFiles): Held {
  try {
    return { kind: 'old', old: decodeToytls(parts) }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return { kind: 'damaged', fault: error.message }
  }
}

/** Makes a report as `verify --json` has it. Throws DecodeError for bytes that are not a statement. */
export function reportOn(request: ReportRequest, builtIn: readonly Uint8Array[]): Report {
  const { statement, trustAnchors = builtIn, ...options } = request
  return looksLikeTimmy(statement)
    ? verifyOldStatement(decodeTimmy(statement), { ...options, trustAnchors })
    : verifyStatement(openStatement(statement), { ...options, trustAnchors })
}

/** Judges what is open, and puts the report into the words and the size of the page. Throws TypeError for a damaged file. */
export function judge(
  held: Held,
  asked: Judging,
  builtIn: readonly Uint8Array[],
): { readonly report: Report; readonly judged: Judged } {
  if (held.kind === 'damaged') throw new TypeError(held.fault)
  const selection = selectDigests(held.kind === 'statement' ? held.statement.subjects : [], asked)
  const options = optionsOf(selection, asked, builtIn)
  const report =
    held.kind === 'statement'
      ? verifyStatement(held.statement, options)
      : verifyOldStatement(held.old, options)
  const { verdict, time, witnesses, checks, renewals, subjects } = report
  const judged: Judged = {
    verdict,
    time,
    witnesses,
    checks,
    renewals,
    sentences: wording.verdictSentences(report),
    headline: wording.headlineRows(report),
    hosts: hostsOf(held),
    limits: wording.notProven(report),
    subjects: findSubjects(subjects, ''),
    files: stateFiles(subjects, selection),
  }
  return { report, judged }
}

function hostsOf(held: Held): readonly (readonly string[])[] {
  if (held.kind !== 'statement') return []
  const { statement } = held
  const chains = [statement, ...(statement.renewals ?? [])]
  return chains.map(({ rounds }) => rounds.map(({ host }) => host))
}

/** Finds subjects by a part of their name or the beginning of their digest; those that differ come first. */
export function findSubjects(subjects: readonly SubjectReport[], text: string): SubjectList {
  const wanted = text.trim().toLowerCase()
  const found =
    wanted === ''
      ? subjects
      : subjects.filter(({ name, sha256 }) => {
          return name.toLowerCase().includes(wanted) || toHex(sha256).startsWith(wanted)
        })
  const of = (state: boolean | null): SubjectReport[] =>
    found.filter(({ matched }) => matched === state)
  const shown = [...of(false), ...of(true), ...of(null)].slice(0, MAX_SHOWN)
  return { shown, total: found.length }
}

/** Takes apart what is held, field by field; gives undefined when nothing can be read. */
export function inspect(held: Held): StatementReport | undefined {
  if (held.kind === 'statement') return inspectStatement(held.statement, verifySignature)
  return held.kind === 'damaged' ? held.remains : undefined
}

function decodeBytes(bytes: Uint8Array): Held {
  try {
    if (looksLikeTimmy(bytes)) return { kind: 'old', old: decodeTimmy(bytes) }
    return { kind: 'statement', statement: openStatement(bytes) }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    const remains = inspectRemains(bytes, verifySignature)
    return { kind: 'damaged', fault: error.message, ...(remains && { remains }) }
  }
}

function describe(
  held: Exclude<Held, { readonly kind: 'damaged' }>,
  bytes: Uint8Array,
): Omit<OpenedStatement, 'name' | 'files'> | Omit<OpenedOldStatement, 'name' | 'files'> {
  if (held.kind === 'old') {
    return { kind: 'old', description: describeOldStatement(held.old, verifySignature) }
  }
  const { subjects } = held.statement
  return {
    kind: 'statement',
    subjects: subjects.length,
    isPlain: subjects.length <= MAX_SUBJECTS && bytes.length <= MAX_BYTES && isBare(bytes),
    names: subjects.slice(0, MAX_NAMES).map(({ name }) => name),
  }
}

/** Tells whether a statement is a file of its own, and not within an in-toto Statement. */
function isBare(bytes: Uint8Array): boolean {
  return /^\{\s*"format"/.test(new TextDecoder('latin1').decode(bytes.subarray(0, 32)))
}

function optionsOf(
  { digests }: Selection,
  { witnesses, quorum, guards, window, anchors, builtIn, statementOnly, now }: Judging,
  roots: readonly Uint8Array[],
): VerifyOptions {
  return {
    digests,
    statementOnly,
    trustAnchors: [...(builtIn ? roots : []), ...anchors],
    ...(witnesses.length > 0 && { witnesses }),
    ...(quorum !== undefined && { quorum }),
    ...(guards !== undefined && { guards }),
    window,
    now,
  }
}

/** An in-toto Statement has a statement's bytes, and its subjects once more. */
const MAX_SIZE = 2 * MAX_STATEMENT
/** Of toytls's files. */
const MAX_PART = 2 ** 20
/** More than a reader goes through; there is a search for the rest. */
const MAX_SHOWN = 100
const MAX_NAMES = 3
/** What examples/verify-with-openssl.sh takes. */
const MAX_SUBJECTS = 1024
const MAX_BYTES = 2 ** 24
