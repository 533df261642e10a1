// The worker's side of tasks.ts: one task after the other in the order they come, except that files are hashed meanwhile.

import { certificatesOfFile, type Report, renderJson, type StatementReport } from '../../index.ts'
import type { Answer, Ask, TaskName } from '../tasks.ts'
import { hashFile } from './hashing.ts'
import { fieldsAt, lookInside } from './inspection.ts'
import { findSubjects, type Held, inspect, judge, openFiles, reportOn } from './statement.ts'

/** What is sent to the worker. */
export interface Order<Name extends TaskName = TaskName> {
  readonly id: number
  readonly name: Name
  readonly ask: Ask<Name>
}

/** What comes back: progress any number of times, then an answer or a fault. */
export type Reply =
  | { readonly id: number; readonly progress: number }
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly fault: string }

/** Makes this worker answer. */
export function serve(scope: WorkerScope): void {
  const handlers = openHandlers()
  let last = Promise.resolve()
  const answer = async ({ id, name, ask }: Order): Promise<void> => {
    try {
      const advance = (progress: number): void => scope.postMessage({ id, progress })
      scope.postMessage({ id, answer: await perform(handlers, name, ask, advance) })
    } catch (error) {
      scope.postMessage({ id, fault: error instanceof Error ? error.message : `${error}` })
    }
  }
  scope.onmessage = ({ data }) => {
    if (data.name === 'hash') void answer(data)
    else last = last.then(() => answer(data))
  }
}

/** The part of DedicatedWorkerGlobalScope that is used. */
export interface WorkerScope {
  onmessage: ((event: { readonly data: Order }) => void) | null
  readonly postMessage: (reply: Reply) => void
}

type Handlers = {
  readonly [Name in TaskName]: (
    ask: Ask<Name>,
    advance: (progress: number) => void,
  ) => Answer<Name> | Promise<Answer<Name>>
}

function perform<Name extends TaskName>(
  handlers: Handlers,
  name: Name,
  ask: Ask<Name>,
  advance: (progress: number) => void,
): Answer<Name> | Promise<Answer<Name>> {
  return handlers[name](ask, advance)
}

/** Makes the tasks, which remember the built-in trust anchors, what is open, and its report. */
function openHandlers(): Handlers {
  let builtIn: readonly Uint8Array[] = []
  let held: Held | undefined
  let report: Report | undefined
  let inspected: StatementReport | undefined
  const requireHeld = (): Held => {
    if (held === undefined) throw new TypeError('expected a statement to be open')
    return held
  }
  const requireReport = (): Report => {
    if (report === undefined) throw new TypeError('expected a statement that was judged')
    return report
  }
  const requireInspected = (): StatementReport => {
    inspected ??= inspect(requireHeld())
    if (inspected === undefined) throw new TypeError('there is no handshake in this file')
    return inspected
  }
  return {
    trust: (roots) => {
      builtIn = roots.map(decodeBase64)
      return builtIn.length
    },
    anchors: async (file) => {
      if (file.size > MAX_ANCHORS) throw new RangeError(`${file.name} is too large`)
      const found = certificatesOfFile(new Uint8Array(await file.arrayBuffer()), file.name)
      if (found.length === 0) throw new TypeError(`${file.name} contains no certificate`)
      return found
    },
    hash: hashFile,
    open: async (files) => {
      const { held: found, opened } = await openFiles(files)
      held = found
      report = undefined
      inspected = undefined
      return opened
    },
    judge: (asked) => {
      const { report: made, judged } = judge(requireHeld(), asked, builtIn)
      report = made
      return judged
    },
    find: (text) => findSubjects(requireReport().subjects, text),
    json: () => renderJson(requireReport()),
    inside: () => lookInside(requireInspected()),
    fields: (place) => fieldsAt(requireInspected(), place),
    report: (request) => renderJson(reportOn(request, builtIn)),
  }
}

function decodeBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

const MAX_ANCHORS = 2 ** 24
