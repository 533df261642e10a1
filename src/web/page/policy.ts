// Whom the user trusts: accepted witnesses, how many of them it takes, and trust anchors, which may stand beside
// Mozilla's list or in its place; and whether a file has to be compared.

import { parseHost, wording } from '../../index.ts'
import type { Policy } from '../tasks.ts'
import type { AskWorker } from './ask.ts'
import { byId, element, onChoice, removeButton, replace } from './element.ts'

/** Connects the fields in the page; `read` gives undefined while one of them is not valid. */
export function openPolicy(
  ask: AskWorker,
  changed: () => void,
): { readonly read: () => Policy | undefined } {
  const witnesses = byId('witnesses') as HTMLTextAreaElement
  const quorum = byId('quorum') as HTMLInputElement
  const guards = byId('guards') as HTMLInputElement
  const alone = byId('window') as HTMLInputElement
  const builtIn = byId('built-in') as HTMLInputElement
  const statementOnly = byId('statement-only') as HTMLInputElement
  let anchors: readonly AnchorFile[] = []

  const showAnchors = (): void => {
    replace(
      byId('anchors'),
      ...anchors.map((one) =>
        renderAnchors(one, () => {
          anchors = anchors.filter((other) => other !== one)
          showAnchors()
          changed()
        }),
      ),
    )
  }
  const addAnchors = async (files: readonly File[]): Promise<void> => {
    for (const file of files) {
      try {
        const certificates = await ask('anchors', file)
        anchors = [...anchors, { name: file.name, certificates }]
      } catch (error) {
        const fault = error instanceof Error ? error.message : `${error}`
        anchors = [...anchors, { name: file.name, certificates: [], fault }]
      }
    }
    showAnchors()
    changed()
  }
  onChoice('choose-anchors', (files) => void addAnchors(files))
  for (const field of [witnesses, quorum, guards, alone, builtIn, statementOnly]) {
    field.addEventListener('input', changed)
  }

  return {
    read: () => {
      const hosts = readHosts(witnesses.value)
      const wrong = hosts.find(({ host }) => host === undefined)
      const fault = wrong ? `expected a host name or an IP address, got “${wrong.text}”` : ''
      replace(byId('witnesses-fault'), fault)
      witnesses.setAttribute('aria-invalid', `${wrong !== undefined}`)
      const trusted = {
        anchors: anchors.flatMap(({ certificates }) => certificates),
        builtIn: builtIn.checked,
      }
      replace(byId('trusted'), trustSentence(trusted))
      if (wrong || !quorum.validity.valid || !guards.validity.valid) return undefined
      return {
        ...trusted,
        witnesses: hosts.flatMap(({ host }) => (host === undefined ? [] : [host])),
        statementOnly: statementOnly.checked,
        quorum: numberIn(quorum),
        guards: numberIn(guards),
        window: alone.checked,
      }
    },
  }
}

function numberIn({ value, valueAsNumber }: HTMLInputElement): number | undefined {
  return value === '' ? undefined : valueAsNumber
}

/** Says which trust anchors count: "Trusted: only 2 certificates of your own, not Mozilla’s list." */
export function trustSentence({ anchors, builtIn }: Pick<Policy, 'anchors' | 'builtIn'>): string {
  const own = `${wording.counted(anchors.length, 'certificate')} of your own`
  if (builtIn) {
    return anchors.length === 0
      ? 'Trusted: Mozilla’s list only.'
      : `Trusted: Mozilla’s list and ${own}; a path to either is enough.`
  }
  return anchors.length === 0
    ? 'Trusted: nothing. No certification path can be valid.'
    : `Trusted: only ${own}, not Mozilla’s list.`
}

interface AnchorFile {
  readonly name: string
  readonly certificates: readonly Uint8Array[]
  readonly fault?: string
}

function renderAnchors({ name, certificates, fault }: AnchorFile, remove: () => void): HTMLElement {
  return element(
    'li',
    {},
    element('span', { class: 'given-name' }, wording.printable(name)),
    fault === undefined
      ? element('span', { class: 'size' }, wording.counted(certificates.length, 'certificate'))
      : element('span', { class: 'outcome fail' }, fault),
    removeButton(name, remove),
  )
}

/** Reads hosts separated by white space or commas; what does not name a host is undefined. */
function readHosts(text: string): { readonly text: string; readonly host: string | undefined }[] {
  const words = text.split(/[\s,;]+/).filter((word) => word !== '')
  return words.map((word) => ({ text: word, host: canonicalHost(word) }))
}

/** Spells a host as `verify` does: in A-labels and lower case, an IPv6 address without brackets. */
function canonicalHost(text: string): string | undefined {
  const plain = /^[\x20-\x7e]*$/.test(text) ? text : toAscii(text)
  return parseHost(plain.replace(/^\[(.*)\]$/, '$1'))?.name
}

function toAscii(text: string): string {
  try {
    return new URL(`https://${text}`).hostname
  } catch {
    return ''
  }
}
