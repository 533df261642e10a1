// What was dropped on the page: files, and those in folders, with their paths.

import { looksLikeTimmy } from '../../index.ts'
import type { StatementFiles } from '../tasks.ts'

export interface GivenFile {
  readonly file: File
  /** Its name, or its path within the folder that was given. */
  readonly path: string
  /** Whether it is only there because its folder is: then it need not be a subject. */
  readonly isInFolder: boolean
}

/** The files that were given at once. */
export interface GivenFiles {
  readonly files: readonly GivenFile[]
  /** Whether a folder is among it, with all that is in it. */
  readonly isFolder: boolean
}

/** Collects all files of a drop and of the folders in it. Must be called while the event is being handled. */
export async function collectDropped(transfer: DataTransfer): Promise<GivenFiles> {
  const entries = [...transfer.items]
    .map((item) => item.webkitGetAsEntry())
    .filter((entry) => entry !== null)
  if (entries.length === 0) return givenFiles([...transfer.files])
  const files: GivenFile[] = []
  for (const entry of entries) await collectEntry(entry, files)
  return { files, isFolder: entries.some(isFolder) && files.length < MAX_FILES }
}

/** Takes files as they were chosen, from a folder or one by one. */
export function givenFiles(chosen: readonly File[]): GivenFiles {
  const files = chosen.map(asGiven)
  return { files, isFolder: files.some(({ isInFolder }) => isInFolder) }
}

function asGiven(file: File): GivenFile {
  const { webkitRelativePath: path } = file
  return { file, path: path || file.name, isInFolder: path !== '' }
}

/** Finds the first statement among files: one of its own, else toytls's three, whose names begin alike. */
export async function findStatement(
  files: readonly GivenFile[],
): Promise<StatementFiles | undefined> {
  for (const { file } of files) {
    if (await looksLikeStatement(file)) return { name: file.name, files: [file] }
  }
  const byPath = new Map(files.map(({ path, file }) => [path, file]))
  for (const { path, file } of files) {
    const stem = /^(.*[^/])\.bytes$/s.exec(path)?.[1]
    const signature = byPath.get(`${stem}.signature`)
    const certificate = byPath.get(`${stem}.certificate.der`)
    if (stem === undefined || !signature || !certificate) continue
    const name = file.name.replace(/\.bytes$/, '')
    return { name, files: [file, signature, certificate] }
  }
  return undefined
}

/** Tells by how a file begins whether it is of our format, whole or damaged, or of timmy's. */
async function looksLikeStatement(file: File): Promise<boolean> {
  const begin = new Uint8Array(await file.slice(0, BEGIN).arrayBuffer())
  const text = new TextDecoder('latin1').decode(begin)
  if (!/^\s{0,64}\{/.test(text)) return false
  if (MARKS.some((mark) => text.includes(mark))) return true
  return file.size <= MAX_TIMMY && looksLikeTimmy(new Uint8Array(await file.arrayBuffer()))
}

async function collectEntry(entry: FileSystemEntry, found: GivenFile[]): Promise<void> {
  if (found.length >= MAX_FILES) return
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject))
    const path = entry.fullPath.replace(/^\//, '')
    found.push({ file, path, isInFolder: path.includes('/') })
  }
  if (!isFolder(entry)) return
  const reader = entry.createReader()
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject)
    })
    if (some.length === 0) return
    for (const one of some) await collectEntry(one, found)
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory
}

const BEGIN = 4096
const MAX_TIMMY = 2 ** 20
const MAX_FILES = 100_000
const MARKS = ['"tls-stamp/', '"serverKeyExchange"', '"https://in-toto.io/Statement/']
