// The page as a whole: what the user gives goes to the worker, what comes back goes on show.

import { knownWitnesses, version, wording } from '../../index.ts'
import type { DamagedFile, Opened, ReportRequest, StatementFiles } from '../tasks.ts'
import { type AskWorker, startWorker } from './ask.ts'
import { byId, element, onChoice, replace } from './element.ts'
import { openFileList } from './files.ts'
import { collectDropped, findStatement, type GivenFiles, givenFiles } from './input.ts'
import { renderInside } from './inspection.ts'
import { openPolicy } from './policy.ts'
import { renderResult, spokenVerdict } from './result.ts'

declare global {
  interface Window {
    /**
     * For scripts and tests. `report` verifies a statement and gives what `verify --json` prints; without trustAnchors
     * against those built in, without witnesses against the built-in list. Rejects for anything that is not a statement.
     */
    tlsStamp?: { readonly report: (request: ReportRequest) => Promise<string> }
  }
}

/** Brings the page to life. */
export function openPage(): void {
  const ask = startWorker(document.currentScript?.textContent ?? '')
  const roots = readRoots()
  void ask('trust', roots.certificates)
  replace(byId('roots-origin'), originOf(roots))
  replace(byId('roots-note'), originOf(roots))
  replace(byId('version'), version)
  replace(byId('known'), knownWitnesses.map(({ host }) => host).join(', '))
  window.tlsStamp = Object.freeze({
    report: (request: ReportRequest) => ask('report', request),
  })
  openInput(ask)
}

interface Roots {
  /** Where they were taken from: "Node.js 20.20.2". */
  readonly source: string
  /** The day they were taken from there, ISO 8601. */
  readonly date: string
  /** DER, base64. */
  readonly certificates: readonly string[]
}

function readRoots(): Roots {
  return JSON.parse(byId('roots').textContent ?? '') as Roots
}

function originOf({ source, date, certificates }: Roots): string {
  return `${certificates.length} certificates from ${source}, as of ${date}`
}

function openInput(ask: AskWorker): void {
  const judging = openJudging(ask)
  const list = openFileList(ask, judging.refresh)
  const policy = openPolicy(ask, judging.refresh)
  judging.connect(list, policy)

  const take = (given: GivenFiles): void => void sort(given).catch(showFault)
  const sort = async ({ files, isFolder }: GivenFiles): Promise<void> => {
    const candidates = files.filter(({ isInFolder }) => !isInFolder || !judging.hasStatement())
    const statement = await findStatement(candidates)
    const own: readonly File[] = statement?.files ?? []
    if (statement) void judging.open(statement)
    list.add({ files: files.filter(({ file }) => !own.includes(file)), isFolder })
    if (!statement) judging.askForStatement()
  }
  onChoice('choose-statement', ([file]) => {
    if (file) void judging.open({ name: file.name, files: [file] })
  })
  onChoice('choose-files', (files) => take(givenFiles(files)))
  onChoice('choose-folder', (files) => take(givenFiles(files)))
  acceptDrops((transfer) => void collectDropped(transfer).then(take, showFault))
}

/** Takes drops anywhere on the page, so that a file beside the mark does not replace the page. */
function acceptDrops(taken: (transfer: DataTransfer) => void): void {
  let depth = 0
  const mark = (change: number): void => {
    depth = Math.max(0, depth + change)
    document.body.classList.toggle('dropping', depth > 0)
  }
  document.addEventListener('dragenter', () => mark(1))
  document.addEventListener('dragleave', () => mark(-1))
  document.addEventListener('dragover', (event) => event.preventDefault())
  document.addEventListener('drop', (event) => {
    event.preventDefault()
    mark(-depth)
    if (event.dataTransfer) taken(event.dataTransfer)
  })
}

interface JudgingPage {
  readonly open: (statement: StatementFiles) => Promise<void>
  /** Judges again, when there is something to judge and no file is being read. */
  readonly refresh: () => void
  readonly hasStatement: () => boolean
  readonly askForStatement: () => void
  readonly connect: (
    list: ReturnType<typeof openFileList>,
    policy: ReturnType<typeof openPolicy>,
  ) => void
}

function openJudging(ask: AskWorker): JudgingPage {
  let opened: Opened | undefined
  let turn = 0
  let opening = 0
  let list: ReturnType<typeof openFileList> | undefined
  let policy: ReturnType<typeof openPolicy> | undefined
  const result = byId('result')

  /** Judges again, or says why what stands below is no longer the answer to what is asked. */
  const refresh = async (): Promise<void> => {
    const own = ++turn
    const files = list?.hashed()
    const asked = policy?.read()
    if (!opened || opened.kind === 'damaged') return
    showPending(!files ? STILL_READING : !asked ? WRONG_SETTING : '')
    if (!files || !asked) return
    try {
      const at = new Date()
      const isFolder = list?.isFolder() ?? false
      const judged = await ask('judge', { ...asked, files, isFolder, now: at })
      if (own !== turn) return
      list?.mark(judged.files)
      replace(result, ...renderResult({ opened, judged, policy: asked, at }, ask))
      result.hidden = false
      replace(byId('status'), spokenVerdict(judged))
    } catch (error) {
      if (own !== turn) return
      clear()
      showFault(error)
    }
  }

  /** Takes the last verdict from the page, for those who see it and for those who hear it. */
  const clear = (): void => {
    result.hidden = true
    byId('inside').hidden = true
    showPending('')
    replace(byId('status'), '')
    showFault('')
  }
  const showPending = (why: string): void => {
    result.classList.toggle('pending', why !== '')
    byId('pending').hidden = why === ''
    replace(byId('pending'), why)
    if (why !== '') replace(byId('status'), why)
  }

  const open = async (statement: StatementFiles): Promise<void> => {
    turn++
    const own = ++opening
    opened = undefined
    clear()
    list?.setStatement(statement)
    try {
      const found = await ask('open', statement)
      if (own !== opening) return
      opened = found
      document.body.classList.add('has-statement')
      if (found.kind === 'damaged') showDamage(found)
      else await refresh()
      if (found.kind === 'statement' || (found.kind === 'damaged' && found.rounds > 0)) {
        const inside = await ask('inside', null)
        if (own !== opening) return
        replace(byId('inside'), ...renderInside(inside, ask))
        byId('inside').hidden = false
      }
    } catch (error) {
      if (own === opening) showFault(error)
    }
  }

  return {
    open,
    refresh: () => void refresh(),
    hasStatement: () => opened !== undefined,
    askForStatement: () => {
      if (opened === undefined) replace(byId('status'), 'Now choose the signed statement.')
    },
    connect: (files, trust) => {
      list = files
      policy = trust
    },
  }
}

function showDamage({ name, fault, rounds }: DamagedFile): void {
  showFault(`${wording.printable(name)} is not a signed statement: ${fault}`)
  if (rounds === 0) return
  byId('fault').append(
    element('br'),
    `Part of it can still be read and is shown below: ${wording.counted(rounds, 'round')}. This proves nothing.`,
  )
}

function showFault(fault: unknown): void {
  replace(byId('fault'), fault instanceof Error ? fault.message : `${fault}`)
}

const STILL_READING =
  'A file is still being read. The statement will be verified when that is done.'
const WRONG_SETTING =
  'A setting under “Whom you trust” is not valid. The statement will not be verified until it is corrected.'
