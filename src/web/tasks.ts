// What the page asks of its worker, and what comes back: everything that takes time happens there.

import type {
  Check,
  ClaimedTime,
  ExplainedField,
  GivenDigest,
  OldStatementDescription,
  Report,
  SignedPart,
  SubjectReport,
  Verdict,
  WitnessReport,
  wording,
} from '../index.ts'

/** Each task by its name: what goes in, and what comes out. */
export interface Tasks {
  /** Takes the trust anchors built into the page, DER in base64. */
  readonly trust: { readonly ask: readonly string[]; readonly answer: number }
  /** Reads certificates of the user's own, PEM or DER. */
  readonly anchors: { readonly ask: File; readonly answer: readonly Uint8Array[] }
  /** Hashes a file, read as a stream, with SHA-256; progress counts bytes. */
  readonly hash: { readonly ask: Blob; readonly answer: Uint8Array }
  /** Reads the statement that the tasks below are about. */
  readonly open: { readonly ask: StatementFiles; readonly answer: Opened }
  /** Judges what is open, with these files and by this policy. */
  readonly judge: { readonly ask: Judging; readonly answer: Judged }
  /** Finds subjects of the last judgement whose name or digest holds this text. */
  readonly find: { readonly ask: string; readonly answer: SubjectList }
  /** Writes the last judgement as `verify --json` prints it. */
  readonly json: { readonly ask: null; readonly answer: string }
  /** Takes apart the rounds of the statement that is open, or what is left of them. */
  readonly inside: { readonly ask: null; readonly answer: Inside }
  /** Explains the fields of one of its messages. */
  readonly fields: { readonly ask: MessagePlace; readonly answer: MessageFields }
  /** Opens and judges at once, without touching what is open: for tests and scripts. */
  readonly report: { readonly ask: ReportRequest; readonly answer: string }
}

export type TaskName = keyof Tasks
export type Ask<Name extends TaskName> = Tasks[Name]['ask']
export type Answer<Name extends TaskName> = Tasks[Name]['answer']

/** A statement's file, or toytls's three. */
export interface StatementFiles {
  /** What they are called together. */
  readonly name: string
  readonly files: readonly [File] | ToytlsParts
}

/** PATH.bytes, PATH.signature, PATH.certificate.der. */
export type ToytlsParts = readonly [bytes: File, signature: File, certificate: File]

/** What opening a statement came to. */
export type Opened = OpenedStatement | OpenedOldStatement | DamagedFile

export interface OpenedStatement extends ReadFiles {
  readonly kind: 'statement'
  readonly subjects: number
  /** Whether the script for openssl takes it: bare, and not too large. */
  readonly isPlain: boolean
  /** The first names, for the commands that check them elsewhere. */
  readonly names: readonly string[]
}

export interface OpenedOldStatement extends ReadFiles {
  readonly kind: 'old'
  readonly description: OldStatementDescription
}

/** A file that is not a statement; of one that was, some rounds may be left. */
export interface DamagedFile {
  readonly kind: 'damaged'
  readonly name: string
  readonly fault: string
  readonly rounds: number
}

interface ReadFiles {
  /** What they are called together. */
  readonly name: string
  readonly files: readonly {
    readonly name: string
    readonly size: number
    /** SHA-256 of the file, hex. */
    readonly fingerprint: string
  }[]
}

export interface HashedFile {
  /** As it was chosen: a name, or the path within a folder. */
  readonly path: string
  readonly sha256: Uint8Array
  /** Whether it came with a folder: then it need not be a subject. */
  readonly isInFolder: boolean
}

export interface Policy {
  /** Accepted hosts; empty: the built-in list. */
  readonly witnesses: readonly string[]
  readonly quorum: number | undefined
  /** How many guards have to count; undefined: all that are accepted. */
  readonly guards: number | undefined
  /** Whether a statement without any clock may pass. */
  readonly window: boolean
  /** The user's own, DER. */
  readonly anchors: readonly Uint8Array[]
  /** Whether the built-in ones count as well. */
  readonly builtIn: boolean
  /** Whether the statement may pass without a file that is compared. */
  readonly statementOnly: boolean
}

export interface Judging extends Policy {
  readonly files: readonly HashedFile[]
  /** Whether these are all of a folder, where every subject should be. */
  readonly isFolder: boolean
  readonly now: Date
}

/** A report as it is shown: with its words, and no more subjects than a reader can look at. */
export interface Judged {
  readonly verdict: Verdict
  readonly sentences: readonly string[]
  /** What stands below the sentences, as in a short report of the command line. */
  readonly headline: readonly wording.HeadlineRow[]
  readonly time: ClaimedTime
  readonly subjects: SubjectList
  readonly witnesses: readonly WitnessReport[]
  readonly checks: readonly Check[]
  readonly renewals: Report['renewals']
  /** Of each chain, its own first, the hosts of the rounds. */
  readonly hosts: readonly (readonly string[])[]
  readonly limits: readonly string[]
  /** What each of the files given is. */
  readonly files: readonly FileState[]
}

/** What was judged, by which policy and when. */
export interface Judgement {
  readonly opened: OpenedStatement | OpenedOldStatement
  readonly judged: Judged
  readonly policy: Policy
  readonly at: Date
}

export type FileState =
  | 'unaltered'
  | 'ALTERED'
  | 'content of another subject'
  | 'none of the subjects'
  | 'not a subject'

export interface SubjectList {
  /** Altered ones first, then those that were compared. */
  readonly shown: readonly SubjectReport[]
  /** Of all that match. */
  readonly total: number
}

/** A statement taken apart, except the fields of its messages. */
export interface Inside {
  /** The statement's own, then its renewals, oldest first. */
  readonly chains: readonly InsideChain[]
  readonly nobodySigned: readonly string[]
}

export interface InsideChain {
  /** What the chain has beside the rounds. */
  readonly rows: readonly wording.Row[]
  readonly rounds: readonly InsideRound[]
}

export interface InsideRound {
  readonly title: string
  readonly rows: readonly wording.Row[]
  readonly messages: readonly {
    readonly name: string
    readonly sender: 'client' | 'server'
    readonly length: number
    readonly signed: readonly SignedPart[]
  }[]
}

export interface MessagePlace {
  readonly chain: number
  readonly round: number
  readonly message: number
}

export interface MessageFields {
  readonly fields: readonly ExplainedField[]
  readonly signed: readonly SignedPart[]
}

export interface ReportRequest {
  readonly statement: Uint8Array
  readonly digests?: readonly GivenDigest[]
  /** DER; left out: those built in. */
  readonly trustAnchors?: readonly Uint8Array[]
  readonly witnesses?: readonly string[]
  readonly quorum?: number
  readonly guards?: number
  readonly window?: boolean
  readonly statementOnly?: boolean
  readonly now?: Date
}
