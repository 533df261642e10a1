// The subjects and how the files given compare with them: a page of them at most, and a search for the others.

import { toHex, wording } from '../../index.ts'
import type { Judged, Judgement, SubjectList } from '../tasks.ts'
import type { AskWorker } from './ask.ts'
import { digits, element, replace, rowsOf, section } from './element.ts'

/** Shows the statement's subjects, and the statement itself. */
export function renderSubjects(
  { subjects }: Judged,
  { files }: Judgement['opened'],
  ask: AskWorker,
): HTMLElement {
  const list = element('ul', { class: 'subjects' })
  const more = element('p', { class: 'more' })
  const show = (found: SubjectList): void => {
    replace(list, ...found.shown.map(renderSubject))
    const rest = found.total - found.shown.length
    const count = found.total === 0 ? 'no subject found' : `and ${rest.toLocaleString('en')} more`
    replace(more, rest > 0 || found.total === 0 ? count : '')
  }
  show(subjects)
  return section(
    'subjects',
    titleOf(subjects.total),
    subjects.total > subjects.shown.length && searchField(show, ask),
    list,
    more,
    rowsOf(
      files.flatMap(({ name, size, fingerprint }) => [
        ['statement', `${wording.printable(name)}, ${wording.counted(size, 'byte')}`] as const,
        ['its SHA-256', digits(fingerprint)] as const,
      ]),
    ),
  )
}

function titleOf(total: number): string {
  return total === 1 ? 'Subject' : `${total.toLocaleString('en')} subjects`
}

function renderSubject(subject: SubjectList['shown'][number]): HTMLElement {
  const { name, sha256, matched } = subject
  const state = matched === null ? 'unknown' : matched ? 'pass' : 'fail'
  return element(
    'li',
    {},
    element('span', { class: `outcome ${state}` }, wording.subjectState(subject)),
    element('span', { class: 'subject-name' }, wording.printable(name)),
    digits(toHex(sha256)),
  )
}

function searchField(show: (found: SubjectList) => void, ask: AskWorker): HTMLElement {
  const field = element('input', { type: 'search', id: 'find', autocomplete: 'off' })
  let asked = 0
  field.addEventListener('input', async () => {
    const turn = ++asked
    const found = await ask('find', field.value)
    if (turn === asked) show(found)
  })
  const label = element('label', { for: 'find' }, 'Find by name or SHA-256 digest')
  return element('p', { class: 'find' }, label, field)
}
