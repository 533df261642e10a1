// tls-stamp sign: files to a signed statement.

import { randomFillSync } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fromHex, toHex, utf8 } from '../../encoding/index.ts'
import { createStatement, type SigningOptions } from '../../sign/index.ts'
import {
  encodedPieces,
  MAX_NAME,
  MAX_STATEMENT,
  type SignedStatement,
  type Subject,
} from '../../statement/index.ts'
import type { Report } from '../../verify/index.ts'
import { serverWord } from '../address.ts'
import {
  type Command,
  defineCommand,
  flag,
  repeatedFile,
  setting,
  type Values,
} from '../command.ts'
import { CallError, UsageError } from '../errors.ts'
import { summarize } from '../github.ts'
import { isThere, pathWithin, requireInputOnce } from '../input.ts'
import { keepExisting } from '../keep-existing.ts'
import { optionsTyped } from '../misuse.ts'
import { force, LENGTH, output, tls } from '../options.ts'
import { isSecret, requireWritable, writeFileOrStream } from '../output.ts'
import { shellPath } from '../shell-word.ts'
import {
  describeDropped,
  type FirstWitness,
  loneOperatorHints,
  noteDropped,
  SIGNING,
  signingOptions,
} from '../signing.ts'
import { EXTENSION } from '../statement-file.ts'
import { collectSubjects } from '../subjects.ts'
import { printHints, printReport, type ReportLength } from '../terminal.ts'
import { briefSigning } from '../text/brief.ts'
import { renderSigning } from '../text/report.ts'
import { lastingFaults } from '../text/verify-command.ts'

const OPTIONS = {
  ...SIGNING,
  output: output({
    describe: 'where to write the signed statement; - is standard output',
    without: 'FILE.tls-stamp for a single file if HOST is omitted, otherwise signed_statement',
  }),
  recursive: flag('sign every file in the folders that are given'),
  sums: repeatedFile(
    'sign the digests in this checksum list, as sha256sum prints it; may be repeated',
  ),
  digest: setting({ value: 'HEX', describe: 'sign this SHA-256 digest' }, sha256InHex),
  name: setting(
    {
      value: 'NAME',
      describe: 'the name to sign the digest under',
      without: 'the digest itself',
    },
    subjectName,
  ),
  blind: flag('add a random salt to each digest, so nobody can guess which file it belongs to'),
  'if-missing': flag('keep an existing output that already verifies for the same subjects'),
  'no-clock': flag(
    'accept a server without a credible clock; the statement will never pass verification',
  ),
  tls: tls('TLS version', '; with a version below 1.2, the statement will never pass verification'),
  force,
  ...LENGTH,
}

export const sign: Command = defineCommand({
  calls: ['FILE...', 'HOST PORT FILE...'],
  about: [
    'Has servers sign the digests of files, and writes a signed statement.',
    'If HOST and PORT are omitted, it asks one server of each operator on the built-in list, and leaves out servers that cannot sign.',
  ],
  operands: [
    [
      'HOST',
      'the witness: a TLS 1.2 server with a clock, or with --window a TLS 1.3 server; HOST:PORT and https://HOST/ work as well',
    ],
    ['PORT', 'usually 443; to sign a file whose name is a number, type ./443'],
    ['FILE', 'a file to sign, or a folder with --recursive; - is standard input'],
  ],
  example: 'doc.txt',
  options: OPTIONS,
  run: async (operands, values, argv) => {
    try {
      return await signOperands(operands, values)
    } catch (error) {
      const { misplacedError } = await import('../misplaced.ts')
      throw (await misplacedError('sign', error, operands, optionsTyped(argv, OPTIONS))) ?? error
    }
  },
})

async function signOperands(
  operands: readonly string[],
  values: Values<typeof OPTIONS>,
): Promise<number> {
  const { force, json, blind, recursive, sums, digest: sha256, name } = values
  const hasList = sums.length > 0 || sha256 !== undefined
  const { witness, files } = await readOperands(operands, hasList)
  if (name !== undefined && sha256 === undefined) {
    throw new UsageError('expected --name only with --digest')
  }
  // What is missing may be a server in the wrong place, which no option mends
  for (const file of files.filter((each) => each !== '-')) await stat(file)
  const { output = await outputFor(files, { witness, hasList }) } = values
  const digest = sha256 && { name: name ?? toHex(sha256), sha256 }
  const own = { noClock: values['no-clock'], version: values.tls }
  requireInputOnce([...files, ...sums, values.ca])
  const signing = await signingOptions(witness, values, own)
  const mayStay = values['if-missing'] && output !== '-' && (await isThere(output))
  if (!mayStay) await requireWritable(output, { force, json })
  const collected = await collectSubjects({ files, recursive, sums, digest }, output)
  if (mayStay && (await keepExisting(collected, signing, { output, force, json }))) return 0
  const { ca, verbose } = values
  const comparing = comparisonOf({ files, recursive, sums }, output)
  const writing = { output, force, json, verbose, ca, comparing }
  // Not awaited here, so that a million subjects without salts need not stay beside those with them
  return signSubjects(blind ? blinded(collected) : collected, signing, writing)
}

interface SignOperands {
  readonly witness: FirstWitness
  readonly files: readonly string[]
}

/**
 * HOST PORT FILE... when the second of three or more is a number, or of two beside a list; HOST:PORT FILE... when the first is
 * no file; else all are files. Throws CallError when there is nothing to sign.
 */
async function readOperands(operands: readonly string[], hasList: boolean): Promise<SignOperands> {
  const [host, port, ...files] = operands
  if (host !== undefined && port !== undefined && (await isPort(port, host))) {
    if (files.length > 0 || hasList) return { witness: [host, port], files }
    if (!(await isThere(host))) throw new CallError(NOTHING_TO_SIGN)
  } else if (host !== undefined && (port !== undefined || hasList) && !(await isThere(host))) {
    const witness = serverWord(host)
    if (witness) return { witness, files: operands.slice(1) }
  }
  if (operands.length === 0 && !hasList) throw new CallError(NOTHING_TO_SIGN)
  return { witness: undefined, files: operands }
}

const NOTHING_TO_SIGN = 'expected FILE, or HOST, PORT and FILE'

/** Whether it is a port, if a bad one: "4.5" is, unless what stands before it is a file. */
async function isPort(typed: string, before: string): Promise<boolean> {
  if (/^\d+$/.test(typed)) return true
  return !Number.isNaN(Number(typed)) && !(await isThere(before))
}

/** Where a statement goes when nobody says: beside its one file, which `verify` then finds, when the witnesses are our choice. */
async function outputFor(
  files: readonly string[],
  { witness, hasList }: { readonly witness: FirstWitness; readonly hasList: boolean },
): Promise<string> {
  const [file] = files
  const isOne = file !== undefined && files.length === 1 && file !== '-' && !hasList
  if (witness !== undefined || !isOne) return 'signed_statement'
  const entry = await stat(file)
  return entry.isDirectory() ? 'signed_statement' : `${file}${EXTENSION}`
}

interface SignOutput extends ReportLength {
  readonly output: string
  readonly force: boolean
  /** The certificates to trust, as typed. */
  readonly ca: string | undefined
  readonly comparing: readonly string[]
}

/** What has to be typed after `verify` so that it finds something to compare: nothing for files in the statement's folder. */
function comparisonOf(
  given: Pick<Values<typeof OPTIONS>, 'recursive' | 'sums'> & { readonly files: readonly string[] },
  output: string,
): string[] {
  const { files, recursive, sums } = given
  const lists = sums.map((list) => `--sums ${shellPath(list)}`)
  const named = files.filter((file) => file !== '-')
  if (named.length === 0) return lists.length > 0 ? lists : ['--statement-only']
  const folder = dirname(resolve(output))
  const outside = named.filter((file) => {
    return resolve(file) !== folder && pathWithin(folder, resolve(file)) === undefined
  })
  const [only] = outside
  if (recursive && only !== undefined && named.length === 1) {
    return [`--directory ${shellPath(dirname(resolve(only)))}`, ...lists]
  }
  return [...outside.map(shellPath), ...lists]
}

async function signSubjects(
  subjects: readonly Subject[],
  options: SigningOptions,
  { output, force, ca, comparing, ...length }: SignOutput,
): Promise<number> {
  const { statement, report, dropped } = await createStatement({ ...options, subjects })
  const size = await write(statement, output, { replace: force })
  const left = describeDropped(dropped)
  const written = { output, size, ca, comparing }
  printReport(
    length,
    { output, report, dropped: left },
    {
      brief: (width) => briefSigning(report, written, width),
      whole: () => renderSigning(report, written),
    },
  )
  noteDropped(dropped)
  printHints([
    ...hintsFor(report),
    ...(options.host === undefined ? loneOperatorHints(report, dropped) : []),
  ])
  summarize('sign', output === '-' ? 'standard output' : output, report)
  return 0
}

function sha256InHex(text: string, shown: string): Uint8Array {
  const sha256 = text.length === 64 ? fromHex(text.toLowerCase()) : undefined
  if (sha256 === undefined) throw new UsageError(`expected ${shown} to be 64 hex digits`)
  return sha256
}

function subjectName(text: string, shown: string): string {
  if (utf8(text).length <= MAX_NAME) return text
  throw new UsageError(`expected ${shown} of at most ${MAX_NAME} bytes`)
}

/** What an old version or a server without a clock leaves open stays open: whoever relies on the statement must know now. */
function hintsFor(report: Report): string[] {
  const [fault] = lastingFaults(report)
  if (fault === undefined) return []
  const path = report.checks.find(({ id, outcome }) => id === 'path' && outcome === 'fail')
  return [
    `this statement will never pass verification: ${fault.message}`,
    ...(path ? [`it will fail verification because of its certificates: ${path.message}`] : []),
  ]
}

/** A random salt each, so that neither the witness nor who has another's proof can guess what was signed. */
function blinded(subjects: readonly Subject[]): readonly Subject[] {
  const salts = randomFillSync(new Uint8Array(SALT * subjects.length))
  return subjects.map(({ name, sha256 }, i) => {
    return { name, sha256, salt: salts.subarray(SALT * i, SALT * (i + 1)) }
  })
}

/** Gives the size in bytes. */
async function write(
  statement: SignedStatement,
  output: string,
  options: { readonly replace: boolean },
): Promise<number> {
  let size = 0
  function* pieces(): Generator<Uint8Array> {
    for (const piece of encodedPieces(statement)) {
      size += piece.length
      if (size > MAX_STATEMENT) {
        const why = `the statement would be larger than ${MAX_STATEMENT} bytes`
        throw new UsageError(why, ['sign fewer subjects at once'])
      }
      yield piece
    }
  }
  const secret = isSecret(statement)
  await writeFileOrStream({ path: output, content: pieces(), secret }, options)
  return size
}

/** Bytes. */
const SALT = 32
