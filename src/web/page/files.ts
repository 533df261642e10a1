// The files to compare: hashed one after the other in the worker, listed with how far that is and what came of it.

import { toHex, wording } from '../../index.ts'
import type { FileState, HashedFile, StatementFiles } from '../tasks.ts'
import type { AskWorker } from './ask.ts'
import { byId, digits, element, removeButton, replace, sizeOf } from './element.ts'
import type { GivenFile, GivenFiles } from './input.ts'

export interface FileList {
  readonly add: (given: GivenFiles) => void
  readonly setStatement: (statement: StatementFiles) => void
  /** Lists all of them with their digests; undefined while one is still being read. */
  readonly hashed: () => readonly HashedFile[] | undefined
  /** Tells whether a folder was given and nothing in it removed. */
  readonly isFolder: () => boolean
  /** Says what each file is, in the order of `hashed`. */
  readonly mark: (states: readonly FileState[]) => void
}

/** Connects the list in the page; `changed` is called when files have been read or removed. */
export function openFileList(ask: AskWorker, changed: () => void): FileList {
  let statement: StatementFiles | undefined
  let files: Listed[] = []
  const waiting: Listed[] = []
  let isHashing = false
  let isFolder = false

  const remove = (gone: Listed): void => {
    gone.isGone = true
    if (gone.isInFolder) isFolder = false
    files = files.filter((one) => one !== gone)
    show()
    changed()
  }
  const show = (): void => {
    const rest = files.length - MAX_SHOWN
    replace(
      byId('given'),
      statement && renderStatement(statement),
      ...files.slice(0, MAX_SHOWN).map((one) => renderFile(one, remove)),
      rest > 0 && element('li', { class: 'more' }, `and ${rest.toLocaleString('en')} more files`),
      files.length > 1 &&
        renderClear(() => {
          for (const one of files) one.isGone = true
          files = []
          isFolder = false
          show()
          changed()
        }),
    )
  }
  const hashAll = async (): Promise<void> => {
    if (isHashing) return
    isHashing = true
    changed()
    for (const next of waiting) {
      if (next.isGone) continue
      await hashOne(ask, next)
      if (files.length <= MAX_SHOWN) show()
    }
    waiting.length = 0
    show()
    isHashing = false
    changed()
  }
  return {
    add: ({ files: given, isFolder: whole }) => {
      isFolder ||= whole
      const added = given.map((one): Listed => ({ ...one }))
      files = [...files, ...added]
      waiting.push(...added)
      show()
      if (given.length > 0 || whole) void hashAll()
    },
    setStatement: (opened) => {
      statement = opened
      for (const one of files) delete one.state
      show()
    },
    hashed: () => {
      if (isHashing) return undefined
      return files.flatMap(({ path, sha256, isInFolder }) => {
        return sha256 ? [{ path, sha256, isInFolder }] : []
      })
    },
    isFolder: () => isFolder,
    mark: (states) => {
      files
        .filter(({ sha256 }) => sha256)
        .forEach((one, i) => {
          const state = states[i]
          if (state !== undefined) one.state = state
        })
      const order = ({ state }: Listed): number =>
        state === 'unaltered' ? 1 : state === 'not a subject' ? 2 : 0
      if (files.length > MAX_SHOWN) files.sort((a, b) => order(a) - order(b))
      show()
    },
  }
}

interface Listed extends GivenFile {
  sha256?: Uint8Array
  fault?: string
  state?: FileState
  bar?: HTMLElement
  isGone?: boolean
}

async function hashOne(ask: AskWorker, one: Listed): Promise<void> {
  const { file } = one
  const began = performance.now()
  try {
    one.sha256 = await ask('hash', file, (read) => {
      if (one.bar === undefined) return
      const rate = read / 1000 / Math.max(1, performance.now() - began)
      const words = `${sizeOf(read)} of ${sizeOf(file.size)}, ${rate.toFixed(0)} MB/s`
      replace(
        one.bar,
        element('progress', { max: file.size, value: read, 'aria-label': `reading ${file.name}` }),
        element('span', {}, words),
      )
    })
  } catch (error) {
    one.fault = error instanceof Error ? error.message : `${error}`
  }
}

function renderStatement({ name, files }: StatementFiles): HTMLElement {
  const size = files.reduce((sum, file) => sum + file.size, 0)
  return element(
    'li',
    { class: 'given-statement' },
    element('span', { class: 'kind' }, 'statement'),
    element('span', { class: 'given-name' }, wording.printable(name)),
    element('span', { class: 'size' }, sizeOf(size)),
  )
}

function renderFile(one: Listed, remove: (one: Listed) => void): HTMLElement {
  const { file, path, sha256, fault, state } = one
  const bar = element('span', { class: 'reading' }, sha256 || fault ? '' : 'waiting')
  one.bar = bar
  return element(
    'li',
    {},
    element('span', { class: 'kind' }, 'file'),
    element('span', { class: 'given-name' }, wording.printable(path)),
    element('span', { class: 'size' }, sizeOf(file.size)),
    sha256 === undefined && fault === undefined && bar,
    fault !== undefined && element('span', { class: 'outcome fail' }, `cannot be read: ${fault}`),
    state && element('span', { class: `outcome ${TONES[state]}` }, state),
    removeButton(path, () => remove(one)),
    sha256 && digits(toHex(sha256)),
  )
}

function renderClear(clear: () => void): HTMLElement {
  const button = element('button', { type: 'button', class: 'button small' }, 'Remove all files')
  button.addEventListener('click', clear)
  return element('li', { class: 'clear' }, button)
}

const TONES: Readonly<Record<FileState, string>> = {
  unaltered: 'pass',
  ALTERED: 'fail',
  'content of another subject': 'fail',
  'none of the subjects': 'fail',
  'not a subject': 'other',
}

const MAX_SHOWN = 50
