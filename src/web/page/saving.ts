// Taking the report along: printed, or as the JSON that `verify --json` prints.

import type { AskWorker } from './ask.ts'
import { element } from './element.ts'

/** The buttons at the end of a result. */
export function renderSaving(ask: AskWorker): HTMLElement {
  const print = element(
    'button',
    { type: 'button', class: 'button primary', id: 'print' },
    'Print or save',
  )
  print.addEventListener('click', () => window.print())
  const save = element(
    'button',
    { type: 'button', class: 'button', id: 'save-json' },
    'Save the report as JSON',
  )
  save.addEventListener('click', () => void saveReport(ask))
  return element('p', { class: 'saving' }, print, save)
}

async function saveReport(ask: AskWorker): Promise<void> {
  const json = await ask('json', null)
  const url = URL.createObjectURL(new Blob([`${json}\n`], { type: 'application/json' }))
  element('a', { href: url, download: 'report.json' }).click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
