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
  FileState,
  HashedFile,
  Judged,
  Judging,
  Opened,
  OpenedOldStatement,
  OpenedStatement,
  Policy,
  ReportRequest,
  StatementFiles,
  SubjectList,
} from '../tasks.ts'
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
  return { held, opened: { name, files: known, ...describe(held) } }
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

/** Makes the report on what is open. Throws TypeError when that can't be judged. */
export function judge(held: Held, asked: Judging, builtIn: readonly Uint8Array[]): Report {
  const options = optionsOf(held, asked, builtIn)
  if (held.kind === 'statement') return verifyStatement(held.statement, options)
  if (held.kind === 'old') return verifyOldStatement(held.old, options)
  throw new TypeError(held.fault)
}

/** Puts a report into the words and the size of the page. */
export function present(held: Held, report: Report, files: readonly HashedFile[]): Judged {
  const { verdict, time, witnesses, checks, renewals } = report
  return {
    verdict,
    time,
    witnesses,
    checks,
    renewals,
    sentences: wording.verdictSentences(report),
    hosts: hostsOf(held),
    limits: wording.notProven(report),
    subjects: findSubjects(report.subjects, ''),
    files: fileStates(report.subjects, files),
  }
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
): Omit<OpenedStatement, 'name' | 'files'> | Omit<OpenedOldStatement, 'name' | 'files'> {
  if (held.kind === 'old') {
    return { kind: 'old', description: describeOldStatement(held.old, verifySignature) }
  }
  const { subjects } = held.statement
  return {
    kind: 'statement',
    subjects: subjects.length,
    isPlain: subjects.length <= MAX_SCRIPT,
    names: subjects.slice(0, MAX_NAMES).map(({ name }) => name),
  }
}

function optionsOf(held: Held, asked: Judging, roots: readonly Uint8Array[]): VerifyOptions {
  const { witnesses, quorum, anchors, builtIn }: Policy = asked
  const subjects = held.kind === 'statement' ? held.statement.subjects : []
  const names = new Set(subjects.map(nameOf))
  const digests = new Set(subjects.map(({ sha256 }) => toHex(sha256)))
  const given = asked.files.map((file) => ({ ...nameFile(file, names), file }))
  return {
    digests: [
      ...given
        .filter(({ name, file: { isInFolder, sha256 } }) => {
          return !isInFolder || names.has(name) || digests.has(toHex(sha256))
        })
        .map(({ name, sha256 }) => ({ name, sha256 })),
      ...(asked.isFolder ? missingFrom(given, subjects) : []),
    ],
    trustAnchors: [...(builtIn ? roots : []), ...anchors],
    ...(witnesses.length > 0 && { witnesses }),
    ...(quorum !== undefined && { quorum }),
    now: asked.now,
  }
}

/** The subjects that no file is: neither by its name nor, where no subject has that name, by its digest. */
function missingFrom(
  given: readonly { readonly name: string; readonly sha256: Uint8Array }[],
  subjects: SignedStatement['subjects'],
): { readonly name: string; readonly sha256: null }[] {
  const names = new Set(subjects.map(nameOf))
  const found = new Set(given.map(nameOf))
  const others = new Set(
    given.filter(({ name }) => !names.has(name)).map(({ sha256 }) => toHex(sha256)),
  )
  return subjects
    .filter(({ name, sha256 }) => !found.has(name) && !others.has(toHex(sha256)))
    .map(({ name }) => ({ name, sha256: null }))
}

/** As `verify` does: under its path from the statement's folder, if a subject has that, else under its own name. */
function nameFile(
  { path, sha256 }: HashedFile,
  names: ReadonlySet<string>,
): { readonly name: string; readonly sha256: Uint8Array } {
  return { name: namesOf(path).find((name) => names.has(name)) ?? path, sha256 }
}

/** A path, and what is left of it without the folders in front. */
function namesOf(path: string): string[] {
  const parts = path.split('/').slice(-MAX_DEPTH)
  return [path, ...parts.map((_, i) => parts.slice(i).join('/'))]
}

function fileStates(subjects: readonly SubjectReport[], files: readonly HashedFile[]): FileState[] {
  if (files.length === 0) return []
  const both = new Set(subjects.map(({ name, sha256 }) => `${toHex(sha256)} ${name}`))
  const digests = new Set(subjects.map(({ sha256 }) => toHex(sha256)))
  const names = new Set(subjects.map(nameOf))
  return files.map((file): FileState => {
    const { name } = nameFile(file, names)
    const hex = toHex(file.sha256)
    if (names.has(name)) return both.has(`${hex} ${name}`) ? 'unaltered' : 'ALTERED'
    if (digests.has(hex)) return 'unaltered'
    return file.isInFolder ? 'not a subject' : 'none of the subjects'
  })
}

function nameOf({ name }: { readonly name: string }): string {
  return name
}

/** An in-toto Statement has a statement's bytes, and its subjects once more. */
const MAX_SIZE = 2 * MAX_STATEMENT
/** Of toytls's files. */
const MAX_PART = 2 ** 20
/** More than a reader goes through; there is a search for the rest. */
const MAX_SHOWN = 100
const MAX_NAMES = 3
/** Subjects that examples/verify-with-openssl.sh takes. */
const MAX_SCRIPT = 1024
const MAX_DEPTH = 32
