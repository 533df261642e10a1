// The page's side of tasks.ts: starts the worker from the page's own script and asks it.

import type { Answer, Ask, TaskName } from '../tasks.ts'
import type { Reply } from '../worker/worker.ts'

/** Asks the worker. Rejects with an Error that holds the fault in words. */
export type AskWorker = <Name extends TaskName>(
  name: Name,
  ask: Ask<Name>,
  advance?: (progress: number) => void,
) => Promise<Answer<Name>>

/** Starts a worker that runs `source`, this page's own script. */
export function startWorker(source: string): AskWorker {
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
  const worker = new Worker(trusted(url))
  const waiting = new Map<number, Waiting>()
  let count = 0
  worker.onmessage = ({ data }: MessageEvent<Reply>) => {
    const asked = waiting.get(data.id)
    if ('progress' in data) return asked?.advance(data.progress)
    waiting.delete(data.id)
    if ('fault' in data) asked?.reject(new Error(data.fault))
    else asked?.resolve(data.answer)
  }
  worker.onerror = (event) => {
    for (const { reject } of waiting.values())
      reject(new Error(event.message || 'the page could not start its worker'))
    waiting.clear()
  }
  return (name, ask, advance = () => undefined) =>
    new Promise((resolve, reject) => {
      const id = count++
      waiting.set(id, { advance, reject, resolve: (answer) => resolve(answer as never) })
      worker.postMessage({ id, name, ask })
    })
}

/** Passes the one address that the page's policy lets become a script (Trusted Types), where there is such a policy. */
function trusted(url: string): string {
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes }
  const policy = trustedTypes?.createPolicy('worker', { createScriptURL: (address) => address })
  return policy ? policy.createScriptURL(url) : url
}

interface Policy {
  readonly createScriptURL: (address: string) => string
}

interface TrustedTypes {
  readonly createPolicy: (name: string, rules: Policy) => Policy
}

interface Waiting {
  readonly advance: (progress: number) => void
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: Error) => void
}
